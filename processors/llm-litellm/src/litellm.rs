//! The parameters that LiteLLM and its clients read themselves. No service takes them, so they are refused with a hint.
//!
//! The names are those of LiteLLM 1.110 (`litellm.types.litellm_params`, `litellm.completion`) and of OpenAI's clients, without
//! those that services take, too: `metadata`, `user`, `id` and the like.

use runtime::{ErrorCode, ProcessorError};
use serde_json::{Map, Value};

/// What to do instead of some parameters, whether LiteLLM's proxy reads them in a request, and their names.
type Names = (&'static str, bool, &'static [&'static str]);

/// A name that ends in `*` is a prefix.
#[rustfmt::skip]
static NAMES: &[Names] = &[
    ("put the key into the variable of the model's provider, or into one that /params/api_key_env names", false, &[
        "apikey", "authorization", "access_token", "auth_token", "azure_ad_token", "azure_ad_token_provider",
        "litellm_credential_name"
    ]),
    ("give the address as /params/api_base, with /params/api_key_env", false, &[
        "base_url", "api_url", "api_host", "endpoint_url", "deployment_url", "custom_endpoint", "azure_endpoint",
        "openai_api_base"
    ]),
    ("give the headers as /params/headers", false, &[
        "extra_headers", "default_headers", "provider_specific_header", "provider_affinity_header", "http_headers"
    ]),
    ("put what stands in it straight into /params", false, &[
        "extra_body", "optional_params", "litellm_params", "model_kwargs"
    ]),
    ("no query is sent; leave it out", false, &[
        "extra_query", "default_query"
    ]),
    ("give /params/num_retries", false, &[
        "max_retries", "retries", "retry_policy", "retry_strategy", "allowed_fails", "allowed_fails_policy"
    ]),
    ("give /params/timeout", false, &[
        "request_timeout", "stream_timeout", "force_timeout", "timeout_by_service_tier", "stream_timeout_by_service_tier",
        "client_side_timeout", "keepalive_seconds"
    ]),
    ("give /params/fallbacks", false, &[
        "context_window_fallbacks", "context_window_fallback_dict", "content_policy_fallbacks", "default_fallbacks",
        "max_fallbacks", "fallback_depth", "model_list", "silent_model", "fastest_response", "allowed_model_region",
        "routing_strategy", "cooldown_time", "enable_tag_filtering", "order", "weight", "weights", "auto_router_*",
        "complexity_router_*", "adaptive_router_*", "quality_router_*", "switchyard_router_*"
    ]),
    ("pace a batch with --jobs and --rpm", false, &[
        "rpm", "tpm", "rpd", "tpd", "itpm", "otpm", "daily_reset_time", "max_parallel_requests", "default_api_key_*"
    ]),
    ("bound a batch with --max-cost", false, &[
        "max_budget", "budget_duration"
    ]),
    ("name the provider before the first / of /model, as in groq/llama-3.1-8b-instant", false, &[
        "custom_llm_provider", "api_type", "azure", "text_completion", "use_chat_completions_api", "responses_api_version"
    ]),
    ("name the model litellm_proxy/NAME", false, &[
        "use_litellm_proxy"
    ]),
    ("name the model azure/DEPLOYMENT", false, &[
        "deployment_id", "azure_deployment", "engine"
    ]),
    ("set AZURE_API_VERSION", false, &[
        "api_version"
    ]),
    ("every parameter is sent as it is and the service judges it; leave out what it does not take", true, &[
        "drop_params", "additional_drop_params", "allowed_openai_params", "ensure_alternating_roles", "user_continue_message",
        "assistant_continue_message", "supports_system_message", "disable_add_transform_inline_image_block",
        "merge_reasoning_content_in_choices", "thought_signature_in_tool_call_id", "enable_json_schema_validation", "roles",
        "initial_prompt_value", "final_prompt_value", "bos_token", "eos_token", "custom_prompt_dict", "model_file_id_mapping",
        "hf_model_name"
    ]),
    ("an execution id that has succeeded gives the same answer again; leave it out", true, &[
        "caching", "cache", "cache_key", "preset_cache_key", "caching_groups", "ttl"
    ]),
    ("give \"mock\" as /mode", true, &[
        "mock_*"
    ]),
    ("name a price table of your own in LLM_PRICES_FILE", false, &[
        "base_model", "model_info", "cost_per_second", "cost_per_query", "tiered_pricing", "search_context_cost_per_query",
        "citation_cost_per_token", "input_cost_per_*", "output_cost_per_*", "cache_creation_input_*", "cache_read_input_*",
        "ocr_cost_per_*", "annotation_cost_per_*"
    ]),
    ("name the CA certificates that are trusted in SSL_CERT_FILE", false, &[
        "ssl_verify", "ssl_certificate", "ssl_security_level", "verify_ssl"
    ]),
    ("set HTTPS_PROXY", false, &[
        "client", "http_client", "shared_session", "proxy", "proxies", "use_client"
    ]),
    ("the receipt and the log describe each run; leave it out", true, &[
        "verbose", "logger_fn", "no-log", "no_log", "callbacks", "success_callback", "failure_callback", "service_callback",
        "turn_off_message_logging", "complete_response", "proxy_server_request", "secret_fields", "dd_site", "dd_agent_host",
        "dd_agent_port", "langfuse_*", "langsmith_*", "humanloop_*", "arize_*", "posthog_*", "wandb_*", "weave_*",
        "newrelic_*", "signoz_*", "gcs_*"
    ]),
    ("only a LiteLLM proxy does that; name the model litellm_proxy/NAME, or leave it out", true, &[
        "tags", "tag_regex", "guardrails", "search_tool_name", "prompt_id", "prompt_variables", "prompt_label",
        "prompt_version", "prompt_environment", "use_in_pass_through", "configurable_clientside_auth_params",
        "max_agentic_loops", "model_alias_map", "litellm_*", "_litellm_*"
    ]),
    ("it belongs to a service that is not called here; leave it out", false, &[
        "region_name", "tenant_id", "client_id", "client_secret", "use_xai_oauth", "chatgpt_auth_file", "bucket_name",
        "aws_*", "vertex_*", "watsonx_*", "azure_*", "s3_*", "sagemaker_*", "gigachat_*", "token_exchange_*",
        "anthropic_federation*", "anthropic_issuer_*", "anthropic_keycloak_*", "openai_federation*", "github_copilot_*"
    ]),
    ("it is not a parameter of a request; leave it out", false, &[
        "acompletion", "atext_completion", "aimg_generation", "aembedding", "async_call", "self", "_agentic_loop_*",
        "_code_interpreter_*"
    ]),
];

/// Refuses such a parameter. A request for a LiteLLM proxy may have those that the proxy reads.
///
/// # Errors
///
/// `ERR_INPUTS` that names the parameter and what to do instead, but never shows the value.
pub(crate) fn check(params: &Map<String, Value>, is_for_proxy: bool) -> Result<(), ProcessorError> {
    for name in params.keys() {
        if let Some((hint, ..)) = find(name).filter(|(_, proxy_reads, _)| !(is_for_proxy && *proxy_reads)) {
            return Err(ProcessorError::new(
                ErrorCode::Inputs,
                format!("/params/{name} is a client's own parameter, which no service takes; {hint}"),
            ));
        }
    }
    Ok(())
}

fn find(name: &str) -> Option<&'static Names> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    if name.len() > 100 || !name.bytes().all(is_plain) {
        return None;
    }
    if is_key(name) {
        return NAMES.first();
    }
    let is_match = |known: &&str| match known.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => name == *known,
    };
    NAMES.iter().find(|(_, _, names)| names.iter().any(is_match))
}

