//! OpenAI's Responses API.

mod answers;
mod conversations;
mod orders;
mod services;
mod streams;

use serde_json::{Value, json};
use support::{Server, Test};

use crate::native::{ask, body};
use crate::{KEY, service};

fn at(server: &Server, run: Test) -> Test {
    run.env("OPENAI_BASE_URL", server.url("/v1"))
        .env("OPENAI_API_KEY", KEY)
}

fn hi() -> Value {
    json!([{"role": "user", "content": "hi"}])
}

fn hi_items() -> Value {
    json!([{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}])
}

/// What is sent with these parameters, without the model and the input, and what is changed.
/// The request to a model of which nothing is known, and what was changed.
fn sent(params: Value) -> (Value, Value) {
    let server = service();
    let run = at(&server, ask("openai/responses/of-my-own", hi(), params)).run();
    run.assert_success().assert_nowhere(KEY);
    let mut sent = body(&server);
    let members = sent.as_object_mut().unwrap();
    assert_eq!(members.remove("model").unwrap(), "of-my-own");
    assert_eq!(members.remove("input").unwrap(), hi_items());
    (sent, run.receipt()["extra"]["changed"].clone())
}

#[test]
fn models_that_know_no_other_api_are_asked_in_it() {
    for (model, name) in [
        ("openai/responses/gpt-4o", "gpt-4o"),
        ("o1-pro", "o1-pro"),
        ("openai/gpt-5-codex", "gpt-5-codex"),
        ("openai/o3-deep-research", "o3-deep-research"),
    ] {
        let server = service();
        let run = at(&server, ask(model, hi(), json!({}))).run();
        run.assert_success().assert_nowhere(KEY);
        let request = &server.requests()[0];
        assert_eq!(
            (request.method.as_str(), request.path.as_str()),
            ("POST", "/v1/responses")
        );
        assert_eq!(
            request.header("authorization").unwrap(),
            format!("Bearer {KEY}").as_bytes()
        );
        assert_eq!(request.json(), json!({"model": name, "input": hi_items()}));
        assert_eq!(run.receipt()["extra"]["api"], "openai_responses");
        assert_eq!(run.receipt()["extra"]["changed"], Value::Null);
    }
}

#[test]
fn functions_for_a_model_that_thinks_need_it() {
    let tools = json!([{"type": "function", "function": {"name": "f"}}]);
    for (effort, path) in [
        (json!("low"), "/v1/responses"),
        (json!("none"), "/v1/chat/completions"),
        (Value::Null, "/v1/chat/completions"), // another service than OpenAI may know no other
    ] {
        let server = service();
        let params = json!({"tools": tools, "reasoning_effort": effort});
        at(&server, ask("openai/gpt-5.4", hi(), params))
            .run()
            .assert_success();
        assert_eq!(server.requests()[0].path, path, "{effort}");
    }
}

#[test]
fn the_compatible_api_can_be_asked_instead() {
    for model in ["openai/responses/gpt-4o", "openai/o1-pro"] {
        let server = service();
        let params = json!({"openai_compatible": true, "seed": 7});
        let run = at(&server, ask(model, hi(), params)).run();
        run.assert_success();
        assert_eq!(server.requests()[0].path, "/v1/chat/completions");
        assert_eq!(run.receipt()["extra"]["api"], "chat_completions");
    }
}

/// <https://learn.microsoft.com/azure/ai-foundry/openai/how-to/responses>
#[test]
fn azure_has_it_beside_the_deployments() {
    for (base, version, path) in [
        ("", None, "/openai/v1/responses"),
        ("/openai", None, "/openai/v1/responses"),
        ("/openai/deployments/my%20gpt", None, "/openai/v1/responses"),
        ("", Some("2024-10-21"), "/openai/v1/responses"),
        (
            "",
            Some("2025-03-01-preview"),
            "/openai/responses?api-version=2025-03-01-preview",
        ),
        (
            "/openai/responses?api-version=2025-04-01-preview",
            None,
            "/openai/responses?api-version=2025-04-01-preview",
        ),
        ("/openai/v1", None, "/openai/v1/responses"),
        ("/openai/v1/responses", None, "/openai/v1/responses"),
    ] {
        let server = service();
        let mut run = ask("azure/responses/my gpt", hi(), json!({}))
            .env("AZURE_API_BASE", server.url(base))
            .env("AZURE_API_KEY", KEY);
        if let Some(version) = version {
            run = run.env("AZURE_API_VERSION", version);
        }
        run.run().assert_success().assert_nowhere(KEY);
        let request = &server.requests()[0];
        assert_eq!(request.path, path, "{base}");
        assert_eq!(request.header("api-key").unwrap(), KEY.as_bytes());
        assert_eq!(request.json()["model"], "my gpt");
    }
}

