//! Every service gets what it documents: one golden request a line of the table.

use std::path::Path;

use serde_json::{Value, json};
use snapbox::{Data, assert_data_eq};
use support::{Server, Test};

use crate::{processor, service};

const KEY: &str = "key-of-this-route-0123456789";

/// Prefix, a model, the variable of its address, and that of its key.
#[rustfmt::skip]
const ROUTES: [(&str, &str, &str, &str); 36] = [
    ("openai",            "gpt-5-mini",                 "OPENAI_BASE_URL",            "OPENAI_API_KEY"),
    ("azure",             "my deployment",              "AZURE_API_BASE",             "AZURE_API_KEY"),
    ("anthropic",         "claude-sonnet-4-5",          "ANTHROPIC_API_BASE",         "ANTHROPIC_API_KEY"),
    ("gemini",            "gemini-2.5-flash",           "GEMINI_API_BASE",            "GEMINI_API_KEY"),
    ("groq",              "meta-llama/llama-4-scout",   "GROQ_API_BASE",              "GROQ_API_KEY"),
    ("together_ai",       "meta-llama/Llama-3.3-70B",   "TOGETHER_AI_API_BASE",       "TOGETHERAI_API_KEY"),
    ("openrouter",        "auto",                       "OPENROUTER_API_BASE",        "OR_API_KEY"),
    ("mistral",           "mistral-small-latest",       "MISTRAL_API_BASE",           "MISTRAL_API_KEY"),
    ("deepseek",          "deepseek-chat",              "DEEPSEEK_API_BASE",          "DEEPSEEK_API_KEY"),
    ("xai",               "grok-4",                     "XAI_API_BASE",               "XAI_API_KEY"),
    ("fireworks_ai",      "llama-v3p1-8b-instruct",     "FIREWORKS_API_BASE",         "FIREWORKS_AI_API_KEY"),
    ("perplexity",        "sonar",                      "PERPLEXITY_API_BASE",        "PERPLEXITYAI_API_KEY"),
    ("cerebras",          "llama3.1-8b",                "CEREBRAS_API_BASE",          "CEREBRAS_API_KEY"),
    ("nvidia_nim",        "meta/llama-3.1-8b-instruct", "NVIDIA_NIM_API_BASE",        "NVIDIA_NIM_API_KEY"),
    ("deepinfra",         "Qwen/Qwen3-32B",             "DEEPINFRA_API_BASE",         "DEEPINFRA_API_KEY"),
    ("sambanova",         "Llama-4-Maverick",           "SAMBANOVA_API_BASE",         "SAMBANOVA_API_KEY"),
    ("moonshot",          "kimi-k2",                    "MOONSHOT_API_BASE",          "MOONSHOT_API_KEY"),
    ("dashscope",         "qwen-plus",                  "DASHSCOPE_API_BASE",         "DASHSCOPE_API_KEY"),
    ("qwencloud",         "qwen-plus",                  "QWENCLOUD_API_BASE",         "QWENCLOUD_API_KEY"),
    ("qwen_ai_platform",  "qwen-plus",                  "QWEN_AI_PLATFORM_API_BASE",  "QWEN_AI_PLATFORM_API_KEY"),
    ("nebius",            "Qwen/Qwen3-32B",             "NEBIUS_API_BASE",            "NEBIUS_API_KEY"),
    ("zai",               "glm-4.6",                    "ZAI_API_BASE",               "ZAI_API_KEY"),
    ("minimax",           "MiniMax-M2",                 "MINIMAX_API_BASE",           "MINIMAX_API_KEY"),
    ("volcengine",        "doubao-seed-1-6",            "VOLCENGINE_API_BASE",        "VOLCENGINE_API_KEY"),
    ("codestral",         "codestral-latest",           "CODESTRAL_API_BASE",         "CODESTRAL_API_KEY"),
    ("novita",            "deepseek/deepseek-v3",       "NOVITA_API_BASE",            "NOVITA_API_KEY"),
    ("hyperbolic",        "Qwen/Qwen3-32B",             "HYPERBOLIC_API_BASE",        "HYPERBOLIC_API_KEY"),
    ("featherless_ai",    "Qwen/Qwen3-32B",             "FEATHERLESS_API_BASE",       "FEATHERLESS_API_KEY"),
    ("meta_llama",        "Llama-4-Maverick",           "LLAMA_API_BASE",             "LLAMA_API_KEY"),
    ("vercel_ai_gateway", "openai/gpt-4o",              "VERCEL_AI_GATEWAY_API_BASE", "VERCEL_OIDC_TOKEN"),
    ("ollama",            "llama3.2:1b",                "OLLAMA_API_BASE",            "OLLAMA_API_KEY"),
    ("ollama_chat",       "llama3.2:1b",                "OLLAMA_API_BASE",            "OLLAMA_API_KEY"),
    ("llamafile",         "m",                          "LLAMAFILE_API_BASE",         "LLAMAFILE_API_KEY"),
    ("hosted_vllm",       "Qwen/Qwen3-8B",              "HOSTED_VLLM_API_BASE",       "HOSTED_VLLM_API_KEY"),
    ("lm_studio",         "gemma-3",                    "LM_STUDIO_API_BASE",         "LM_STUDIO_API_KEY"),
    ("litellm_proxy",     "any/name",                   "LITELLM_PROXY_API_BASE",     "LITELLM_PROXY_API_KEY"),
];

