//! The variables of each provider, in LiteLLM's order: what LiteLLM 1.110.2 does with each alone and with each two of them was
//! recorded, with its requests caught before they were sent. One differs on purpose: Mistral's key on Azure.

use serde_json::json;
use support::{Server, Test};

use crate::{processor, service};

/// A provider, one of its models, the variables of its address, and those of its key; the first that is set counts.
type Provider = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

#[rustfmt::skip]
const PROVIDERS: &[Provider] = &[
    ("openai",            "gpt-4o",        &["OPENAI_BASE_URL", "OPENAI_API_BASE"],        &["OPENAI_API_KEY"]),
    ("azure",             "d-1",           &["AZURE_API_BASE", "AZURE_OPENAI_ENDPOINT"],   &["AZURE_OPENAI_API_KEY", "AZURE_API_KEY", "AZURE_OPENAI_AD_TOKEN", "AZURE_AD_TOKEN"]),
    ("anthropic",         "claude-x",      &["ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL"],  &["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"]),
    ("gemini",            "gemini-x",      &["GEMINI_API_BASE"],                           &["GOOGLE_API_KEY", "GEMINI_API_KEY", "PALM_API_KEY"]),
    ("groq",              "llama-x",       &["GROQ_API_BASE"],                             &["GROQ_API_KEY"]),
    ("together_ai",       "a/b",           &["TOGETHER_AI_API_BASE"],                      &["TOGETHER_API_KEY", "TOGETHER_AI_API_KEY", "TOGETHERAI_API_KEY", "TOGETHER_AI_TOKEN"]),
    ("openrouter",        "a/b",           &["OPENROUTER_API_BASE"],                       &["OPENROUTER_API_KEY", "OR_API_KEY"]),
    ("mistral",           "mistral-x",     &["MISTRAL_AZURE_API_BASE", "MISTRAL_API_BASE"], &["MISTRAL_AZURE_API_KEY", "MISTRAL_API_KEY"]),
    ("deepseek",          "deepseek-chat", &["DEEPSEEK_API_BASE"],                         &["DEEPSEEK_API_KEY"]),
    ("xai",               "grok-4",        &["XAI_API_BASE"],                              &["XAI_API_KEY"]),
    ("fireworks_ai",      "m",             &["FIREWORKS_API_BASE"],                        &["FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY", "FIREWORKSAI_API_KEY", "FIREWORKS_AI_TOKEN"]),
    ("perplexity",        "sonar",         &["PERPLEXITY_API_BASE"],                       &["PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY"]),
    ("cerebras",          "m",             &["CEREBRAS_API_BASE"],                         &["CEREBRAS_API_KEY"]),
    ("nvidia_nim",        "meta/m",        &["NVIDIA_NIM_API_BASE"],                       &["NVIDIA_NIM_API_KEY"]),
    ("deepinfra",         "a/b",           &["DEEPINFRA_API_BASE"],                        &["DEEPINFRA_API_KEY"]),
    ("sambanova",         "m",             &["SAMBANOVA_API_BASE"],                        &["SAMBANOVA_API_KEY"]),
    ("moonshot",          "kimi-k2",       &["MOONSHOT_API_BASE"],                         &["MOONSHOT_API_KEY"]),
    ("dashscope",         "qwen-plus",     &["DASHSCOPE_API_BASE"],                        &["DASHSCOPE_API_KEY"]),
    ("qwencloud",         "qwen-plus",     &["QWENCLOUD_API_BASE"],                        &["QWENCLOUD_API_KEY", "DASHSCOPE_API_KEY"]),
    ("qwen_ai_platform",  "qwen-plus",     &["QWEN_AI_PLATFORM_API_BASE"],                 &["QWEN_AI_PLATFORM_API_KEY", "DASHSCOPE_API_KEY"]),
    ("nebius",            "a/b",           &["NEBIUS_API_BASE"],                           &["NEBIUS_API_KEY"]),
    ("zai",               "glm-4.6",       &["ZAI_API_BASE"],                              &["ZAI_API_KEY"]),
    ("minimax",           "MiniMax-M2",    &["MINIMAX_API_BASE"],                          &["MINIMAX_API_KEY"]),
    ("volcengine",        "m",             &["VOLCENGINE_API_BASE"],                       &["VOLCENGINE_API_KEY"]),
    ("codestral",         "codestral-x",   &["CODESTRAL_API_BASE"],                        &["CODESTRAL_API_KEY"]),
    ("novita",            "a/b",           &["NOVITA_API_BASE"],                           &["NOVITA_API_KEY"]),
    ("hyperbolic",        "a/b",           &["HYPERBOLIC_API_BASE"],                       &["HYPERBOLIC_API_KEY"]),
    ("featherless_ai",    "a/b",           &["FEATHERLESS_AI_API_BASE", "FEATHERLESS_API_BASE"], &["FEATHERLESS_AI_API_KEY", "FEATHERLESS_API_KEY"]),
    ("meta_llama",        "Llama-4",       &["LLAMA_API_BASE"],                            &["LLAMA_API_KEY"]),
    ("vercel_ai_gateway", "a/b",           &["VERCEL_AI_GATEWAY_API_BASE"],                &["VERCEL_AI_GATEWAY_API_KEY", "VERCEL_OIDC_TOKEN"]),
    ("ollama",            "m",             &["OLLAMA_API_BASE"],                           &["OLLAMA_API_KEY"]),
    ("ollama_chat",       "m",             &["OLLAMA_API_BASE"],                           &["OLLAMA_API_KEY"]),
    ("llamafile",         "m",             &["LLAMAFILE_API_BASE"],                        &["LLAMAFILE_API_KEY"]),
    ("hosted_vllm",       "a/b",           &["HOSTED_VLLM_API_BASE"],                      &["HOSTED_VLLM_API_KEY"]),
    ("lm_studio",         "m",             &["LM_STUDIO_API_BASE"],                        &["LM_STUDIO_API_KEY"]),
    ("litellm_proxy",     "any/name",      &["LITELLM_PROXY_API_BASE"],                    &["LITELLM_PROXY_API_KEY"]),
];

