//! The parameters that LiteLLM and its clients read themselves. No service takes them, so that they are refused with a hint.
//!
//! `parameters/rebuild` makes `parameters/litellm.tsv` of the names of LiteLLM and of the hints, and fails for a name without one.
//! A line has, separated by tabs: `proxy` if LiteLLM's proxy reads the parameters in a request, else `client`; the hint; the
//! names, separated by spaces. A name that ends in `*` stands for all that begin so.

use runtime::{ErrorCode, ProcessorError};
use serde_json::{Map, Value};

const TABLE: &str = include_str!("../parameters/litellm.tsv");
/// Marks the names that a LiteLLM proxy reads.
const PROXY: &str = "proxy";
/// One of the names whose hint is that of all keys.
const KEY: &str = "api_key";

/// What is known of a parameter.
struct Known {
    hint: &'static str,
    is_read_by_proxy: bool,
}

/// Refuses these parameters, and takes out those that are `null`, as which a client writes what it does not use. A request to a
/// LiteLLM proxy may have those that the proxy reads.
///
/// # Errors
///
/// `ERR_INPUTS` with the parameter and the hint, without the value.
pub(crate) fn take(params: &mut Map<String, Value>, is_for_proxy: bool) -> Result<(), ProcessorError> {
    let find_own = |name: &str| find(name).filter(|known| !(is_for_proxy && known.is_read_by_proxy));
    params.retain(|name, value| !value.is_null() || find_own(name).is_none());
    for name in params.keys() {
        if let Some(Known { hint, .. }) = find_own(name) {
            return Err(ProcessorError::new(
                ErrorCode::Inputs,
                format!("/params/{name} is a client's own parameter, which no service takes; {hint}"),
            ));
        }
    }
    Ok(())
}

fn find(name: &str) -> Option<Known> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    if name.len() > 100 || !name.bytes().all(is_plain) {
        return None;
    }
    let name = if is_key(name) { KEY } else { name };
    let is_match = |known: &str| match known.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => name == known,
    };
    TABLE.lines().find_map(|line| {
        let mut cells = line.split('\t');
        let (reader, hint, names) = (cells.next()?, cells.next()?, cells.next()?);
        names.split(' ').any(is_match).then_some(Known {
            hint,
            is_read_by_proxy: reader == PROXY,
        })
    })
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
        let mut params = json!({"messages": [], "user": "u", name: "sk-secret"});
        let error = take(params.as_object_mut().unwrap(), is_for_proxy).err()?;
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
            ("model_kwargs", "/params/extra_body"),
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
            ("allowed_openai_params", "/params/extra_body"),
            ("hf_model_name", "leave it out"),
            ("enable_prompt_caching", "cache_control"),
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
            ("aws_region_name", "AWS_REGION_NAME"),
            ("vertex_project", "VERTEXAI_PROJECT"),
            ("watsonx_project", "leave it out"),
            ("acompletion", "leave it out"),
        ] {
            let message = refusal(name, false).unwrap_or_else(|| panic!("{name} is sent"));
            assert!(message.starts_with(&format!("/params/{name} ")), "{message}");
            assert!(message.contains(hint), "{message}");
        }
    }

    #[test]
    fn parameters_of_services_are_sent() {
        let names = "metadata user store service_tier safety_identifier prompt_cache_key thinking reasoning_effort provider \
            models transforms plugins cache_control session_id guided_json chat_template_kwargs enable_thinking \
            search_parameters cached_content api_keys extra_body drop_params";
        for name in names.split(' ') {
            assert_eq!(refusal(name, false), None, "{name}");
        }
        assert!(refusal("azure", false).is_some() && refusal("id", false).is_some());
    }

    #[test]
    fn a_proxy_reads_some_of_them() {
        for name in "tags guardrails cache mock_response litellm_metadata".split(' ') {
            assert_eq!(refusal(name, true), None, "{name}");
            assert!(refusal(name, false).is_some(), "{name}");
        }
        for name in "api_key base_url extra_headers max_retries api_version".split(' ') {
            assert!(refusal(name, true).is_some(), "{name}");
        }
    }

    #[test]
    fn one_that_is_null_is_as_if_absent() {
        let given =
            json!({"mock_response": null, "user": null, "api_key": null, "x-api-key": null, "azure": null});
        for (is_for_proxy, expected) in [
            (false, json!({"user": null})),
            (true, json!({"mock_response": null, "user": null})),
        ] {
            let mut params = given.clone();
            take(params.as_object_mut().unwrap(), is_for_proxy).unwrap();
            assert_eq!(params, expected);
        }
    }

    #[test]
    fn no_name_is_listed_twice() {
        let lines = TABLE.lines().filter_map(|line| line.split('\t').nth(2));
        let mut names: Vec<_> = lines.flat_map(|names| names.split(' ')).collect();
        assert!(names.len() > 200);
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