fn ask(model: &str) -> Test {
    let inputs = json!({"mode": "real", "model": model, "params": {
        "messages": [{"role": "user", "content": "hi"}], "max_tokens": 5, "seed": 7, "temperature": 0.5, "unheard_of": [1.5, null],
        "drop_params": true,
    }});
    processor().inputs(inputs.to_string())
}

fn golden(name: &str) -> Data {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/llm_litellm/golden/routes");
    Data::read_from(&dir.join(format!("{name}.txt")), None)
}

#[test]
fn each_route_sends_what_its_service_takes() {
    for (prefix, model, base, key) in ROUTES {
        let server = service();
        let run = ask(&format!("{prefix}/{model}"))
            .env(base, server.url("/base"))
            .env(key, format!(" {KEY}\n"))
            .run();
        run.assert_success().assert_nowhere(KEY);
        let requests = server.requests();
        assert_eq!(requests.len(), 1);
        assert_data_eq!(requests[0].shown(KEY), golden(prefix).raw());
    }
}

#[test]
fn what_is_missing_is_named() {
    for (prefix, model, base, key) in ROUTES {
        let model = format!("{prefix}/{model}");
        let optional = ["ollama", "ollama_chat", "llamafile", "hosted_vllm", "lm_studio"].contains(&prefix);
        let has_own = !["azure", "hosted_vllm", "lm_studio", "litellm_proxy"].contains(&prefix);
        let server = service();
        let keyless = ask(&model).env(base, server.url("")).run();
        if optional {
            keyless.assert_success();
            assert_eq!(server.requests()[0].header("authorization"), None);
        } else {
            keyless.assert_failure("ERR_MISSING_SECRET", 6);
            keyless.assert_message(key);
            assert!(server.requests().is_empty());
        }
        if !has_own {
            let homeless = ask(&model).env(key, KEY).run();
            homeless.assert_failure("ERR_USAGE", 2);
            homeless.assert_message(base);
        }
    }
}

#[test]
fn an_unknown_prefix_names_the_known_ones() {
    let run = ask("claude/opus").env("OPENAI_API_KEY", KEY).run();
    run.assert_failure("ERR_INPUTS", 3);
    assert!(run.message().starts_with("/model "), "{run:?}");
    for (prefix, ..) in ROUTES {
        run.assert_message(prefix);
    }
}

#[test]
fn azure_has_a_version_and_an_address_without_one() {
    for (path, version, sent) in [
        (
            "/",
            Some("2025-01-01-preview"),
            "/openai/deployments/d-1/chat/completions?api-version=2025-01-01-preview",
        ),
        (
            "/gateway/",
            None,
            "/gateway/openai/deployments/d-1/chat/completions?api-version=2025-02-01-preview",
        ),
        (
            "/openai/v1/",
            Some("2025-01-01-preview"),
            "/openai/v1/chat/completions",
        ),
        ("/", Some("preview"), "/openai/v1/chat/completions"),
        (
            "/openai/deployments/d-1",
            Some("v1"),
            "/openai/v1/chat/completions",
        ),
        ("/gateway", Some("latest"), "/gateway/openai/v1/chat/completions"),
    ] {
        let server = service();
        let run = ask("azure/d-1")
            .env("AZURE_API_BASE", server.url(path))
            .env("AZURE_API_VERSION", version.unwrap_or_default())
            .env("AZURE_API_KEY", "sk-the-second-choice")
            .env("AZURE_OPENAI_API_KEY", KEY);
        run.run().assert_success();
        let request = &server.requests()[0];
        assert_eq!(request.path, sent);
        assert_eq!(request.header("api-key"), Some(KEY.as_bytes()));
        assert_eq!(request.header("authorization"), None);
        assert_eq!(request.json()["model"], "d-1");
    }
}

/// Another address, and the variable of a key.
fn ask_at(model: &str, params: Value) -> Test {
    let mut inputs = json!({"mode": "real", "model": model, "params": {"messages": []}});
    let all = inputs["params"].as_object_mut().unwrap();
    all.extend(params.as_object().unwrap().clone());
    processor()
        .inputs(inputs.to_string())
        .env("OPENAI_API_KEY", "sk-the-key-of-openai")
        .env("GROQ_API_KEY", "sk-the-key-of-groq")
        .env("MY_KEY", format!("{KEY}\n"))
}