/// The variables of access tokens, which no provider takes in another header.
const TOKENS: [&str; 3] = ["AZURE_OPENAI_AD_TOKEN", "AZURE_AD_TOKEN", "ANTHROPIC_AUTH_TOKEN"];

fn ask(provider: &Provider) -> Test {
    let (prefix, model, ..) = provider;
    let inputs = json!({"mode": "real", "model": format!("{prefix}/{model}"), "params": {"messages": [{"role": "user", "content": "hi"}]}});
    processor().inputs(inputs.to_string())
}

fn provider(prefix: &str) -> &'static Provider {
    let mut providers = PROVIDERS.iter();
    providers.find(|provider| provider.0 == prefix).unwrap()
}

fn value(variable: &str) -> String {
    format!("the-value-of-{}", variable.to_lowercase())
}

/// Sets these keys, and checks that the first one is sent to the server, alone, and named in the receipt.
fn assert_first_counts(run: Test, server: &Server, keys: &[&str]) {
    let run = keys.iter().fold(run, |run, key| run.env(key, value(key))).run();
    run.assert_success();
    assert_eq!(run.receipt()["extra"]["key"], keys[0], "{run:?}");
    let requests = server.requests();
    assert_eq!(requests.len(), 1, "{keys:?}");
    for key in keys {
        let bearer = format!("Bearer {}", value(key));
        let count = |sent: &str| {
            let headers = &requests[0].headers;
            headers
                .iter()
                .filter(|(_, value)| value == sent.as_bytes())
                .count()
        };
        let (whole, bearer) = (count(&value(key)), count(&bearer));
        assert_eq!(
            whole + bearer,
            usize::from(key == &keys[0]),
            "{keys:?} {requests:?}"
        );
        assert!(whole == 0 || !TOKENS.contains(key), "{key} is a bearer token");
    }
}

#[test]
fn each_key_counts_in_its_order() {
    for provider in PROVIDERS {
        let (_, _, bases, keys) = provider;
        for (index, first) in keys.iter().enumerate() {
            let server = service();
            assert_first_counts(ask(provider).env(bases[0], server.url("/v1")), &server, &[first]);
            for second in keys.iter().skip(index + 1) {
                let server = service();
                let run = ask(provider).env(bases[0], server.url("/v1"));
                assert_first_counts(run, &server, &[first, second]);
            }
        }
    }
}

#[test]
fn each_address_counts_in_its_order() {
    for provider in PROVIDERS.iter().filter(|(_, _, bases, _)| bases.len() > 1) {
        let (_, _, bases, keys) = provider;
        let key = keys.last().unwrap();
        for (index, first) in bases.iter().enumerate() {
            let (one, other) = (service(), service());
            let mut run = ask(provider).env(key, value(key)).env(first, one.url("/v1"));
            for second in bases.iter().skip(index + 1) {
                run = run.env(second, other.url("/v1"));
            }
            run.run().assert_success();
            assert_eq!(
                (one.requests().len(), other.requests().len()),
                (1, 0),
                "{bases:?}"
            );
        }
    }
}