#[test]
fn xai_searches_in_it() {
    let server = service();
    let params = json!({"web_search_options": {}});
    let run = ask("xai/grok-4", hi(), params)
        .env("XAI_API_BASE", server.url("/v1"))
        .env("XAI_API_KEY", KEY);
    run.run().assert_success();
    assert_eq!(server.requests()[0].path, "/v1/responses");
    assert_eq!(body(&server)["tools"], json!([{"type": "web_search"}]));
}

#[test]
fn parameters_get_the_names_of_the_api() {
    let (body, changed) = sent(json!({
        "max_tokens": 100, "temperature": 0.5, "top_p": 0.9, "metadata": {"a": "b"}, "store": false, "user": "u",
        "parallel_tool_calls": false, "service_tier": "flex", "previous_response_id": "resp_1", "prompt_cache_key": "k", "stop": null,
        "reasoning_effort": "low", "reasoning_summary": "auto", "verbosity": "low", "logprobs": true, "top_logprobs": 2,
        "include": ["reasoning.encrypted_content"], "truncation": "auto", "unheard_of": [1.5], "n": 1, "frequency_penalty": 0,
        "stream_options": {"include_usage": true}, "prediction": {"type": "content", "content": "x"},
    }));
    assert_eq!(
        body,
        json!({
            "max_output_tokens": 100, "temperature": 0.5, "top_p": 0.9, "metadata": {"a": "b"}, "store": false, "user": "u",
            "parallel_tool_calls": false, "service_tier": "flex", "previous_response_id": "resp_1", "prompt_cache_key": "k",
            "reasoning": {"effort": "low", "summary": "auto"}, "text": {"verbosity": "low"}, "top_logprobs": 2,
            "include": ["message.output_text.logprobs", "reasoning.encrypted_content"], "truncation": "auto", "unheard_of": [1.5],
        })
    );
    assert_eq!(
        changed,
        "n left out; frequency_penalty left out; max_tokens to max_output_tokens; reasoning_effort to reasoning.effort; reasoning_summary to reasoning.summary; \
         verbosity to text.verbosity; logprobs to include; prediction left out"
    );
}

#[test]
fn limits_are_those_of_the_api() {
    let (body, changed) = sent(json!({"max_completion_tokens": 1, "user": "é".repeat(65)}));
    assert_eq!(body, json!({"max_output_tokens": 16, "user": "é".repeat(64)}));
    assert_eq!(
        changed,
        "max_completion_tokens to max_output_tokens; max_output_tokens to 16; user to its first 64 characters"
    );
}

#[test]
fn every_effort_is_passed_on() {
    for effort in ["none", "minimal", "low", "medium", "high", "xhigh", "max"] {
        let (body, _) = sent(json!({ "reasoning_effort": effort }));
        assert_eq!(body, json!({"reasoning": {"effort": effort}}));
    }
    let reasoning = json!({"effort": "high", "summary": "detailed"});
    for params in [
        json!({ "reasoning_effort": reasoning }),
        json!({ "reasoning": reasoning }),
        json!({"reasoning": {"summary": "detailed"}, "reasoning_effort": "high"}),
    ] {
        assert_eq!(sent(params).0, json!({ "reasoning": reasoning }));
    }
}

/// <https://platform.openai.com/docs/guides/structured-outputs?api-mode=responses>
#[test]
fn formats_of_answers() {
    let schema =
        json!({"type": "object", "properties": {"z": {"type": "string"}, "a": {"$ref": "#/$defs/x"}}});
    for (given, format) in [
        (json!({"type": "text"}), json!({"type": "text"})),
        (json!({"type": "json_object"}), json!({"type": "json_object"})),
        (
            json!({"type": "json_schema", "json_schema": {"name": "n", "description": "d", "schema": schema, "strict": true}}),
            json!({"type": "json_schema", "name": "n", "schema": schema, "strict": true, "description": "d"}),
        ),
        (
            json!({"type": "json_schema", "json_schema": {"schema": schema}}),
            json!({"type": "json_schema", "name": "response_schema", "schema": schema, "strict": false}),
        ),
    ] {
        let (body, changed) = sent(json!({"response_format": given, "text": {"verbosity": "low"}}));
        assert_eq!(body, json!({"text": {"verbosity": "low", "format": format}}));
        assert_eq!(changed, "response_format to text.format");
    }
}

