//! What becomes of each parameter.

use serde_json::{Value, json};

use super::{MODEL, assert_refused, at, betas, hi, sent};
use crate::KEY;
use crate::native::{ask, body};
use crate::service;

#[test]
fn a_request_has_what_the_api_needs() {
    let server = service();
    let run = at(&server, ask(MODEL, hi(), json!({}))).run();
    run.assert_success().assert_nowhere(KEY);
    let request = &server.requests()[0];
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("POST", "/v1/messages")
    );
    assert_eq!(request.header("x-api-key"), Some(KEY.as_bytes()));
    assert_eq!(request.header("authorization"), None);
    assert_eq!(request.header("anthropic-version"), Some(&b"2023-06-01"[..]));
    assert_eq!(request.header("anthropic-beta"), None);
    assert_eq!(
        request.json(),
        json!({"model": "claude-sonnet-4-5", "max_tokens": 64000,
            "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]})
    );
    let extra = &run.receipt()["extra"];
    assert_eq!(extra["api"], "anthropic_messages");
    assert_eq!(extra["changed"], "max_tokens added");
}

#[test]
fn parameters_get_the_names_of_the_api() {
    #[rustfmt::skip]
    let cases = [
        (json!({"max_completion_tokens": 7}), json!({"max_tokens": 7}), Some("max_completion_tokens to max_tokens")),
        (json!({"max_completion_tokens": 7, "max_tokens": 8}), json!({"max_tokens": 7}), Some("max_completion_tokens to max_tokens; max_tokens left out")),
        (json!({"stop": "END"}), json!({"stop_sequences": ["END"]}), Some("stop to stop_sequences")),
        (json!({"stop": ["a", "b"]}), json!({"stop_sequences": ["a", "b"]}), Some("stop to stop_sequences")),
        (json!({"user": "u-1"}), json!({"metadata": {"user_id": "u-1"}}), Some("user to metadata.user_id")),
        (json!({"user": "a@example.com"}), json!({}), Some("user left out")),
        (json!({"metadata": {"user_id": "m", "team": "x"}, "user": "u"}), json!({"metadata": {"user_id": "m"}}), Some("metadata.team left out; user left out")),
        (json!({"metadata": "x"}), json!({}), Some("metadata left out")),
        (json!({"temperature": 0.5, "top_p": 0.9, "top_k": 3}), json!({"temperature": 0.5, "top_p": 0.9, "top_k": 3}), None),
        (json!({"service_tier": "default"}), json!({"service_tier": "standard_only"}), Some("service_tier default to standard_only")),
        (json!({"service_tier": "auto", "speed": "fast"}), json!({"service_tier": "auto", "speed": "fast"}), None),
        (json!({"cache_control": {"type": "ephemeral"}, "container": {"id": "c"}}), json!({"cache_control": {"type": "ephemeral"}, "container": {"id": "c"}}), None),
        (json!({"context_management": [{"type": "compaction", "compact_threshold": 9}]}),
         json!({"context_management": {"edits": [{"type": "compact_20260112", "trigger": {"type": "input_tokens", "value": 9}}]}}), Some("context_management to edits")),
        (json!({"yet_to_come": {"a": 1}, "seed": null}), json!({"yet_to_come": {"a": 1}}), None),
        (json!({"n": 1, "presence_penalty": 0.0, "logprobs": false, "store": true}), json!({}),
         Some("n left out; presence_penalty left out; logprobs left out; store left out")),
    ];
    for (given, expected, changes) in cases {
        let mut params = json!({"max_tokens": 5});
        if given.get("max_completion_tokens").is_some() {
            params = json!({});
        }
        params
            .as_object_mut()
            .unwrap()
            .extend(given.as_object().unwrap().clone());
        let (mut body, changed) = sent(MODEL, hi(), params);
        let body = body.as_object_mut().unwrap();
        for name in ["model", "messages"] {
            body.remove(name);
        }
        if expected.get("max_tokens").is_none() {
            assert_eq!(body.remove("max_tokens"), Some(json!(5)));
        }
        assert_eq!(&Value::Object(body.clone()), &expected, "{given}");
        assert_eq!(changed.as_deref(), changes, "{given}");
    }
}

#[test]
fn parameters_for_one_member_do_not_replace_each_other_in_silence() {
    let text = |text: &str| json!({"type": "text", "text": text});
    let messages = json!([{"role": "system", "content": "a"}, {"role": "user", "content": "hi"}]);
    let cached = json!([{"type": "text", "text": "b", "cache_control": {"type": "ephemeral"}}]);
    for (system, own) in [(json!("b"), text("b")), (cached.clone(), cached[0].clone())] {
        let params = json!({"max_tokens": 5, "system": system});
        let (body, _) = sent(MODEL, messages.clone(), params.clone());
        assert_eq!(body["system"], json!([text("a"), own]));
        assert_eq!(sent(MODEL, hi(), params).0["system"], system);
    }
    for params in [
        json!({"stop": "a", "stop_sequences": ["b"]}),
        json!({"stop_sequences": ["b"], "stop": "a"}),
    ] {
        let mut all = json!({"max_tokens": 5});
        all.as_object_mut()
            .unwrap()
            .extend(params.as_object().unwrap().clone());
        let (body, changed) = sent(MODEL, hi(), all);
        assert_eq!(body["stop_sequences"], json!(["b"]), "{params}");
        assert!(changed.unwrap().contains("left out"), "{params}");
    }
    let points = json!({"cache_control_injection_points": [{"location": "message", "role": "user"}]});
    assert_refused(
        MODEL,
        hi(),
        points,
        "/params/cache_control_injection_points is LiteLLM's own",
    );
}

#[test]
fn what_anthropic_does_not_know_is_refused() {
    for (params, message) in [
        (json!({"seed": 1}), "/params/seed is not known to Anthropic"),
        (json!({"n": 2}), "/params/n is not known"),
        (json!({"logit_bias": {"1": 2}}), "/params/logit_bias is not known"),
        (
            json!({"frequency_penalty": 0.5}),
            "/params/frequency_penalty is not known",
        ),
        (json!({"logprobs": true}), "/params/logprobs is not known"),
        (json!({"service_tier": "flex"}), "/params/service_tier is none of"),
        (
            json!({"max_tokens": 0}),
            "/params/max_tokens is not a whole number",
        ),
        (
            json!({"reasoning_effort": "very"}),
            "/params/reasoning_effort is none of",
        ),
        (json!({"thinking": true}), "/params/thinking is not an object"),
    ] {
        assert_refused(MODEL, hi(), params, message);
    }
    for (model, params, message) in [
        (
            "anthropic/claude-opus-5",
            json!({"temperature": 0.5}),
            "/params/temperature is not known to this model",
        ),
        (
            "anthropic/claude-opus-4-6",
            json!({"reasoning_effort": "xhigh"}),
            "/params/reasoning_effort is xhigh",
        ),
        (
            "anthropic/claude-3-5-haiku-latest",
            json!({"reasoning_effort": "low"}),
            "/params/reasoning_effort is for models that think",
        ),
    ] {
        assert_refused(model, hi(), params, message);
    }
    let (body, _) = sent("anthropic/claude-opus-5", hi(), json!({"temperature": 1}));
    assert_eq!(body["temperature"], 1);
}

#[test]
fn thinking_is_what_the_model_knows() {
    #[rustfmt::skip]
    let cases = [
        ("claude-sonnet-4-5", json!({"reasoning_effort": "none"}), json!(null), json!(null), 64000),
        ("claude-sonnet-4-5", json!({"reasoning_effort": "minimal"}), json!({"type": "enabled", "budget_tokens": 1024}), json!(null), 5120),
        ("claude-sonnet-4-5", json!({"reasoning_effort": {"effort": "medium", "summary": "auto"}}), json!({"type": "enabled", "budget_tokens": 2048}), json!(null), 6144),
        ("claude-sonnet-4-5", json!({"reasoning_effort": "max"}), json!({"type": "enabled", "budget_tokens": 16384}), json!(null), 20480),
        ("claude-sonnet-4-5", json!({"reasoning_effort": "low", "thinking": {"type": "enabled", "budget_tokens": 3000}}), json!({"type": "enabled", "budget_tokens": 3000}), json!(null), 7096),
        ("claude-sonnet-4-5", json!({"thinking": {"type": "adaptive"}, "max_tokens": 1500}), json!({"type": "enabled", "budget_tokens": 1499}), json!(null), 1500),
        ("claude-sonnet-4-5", json!({"thinking": {"type": "adaptive"}, "max_tokens": 1000}), json!(null), json!(null), 1000),
        ("claude-opus-4-6", json!({"thinking": {"type": "enabled", "budget_tokens": 3000}}), json!({"type": "enabled", "budget_tokens": 3000}), json!(null), 7096),
        ("claude-opus-4-6", json!({"reasoning_effort": "minimal"}), json!({"type": "adaptive", "display": "summarized"}), json!({"effort": "low"}), 128_000),
        ("claude-opus-4-6", json!({"reasoning_effort": "max", "output_config": {"x": 1}}), json!({"type": "adaptive", "display": "summarized"}), json!({"x": 1, "effort": "max"}), 128_000),
        ("claude-opus-5", json!({"reasoning_effort": "none"}), json!({"type": "disabled"}), json!(null), 128_000),
        ("claude-opus-5", json!({"thinking": {"type": "enabled", "budget_tokens": 3000}}), json!({"type": "adaptive"}), json!({"effort": "medium"}), 128_000),
        ("claude-opus-5", json!({"thinking": {"type": "enabled", "budget_tokens": 99999}}), json!({"type": "adaptive"}), json!({"effort": "xhigh"}), 128_000),
        ("claude-fable-5", json!({"reasoning_effort": "none"}), json!(null), json!(null), 128_000),
        ("claude-fable-5", json!({"thinking": {"type": "disabled"}}), json!(null), json!(null), 128_000),
    ];
    for (model, params, thinking, config, max_tokens) in cases {
        let (body, changed) = sent(&format!("anthropic/{model}"), hi(), params.clone());
        let member = |name: &str| body.get(name).cloned().unwrap_or_default();
        assert_eq!(member("thinking"), thinking, "{model} {params}");
        assert_eq!(member("output_config"), config, "{model} {params}");
        assert_eq!(member("max_tokens"), max_tokens, "{model} {params}");
        let has_said = thinking == params["thinking"]
            || changed
                .is_some_and(|changed| changed.contains("thinking") || changed.contains("reasoning_effort"));
        assert!(has_said, "{model} {params}");
    }
}

#[test]
fn features_are_asked_for() {
    #[rustfmt::skip]
    let cases = [
        (json!({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}), None),
        (json!({"tools": [{"type": "computer_20250124", "name": "computer", "display_width_px": 1, "display_height_px": 1}]}), Some("computer-use-2025-01-24")),
        (json!({"tools": [{"type": "code_execution_20250825", "name": "code_execution"}, {"type": "memory_20250818", "name": "memory"}]}),
         Some("code-execution-2025-08-25,context-management-2025-06-27")),
        (json!({"tools": [{"type": "function", "function": {"name": "f"}, "input_examples": [{"a": 1}]}]}), Some("advanced-tool-use-2025-11-20")),
        (json!({"mcp_servers": [{"type": "url", "url": "https://h", "name": "n"}]}), Some("mcp-client-2025-04-04")),
        (json!({"speed": "fast"}), Some("fast-mode-2026-02-01")),
        (json!({"container": {"skills": [{}]}}), Some("skills-2025-10-02")),
        (json!({"output_config": {"effort": "low"}}), Some("effort-2025-11-24")),
        (json!({"output_config": {"format": {"type": "json_schema", "schema": {}}}}), Some("structured-outputs-2025-11-13")),
        (json!({"context_management": {"edits": [{"type": "clear_tool_uses_20250919"}, {"type": "compact_20260112"}]}}), Some("compact-2026-01-12,context-management-2025-06-27")),
        (json!({"headers": {"anthropic-beta": "mine-1"}}), Some("mine-1")),
        (json!({"headers": {"anthropic-beta": "mine-1"}, "speed": "fast"}), Some("fast-mode-2026-02-01,mine-1")),
    ];
    for (params, expected) in cases {
        assert_eq!(betas(hi(), params.clone()).as_deref(), expected, "{params}");
    }
    let server = service();
    let params = json!({"headers": {"anthropic-version": "2030-01-01"}});
    at(&server, ask(MODEL, hi(), params)).run().assert_success();
    let version = server.requests()[0].header("anthropic-version").unwrap().to_vec();
    assert_eq!(version, b"2030-01-01");
}

#[test]
fn the_compatible_api_can_be_asked_instead() {
    let server = service();
    let params = json!({"openai_compatible": true, "seed": 3});
    let run = at(&server, ask(MODEL, hi(), params)).run();
    run.assert_success();
    let request = &server.requests()[0];
    assert_eq!(request.path, "/v1/chat/completions");
    assert_eq!(
        request.header("authorization"),
        Some(format!("Bearer {KEY}").as_bytes())
    );
    assert_eq!(body(&server)["seed"], 3);
    assert_eq!(run.receipt()["extra"]["api"], "chat_completions");
}
