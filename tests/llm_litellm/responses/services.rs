//! Services and models that have the API, and what it is told.

use serde_json::{Value, json};

use super::{at, hi, hi_items};
use crate::native::{ask, body};
use crate::{KEY, service};

#[test]
fn services_are_asked_at_their_own_paths() {
    for (model, base, key, path, name) in [
        (
            "hosted_vllm/responses/x",
            "HOSTED_VLLM_API_BASE",
            "HOSTED_VLLM_API_KEY",
            "/v1/responses",
            "x",
        ),
        (
            "litellm_proxy/responses/x",
            "LITELLM_PROXY_API_BASE",
            "LITELLM_PROXY_API_KEY",
            "/v1/responses",
            "x",
        ),
        (
            "openrouter/responses/a/x",
            "OPENROUTER_API_BASE",
            "OPENROUTER_API_KEY",
            "/v1/responses",
            "a/x",
        ),
        (
            "perplexity/responses/sonar",
            "PERPLEXITY_API_BASE",
            "PERPLEXITY_API_KEY",
            "/v1/responses",
            "sonar",
        ),
        (
            "perplexity/openai/gpt-5.2",
            "PERPLEXITY_API_BASE",
            "PERPLEXITY_API_KEY",
            "/v1/responses",
            "openai/gpt-5.2",
        ),
        (
            "xai/grok-4.20-multi-agent",
            "XAI_API_BASE",
            "XAI_API_KEY",
            "/v1/responses",
            "grok-4.20-multi-agent",
        ),
        (
            "groq/responses/x",
            "GROQ_API_BASE",
            "GROQ_API_KEY",
            "/v1/chat/completions",
            "x",
        ),
    ] {
        let server = service();
        let base = (
            base,
            server.url(if base.starts_with("PERPLEXITY") { "" } else { "/v1" }),
        );
        let run = ask(model, hi(), json!({}))
            .env(base.0, base.1)
            .env(key, KEY)
            .run();
        run.assert_success().assert_nowhere(KEY);
        let request = &server.requests()[0];
        assert_eq!(
            (request.path.as_str(), &request.json()["model"]),
            (path, &json!(name)),
            "{model}"
        );
    }
}

#[test]
fn a_preset_is_no_model() {
    let server = service();
    let run = ask("perplexity/preset/pro-search", hi(), json!({}))
        .env("PERPLEXITY_API_BASE", server.url("/v1"))
        .env("PERPLEXITY_API_KEY", KEY)
        .run();
    run.assert_success();
    assert_eq!(server.requests()[0].path, "/v1/responses");
    assert_eq!(
        body(&server),
        json!({"preset": "pro-search", "input": hi_items()})
    );
}

#[test]
fn what_has_another_form_is_refused() {
    let server = service();
    for (params, message) in [
        (
            json!({"response_format": {"name": "n"}}),
            "/params/response_format has no type",
        ),
        (
            json!({"response_format": "json"}),
            "/params/response_format is not an object",
        ),
        (json!({"include": "x"}), "/params/include is not a list"),
        (json!({"text": "x"}), "/params/text is not an object"),
        (json!({"reasoning": "low"}), "/params/reasoning is not an object"),
    ] {
        let run = at(&server, ask("openai/responses/of-my-own", hi(), params)).run();
        run.assert_failure("ERR_INPUTS", 3).assert_message(message);
    }
    assert!(server.requests().is_empty());
}

#[test]
fn what_a_message_loses_is_reported() {
    let server = service();
    let messages = json!([
        {"role": "user", "content": "hi"}, {"role": "user"}, {"role": "assistant", "content": null, "tool_calls": []},
        {"role": "assistant", "content": "a", "name": "x", "reasoning_content": "r"},
        {"role": "assistant", "content": "b", "reasoning_content": "r", "reasoning_items": [{"id": "rs_1", "summary": []}]},
        {"role": "assistant", "content": "", "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "c", "name": "f", "content": "no", "is_error": true},
    ]);
    let tool = json!({"type": "function", "function": {"name": "f", "cache_control": {"type": "ephemeral"}}});
    let run = at(
        &server,
        ask("openai/responses/gpt-5.1", messages, json!({"tools": [tool]})),
    )
    .run();
    run.assert_success();
    assert_eq!(
        run.receipt()["extra"]["changed"],
        "messages.name left out; messages.is_error left out; messages/1 left out; messages/2 left out; \
         messages.reasoning_content left out; cache_control left out"
    );
    let kinds = body(&server)["input"].take();
    let kinds: Vec<_> = kinds
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["type"].clone())
        .collect();
    let expected = [
        "message",
        "message",
        "reasoning",
        "message",
        "function_call",
        "function_call_output",
    ];
    assert_eq!(Value::from(kinds), json!(expected));
}

#[test]
fn parameters_for_one_member_do_not_replace_each_other_in_silence() {
    let function = |more: Value| json!([{"type": "function", "function": {"name": "f", "x": more}}]);
    for (params, changed) in [
        (
            json!({"max_tokens": 50, "max_output_tokens": 60}),
            "max_tokens to max_output_tokens; max_output_tokens of other parameters left out",
        ),
        (
            json!({"response_format": {"type": "json_object"}, "text": {"format": {"type": "text"}}}),
            "response_format to text.format; format of other parameters left out",
        ),
        (
            json!({"reasoning": {"effort": "low"}, "reasoning_effort": "high"}),
            "effort of other parameters left out; reasoning_effort to reasoning.effort",
        ),
        (json!({"tools": function(json!(1))}), "tools.x left out"),
    ] {
        let (_, told) = super::sent(params.clone());
        assert_eq!(told, changed, "{params}");
    }
    assert_eq!(
        super::sent(json!({"tools": function(Value::Null)})).1,
        Value::Null
    );
}
