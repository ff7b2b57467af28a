//! Addresses as people copy them.

use serde_json::{Value, json};
use support::{Server, Test};

use crate::{processor, service};

const KEY: &str = "key-of-this-route-0123456789";

fn ask(model: &str, params: Value) -> Test {
    let mut inputs = json!({"mode": "real", "model": model, "params": {"messages": []}});
    let all = inputs["params"].as_object_mut().unwrap();
    all.extend(params.as_object().unwrap().clone());
    processor().inputs(inputs.to_string())
}

/// The path that is asked where the address ends in this, in the variable and in the inputs.
fn paths(model: &str, variable: &str, end: &str) -> [String; 2] {
    let server = service();
    let key = match model {
        "azure/d-1" => "AZURE_API_KEY",
        _ => "OPENAI_API_KEY",
    };
    let by_variable = ask(model, json!({})).env(variable, server.url(end)).env(key, KEY);
    by_variable.run().assert_success();
    let params = json!({"api_base": server.url(end), "api_key_env": "MY_KEY"});
    ask(model, params).env("MY_KEY", KEY).run().assert_success();
    let requests = server.requests();
    [requests[0].path.clone(), requests[1].path.clone()]
}

#[test]
fn an_address_may_name_an_endpoint() {
    for end in [
        "/v1",
        "/v1/",
        "/v1/chat/completions",
        "/v1/chat/completions/",
        "/v1/completions",
        "/v1/responses",
        "/v1/models",
    ] {
        for path in paths("gpt-4o", "OPENAI_BASE_URL", end) {
            assert_eq!(path, "/v1/chat/completions", "{end}");
        }
    }
    for end in ["", "/", "/api", "/api/chat", "/v1", "/v1/chat/completions"] {
        for path in paths("ollama/llama", "OLLAMA_API_BASE", end) {
            assert_eq!(path, "/api/chat", "{end}");
        }
    }
}

#[test]
fn every_address_of_azures_portal_is_accepted() {
    for (end, version) in [
        ("", "2025-02-01-preview"),
        ("/openai", "2025-02-01-preview"),
        ("/openai/", "2025-02-01-preview"),
        ("/openai/deployments", "2025-02-01-preview"),
        ("/openai/deployments/d-1", "2025-02-01-preview"),
        ("/openai/deployments/d-1/chat/completions", "2025-02-01-preview"),
        (
            "/openai/deployments/d-1/chat/completions?api-version=2025-01-01-preview",
            "2025-01-01-preview",
        ),
        (
            "/openai/responses?api-version=2025-04-01-preview",
            "2025-04-01-preview",
        ),
    ] {
        for path in paths("azure/d-1", "AZURE_API_BASE", end) {
            assert_eq!(
                path,
                format!("/openai/deployments/d-1/chat/completions?api-version={version}"),
                "{end}"
            );
        }
    }
    for (end, query) in [
        ("/openai/v1", ""),
        ("/openai/v1/chat/completions", ""),
        (
            "/openai/v1/chat/completions?api-version=preview",
            "?api-version=preview",
        ),
    ] {
        for path in paths("azure/d-1", "AZURE_API_BASE", end) {
            assert_eq!(path, format!("/openai/v1/chat/completions{query}"), "{end}");
        }
    }
}

#[test]
fn the_version_variable_overrides_the_address() {
    let server = service();
    ask("azure/d-1", json!({}))
        .env(
            "AZURE_API_BASE",
            server.url("/openai/deployments/d-1/chat/completions?api-version=2024-02-01"),
        )
        .env("AZURE_API_VERSION", "2025-03-01-preview")
        .env("AZURE_API_KEY", KEY)
        .run()
        .assert_success();
    assert_eq!(
        server.requests()[0].path,
        "/openai/deployments/d-1/chat/completions?api-version=2025-03-01-preview"
    );
}

#[test]
fn another_deployment_is_refused() {
    let server = service();
    let end = "/openai/deployments/hidden-d-2/chat/completions?api-version=2024-02-01";
    let by_variable = ask("azure/d-1", json!({}))
        .env("AZURE_API_BASE", server.url(end))
        .env("AZURE_API_KEY", KEY);
    let params = json!({"api_base": server.url(end), "api_key_env": "MY_KEY"});
    let by_inputs = ask("azure/d-1", params).env("MY_KEY", KEY);
    for (run, code, status, place) in [
        (by_variable, "ERR_USAGE", 2, "AZURE_API_BASE"),
        (by_inputs, "ERR_INPUTS", 3, "/params/api_base"),
    ] {
        let run = run.run();
        run.assert_failure(code, status).assert_nowhere("hidden-d-2");
        assert!(
            run.message()
                .starts_with(&format!("{place} names another deployment")),
            "{run:?}"
        );
    }
    assert!(server.requests().is_empty());
}

#[test]
fn a_service_without_keys_needs_none_at_another_address_either() {
    for model in ["ollama/llama", "hosted_vllm/Qwen/Qwen3", "lm_studio/gemma"] {
        let server: Server = service();
        let keys = |run: Test| {
            let names = [
                "OLLAMA_API_KEY",
                "HOSTED_VLLM_API_KEY",
                "LM_STUDIO_API_KEY",
                "OPENAI_API_KEY",
            ];
            names
                .into_iter()
                .fold(run, |run, name| run.env(name, "sk-of-a-provider"))
        };
        let base = server.url("/v1");
        keys(ask(model, json!({"api_base": base}))).run().assert_success();
        keys(ask(model, json!({"api_base": base, "api_key_env": "MY_KEY"})))
            .env("MY_KEY", KEY)
            .run()
            .assert_success();
        let requests = server.requests();
        let path = if model == "ollama/llama" {
            "/api/chat"
        } else {
            "/v1/chat/completions"
        };
        assert_eq!(requests[0].path, path);
        assert_eq!(requests[0].header("authorization"), None, "{model}");
        assert_eq!(
            requests[1].header("authorization"),
            Some(format!("Bearer {KEY}").as_bytes())
        );
    }
}