/// `api_key`, `apiKey`, `openai_api_key`, `x-api-key`: a key must not reach a log of the service.
fn is_key(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('-', "_");
    name.ends_with("api_key") || name.ends_with("apikey") || name == "authorization"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refusal(name: &str, is_for_proxy: bool) -> Option<String> {
        let params = json!({"messages": [], "user": "u", name: "sk-secret"});
        let error = check(params.as_object().unwrap(), is_for_proxy).err()?;
        assert_eq!(error.code(), ErrorCode::Inputs);
        assert!(!error.message().contains("secret"), "{error}");
        Some(error.message().to_owned())
    }

    #[test]
    fn each_name_has_a_hint() {
        for (name, hint) in [
            ("api_key", "/params/api_key_env"),
            ("apiKey", "/params/api_key_env"),
            ("openai_api_key", "/params/api_key_env"),
            ("x-api-key", "/params/api_key_env"),
            ("langsmith_api_key", "/params/api_key_env"),
            ("azure_ad_token", "/params/api_key_env"),
            ("base_url", "/params/api_base"),
            ("extra_headers", "/params/headers"),
            ("extra_body", "straight into /params"),
            ("max_retries", "/params/num_retries"),
            ("request_timeout", "/params/timeout"),
            ("stream_timeout", "/params/timeout"),
            ("context_window_fallbacks", "/params/fallbacks"),
            ("model_list", "/params/fallbacks"),
            ("rpm", "--rpm"),
            ("max_budget", "--max-cost"),
            ("custom_llm_provider", "/model"),
            ("api_type", "/model"),
            ("deployment_id", "azure/DEPLOYMENT"),
            ("api_version", "AZURE_API_VERSION"),
            ("drop_params", "leave out"),
            ("allowed_openai_params", "leave out"),
            ("hf_model_name", "leave out"),
            ("caching", "execution id"),
            ("mock_response", "/mode"),
            ("input_cost_per_token", "LLM_PRICES_FILE"),
            ("output_cost_per_second", "LLM_PRICES_FILE"),
            ("base_model", "LLM_PRICES_FILE"),
            ("ssl_verify", "SSL_CERT_FILE"),
            ("http_client", "HTTPS_PROXY"),
            ("no-log", "receipt"),
            ("langfuse_host", "receipt"),
            ("tags", "litellm_proxy/"),
            ("litellm_trace_id", "litellm_proxy/"),
            ("aws_region_name", "leave it out"),
            ("vertex_project", "leave it out"),
            ("acompletion", "leave it out"),
        ] {
            let message = refusal(name, false).unwrap_or_else(|| panic!("{name} is sent"));
            assert!(message.starts_with(&format!("/params/{name} ")), "{message}");
            assert!(message.contains(hint), "{message}");
        }
    }

    #[test]
    fn parameters_of_services_are_sent() {
        let names = "metadata user id store service_tier safety_identifier prompt_cache_key thinking reasoning_effort provider \
            models transforms plugins cache_control session_id guided_json chat_template_kwargs enable_thinking \
            search_parameters cached_content api_keys";
        for name in names.split(' ') {
            assert_eq!(refusal(name, false), None, "{name}");
        }
        assert!(refusal("azure", false).is_some());
    }

    #[test]
    fn a_proxy_reads_some_of_them() {
        for name in "tags guardrails cache mock_response drop_params litellm_metadata".split(' ') {
            assert_eq!(refusal(name, true), None, "{name}");
            assert!(refusal(name, false).is_some(), "{name}");
        }
        for name in "api_key base_url extra_headers max_retries api_version".split(' ') {
            assert!(refusal(name, true).is_some(), "{name}");
        }
    }

    #[test]
    fn no_name_is_listed_twice() {
        let mut names: Vec<_> = NAMES.iter().flat_map(|(_, _, names)| *names).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