#[test]
fn an_empty_variable_is_not_set() {
    let server = service();
    let run = ask(provider("gemini")).env("GEMINI_API_BASE", server.url("/v1beta"));
    assert_first_counts(run.env("GOOGLE_API_KEY", ""), &server, &["GEMINI_API_KEY"]);
}

/// As with LiteLLM, which appends the rest of the path to it.
#[test]
fn the_version_of_geminis_address_is_kept() {
    for (end, version) in [
        ("", "/v1beta"),
        ("/v1beta", "/v1beta"),
        ("/gw/v1", "/gw/v1"),
        ("/v1alpha", "/v1alpha"),
    ] {
        let server = service();
        let run = ask(provider("gemini")).env("GEMINI_API_BASE", server.url(end));
        assert_first_counts(run, &server, &["GEMINI_API_KEY"]);
        let path = &server.requests()[0].path;
        assert!(
            path.starts_with(&format!("{version}/models/gemini-x:")),
            "{end}: {path}"
        );
    }
}

#[test]
fn a_key_of_the_inputs_is_named() {
    let server = service();
    let inputs = json!({"mode": "real", "model": "openai/m", "params": {"messages": [], "api_base": server.url("/v1"), "api_key_env": "MY_KEY"}});
    assert_first_counts(processor().inputs(inputs.to_string()), &server, &["MY_KEY"]);
}

#[test]
fn no_key_is_named_where_there_is_none() {
    let server = service();
    let run = ask(provider("ollama"))
        .env("OLLAMA_API_BASE", server.url(""))
        .run();
    run.assert_success();
    assert_eq!(run.receipt()["extra"].get("key"), None, "{run:?}");
}

/// LiteLLM sends it to Mistral.
#[test]
fn the_key_of_mistral_on_azure_stays_there() {
    let mistral = provider("mistral");
    let server = service();
    let own = || {
        ask(mistral)
            .env("MISTRAL_API_BASE", server.url("/v1"))
            .env("MISTRAL_AZURE_API_KEY", value("MISTRAL_AZURE_API_KEY"))
    };
    let keyless = own().run();
    keyless.assert_failure("ERR_MISSING_SECRET", 6);
    keyless.assert_message("set MISTRAL_API_KEY");
    assert!(server.requests().is_empty());
    assert_first_counts(own(), &server, &["MISTRAL_API_KEY"]);
    let inputs = json!({"mode": "real", "model": "mistral/m", "params": {"messages": [], "api_key_env": "MISTRAL_AZURE_API_KEY"}});
    let run = own().inputs(inputs.to_string()).run();
    run.assert_failure("ERR_INPUTS", 3);
    run.assert_message("/params/api_key_env names a key that belongs to another address");
    assert_eq!(server.requests().len(), 1);
}

/// As LiteLLM, which appends it for these two.
#[test]
fn an_address_without_its_version_gets_it() {
    for (prefix, base, end, path) in [
        ("mistral", "MISTRAL_AZURE_API_BASE", "", "/v1/chat/completions"),
        (
            "mistral",
            "MISTRAL_AZURE_API_BASE",
            "/v1/",
            "/v1/chat/completions",
        ),
        (
            "minimax",
            "MINIMAX_API_BASE",
            "/gateway",
            "/gateway/v1/chat/completions",
        ),
        (
            "minimax",
            "MINIMAX_API_BASE",
            "/v1/chat/completions",
            "/v1/chat/completions",
        ),
    ] {
        let (server, provider) = (service(), provider(prefix));
        let key = provider.3.last().unwrap();
        ask(provider)
            .env(base, server.url(end))
            .env(key, value(key))
            .run()
            .assert_success();
        assert_eq!(server.requests()[0].path, path, "{base} {end}");
    }
}

#[test]
fn an_account_comes_from_a_variable() {
    for (prefix, params, sent) in [
        ("openai", json!({}), Some("org-1")),
        ("openai", json!({"organization": "org-2"}), Some("org-2")),
        ("groq", json!({}), None),
    ] {
        let (server, provider) = (service(), provider(prefix));
        let mut inputs = json!({"mode": "real", "model": format!("{prefix}/m"), "params": {"messages": []}});
        let all = inputs["params"].as_object_mut().unwrap();
        all.extend(params.as_object().unwrap().clone());
        let run = processor().inputs(inputs.to_string());
        run.env("OPENAI_ORGANIZATION", "org-1")
            .env(provider.2[0], server.url("/v1"))
            .env(provider.3[0], value(provider.3[0]))
            .run()
            .assert_success();
        let request = &server.requests()[0];
        assert_eq!(
            request.header("openai-organization"),
            sent.map(str::as_bytes),
            "{prefix}"
        );
    }
}