/// <https://platform.openai.com/docs/guides/function-calling>
#[test]
fn tools_are_flat() {
    let parameters = json!({"type": "object", "properties": {"z": {"type": ["string", "null"]}, "a": {}}});
    let (body, changed) = sent(json!({
        "tools": [
            {"type": "function", "function": {"name": "f", "description": "d", "parameters": parameters}},
            {"type": "function", "function": {"name": "g", "strict": true, "parameters": parameters}},
            {"type": "function", "function": {"name": "h"}, "cache_control": {"type": "ephemeral"}},
            {"type": "custom", "custom": {"name": "c", "format": {"type": "grammar", "grammar": {"syntax": "lark", "definition": "s"}}}},
            {"type": "mcp", "server_label": "l", "server_url": "https://h"},
        ],
        "web_search_options": {"search_context_size": "low", "user_location": {"type": "approximate", "approximate": {"city": "Bonn"}}},
    }));
    assert_eq!(
        body["tools"],
        json!([
            {"type": "function", "name": "f", "description": "d", "parameters": parameters, "strict": false},
            {"type": "function", "name": "g", "parameters": parameters, "strict": true},
            {"type": "function", "name": "h", "parameters": null, "strict": false},
            {"type": "custom", "name": "c", "format": {"type": "grammar", "syntax": "lark", "definition": "s"}},
            {"type": "mcp", "server_label": "l", "server_url": "https://h"},
            {"type": "web_search", "search_context_size": "low", "user_location": {"type": "approximate", "city": "Bonn"}},
        ])
    );
    assert_eq!(changed, "cache_control left out; web_search_options to tools");
    let (body, changed) = sent(json!({"functions": [{"name": "f"}], "function_call": {"name": "f"}}));
    assert_eq!(
        body,
        json!({"tools": [{"type": "function", "name": "f", "parameters": null, "strict": false}],
            "tool_choice": {"type": "function", "name": "f"}})
    );
    assert_eq!(changed, "functions to tools; function_call to tool_choice");
}

#[test]
fn choices_of_tools() {
    let allowed = json!({"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [{"type": "function", "function": {"name": "f"}}]}});
    for (given, choice) in [
        (json!("auto"), json!("auto")),
        (json!("none"), json!("none")),
        (json!("required"), json!("required")),
        (json!({"type": "auto"}), json!("auto")),
        (
            json!({"type": "function", "function": {"name": "f"}}),
            json!({"type": "function", "name": "f"}),
        ),
        (
            json!({"type": "function", "name": "f"}),
            json!({"type": "function", "name": "f"}),
        ),
        (
            json!({"type": "custom", "custom": {"name": "c"}}),
            json!({"type": "custom", "name": "c"}),
        ),
        (json!({"type": "web_search"}), json!({"type": "web_search"})),
        (
            allowed,
            json!({"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "f"}]}),
        ),
    ] {
        assert_eq!(
            sent(json!({ "tool_choice": given })).0,
            json!({ "tool_choice": choice })
        );
    }
}

#[test]
fn what_the_api_cannot_be_told_is_refused_before_it_is_asked() {
    let server = service();
    for (name, value) in [
        ("n", json!(2)),
        ("seed", json!(0)),
        ("stop", json!("END")),
        ("logit_bias", json!({"1": 2})),
        ("frequency_penalty", json!(0.5)),
        ("presence_penalty", json!(0.5)),
        ("modalities", json!(["text", "audio"])),
        ("audio", json!({"voice": "alloy", "format": "mp3"})),
        ("background", json!(true)),
        ("thinking", json!({"type": "enabled", "budget_tokens": 2048})),
    ] {
        let run = at(&server, ask("openai/o3-pro", hi(), json!({ name: value }))).run();
        run.assert_failure("ERR_INPUTS", 3);
        run.assert_message(&format!("/params/{name} "));
    }
    let run = at(
        &server,
        ask(
            "openai/responses/gpt-4o",
            hi(),
            json!({"reasoning_effort": "low"}),
        ),
    );
    let run = run.run();
    run.assert_failure("ERR_INPUTS", 3);
    run.assert_message("/params/reasoning_effort is for models that reason");
    assert!(server.requests().is_empty());
}