#[test]
fn an_address_of_the_inputs_needs_a_key_of_its_own() {
    let server = service();
    let base = server.url("/mine/");
    ask_at(
        "openai/gpt-5",
        json!({"api_base": base, "api_key_env": "MY_KEY", "max_tokens": 1}),
    )
    .run()
    .assert_success()
    .assert_nowhere(KEY);
    let request = &server.requests()[0];
    assert_eq!(request.path, "/mine/chat/completions");
    assert_eq!(
        request.header("authorization"),
        Some(format!("Bearer {KEY}").as_bytes())
    );
    assert_eq!(
        request.json(),
        json!({"model": "gpt-5", "messages": [], "max_completion_tokens": 1})
    );

    for (params, code, status, named) in [
        (json!({"api_base": base}), "ERR_INPUTS", 3, "/params/api_base"),
        (
            json!({"api_base": base, "api_key_env": "OPENAI_API_KEY"}),
            "ERR_INPUTS",
            3,
            "/params/api_key_env",
        ),
        (
            json!({"api_base": base, "api_key_env": "GROQ_API_KEY"}),
            "ERR_INPUTS",
            3,
            "/params/api_key_env",
        ),
        (
            json!({"api_key_env": "GROQ_API_KEY"}),
            "ERR_INPUTS",
            3,
            "/params/api_key_env",
        ),
        (
            json!({"api_base": base, "api_key_env": "NOT_SET"}),
            "ERR_MISSING_SECRET",
            6,
            "NOT_SET",
        ),
        (
            json!({"api_base": "nowhere", "api_key_env": "MY_KEY"}),
            "ERR_INPUTS",
            3,
            "/params/api_base",
        ),
        (
            json!({"api_base": "http://u:pass-word@h/", "api_key_env": "MY_KEY"}),
            "ERR_INPUTS",
            3,
            "/params/api_base",
        ),
        (
            json!({"api_base": "", "api_key_env": "MY_KEY"}),
            "ERR_INPUTS",
            3,
            "/params/api_base",
        ),
        (
            json!({"api_key_env": "sk-pass-word-0123"}),
            "ERR_INPUTS",
            3,
            "/params/api_key_env",
        ),
    ] {
        let run = ask_at("gpt-4o", params).run();
        run.assert_failure(code, status)
            .assert_nowhere("pass-word")
            .assert_nowhere("sk-the-key");
        run.assert_message(named);
    }
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_key_of_the_inputs_goes_to_the_providers_address() {
    let server = service();
    for (variable, key) in [("MY_KEY", KEY), ("OPENAI_API_KEY", "sk-the-key-of-openai")] {
        ask_at("gpt-4o", json!({ "api_key_env": variable }))
            .env("OPENAI_BASE_URL", server.url("/v1"))
            .run()
            .assert_success();
        let requests = server.requests();
        let sent = requests.last().unwrap().header("authorization");
        assert_eq!(sent, Some(format!("Bearer {key}").as_bytes()));
    }
}

#[test]
fn a_providers_key_goes_to_no_other_providers_address() {
    let (openai, groq) = (service(), service());
    let inputs = r#"{"mode":"real","model":"groq/llama","params":{"messages":[]}}"#;
    processor()
        .inputs(inputs)
        .env("OPENAI_BASE_URL", openai.url("/v1"))
        .env("OPENAI_API_KEY", "sk-the-key-of-openai")
        .env("GROQ_API_BASE", groq.url("/v1"))
        .env("GROQ_API_KEY", KEY)
        .run()
        .assert_success();
    assert!(openai.requests().is_empty());
    let sent = groq.requests()[0].header("authorization").unwrap().to_vec();
    assert_eq!(sent, format!("Bearer {KEY}").as_bytes());
}

#[test]
fn the_receipt_lists_renamed_parameters() {
    for (model, params, told) in [
        (
            "openai/gpt-5",
            json!({"max_tokens": 3}),
            Some("max_tokens to max_completion_tokens"),
        ),
        (
            "openai/gpt-5",
            json!({"max_tokens": 3, "max_completion_tokens": 4}),
            Some("max_tokens left out"),
        ),
        ("openai/gpt-4o", json!({"max_tokens": 3, "seed": 1}), None),
    ] {
        let server: Server = service();
        let run = ask_at(model, params)
            .env("OPENAI_BASE_URL", server.url("/v1"))
            .run();
        run.assert_success();
        assert_eq!(
            run.receipt()["extra"].get("changed").and_then(Value::as_str),
            told,
            "{run:?}"
        );
        assert_eq!(
            run.stderr.contains("parameters_changed"),
            told.is_some(),
            "{run:?}"
        );
    }
}
