//! Answers of one service, handed back to another.

use serde_json::{Value, json};
use support::{Server, Test};

use crate::native::{ask, body};
use crate::{KEY, service};

const SIGNED: &str = "c1__thought__c2ln/+==";
const UNSIGNED: &str = "thought signatures in ids of calls left out";
const NO_IMAGES: &str = "messages.images left out";

/// A call of Gemini's, whose id has the signature of a thought, and a picture.
fn history() -> Value {
    let call = json!({"id": SIGNED, "type": "function", "function": {"name": "f", "arguments": "{}"}});
    let image = json!({"type": "image_url", "index": 0, "image_url": {"url": "data:image/png;base64,AA=="}});
    json!([
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "a", "tool_calls": [call], "images": [image]},
        {"role": "tool", "tool_call_id": SIGNED, "content": "r"},
    ])
}

fn at(server: &Server, run: Test) -> Test {
    run.env("OPENAI_BASE_URL", server.url("/v1"))
        .env("OPENAI_API_KEY", KEY)
        .env("ANTHROPIC_API_BASE", server.url(""))
        .env("ANTHROPIC_API_KEY", KEY)
        .env("OPENROUTER_API_BASE", server.url("/v1"))
        .env("OPENROUTER_API_KEY", KEY)
        .env("OLLAMA_API_BASE", server.url(""))
}

#[test]
fn signatures_and_images_of_gemini_stay_with_those_that_know_them() {
    let both = format!("{UNSIGNED}; {NO_IMAGES}");
    for (model, call, result, id, changed) in [
        (
            "openai/gpt-4o",
            "/messages/1/tool_calls/0/id",
            "/messages/2/tool_call_id",
            "c1",
            UNSIGNED,
        ),
        (
            "openai/responses/gpt-4o",
            "/input/2/call_id",
            "/input/3/call_id",
            "c1",
            &both,
        ),
        (
            "anthropic/claude-sonnet-4-5",
            "/messages/1/content/1/id",
            "/messages/2/content/0/tool_use_id",
            "c1",
            &both,
        ),
        (
            "ollama/m",
            "/messages/1/tool_calls/0/id",
            "/messages/2/tool_call_id",
            "c1",
            &both,
        ),
        (
            "openrouter/google/gemini-3-pro-preview",
            "/messages/1/tool_calls/0/id",
            "/messages/2/tool_call_id",
            SIGNED,
            "",
        ),
    ] {
        let server = service();
        let run = at(&server, ask(model, history(), json!({"max_tokens": 5}))).run();
        run.assert_success().assert_nowhere(KEY);
        let sent = body(&server);
        for pointer in [call, result] {
            assert_eq!(sent.pointer(pointer).unwrap(), id, "{model} {pointer}");
        }
        let all = run.receipt()["extra"]["changed"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let mut known = changed.split("; ").filter(|change| !change.is_empty());
        assert!(known.all(|change| all.contains(change)), "{model}: {all}");
        assert_eq!(
            all.contains(UNSIGNED),
            changed.contains(UNSIGNED),
            "{model}: {all}"
        );
        assert_eq!(
            all.contains(NO_IMAGES),
            changed.contains(NO_IMAGES),
            "{model}: {all}"
        );
    }
}

#[test]
fn forms_that_would_be_lost_are_refused_for_each_native_api() {
    let server = service();
    for model in [
        "openai/responses/gpt-4o",
        "anthropic/claude-sonnet-4-5",
        "ollama/m",
    ] {
        for (params, message) in [
            (json!({"tools": {"name": "f"}}), "/params/tools is not a list"),
            (json!({"functions": "f"}), "/params/functions is not a list"),
            (
                json!({"response_format": "json_object"}),
                "/params/response_format",
            ),
            (
                json!({"response_format": {"schema": {}}}),
                "/params/response_format",
            ),
            (json!({"response_format": {"type": 7}}), "/params/response_format"),
        ] {
            let run = at(&server, ask(model, history(), params)).run();
            run.assert_failure("ERR_INPUTS", 3).assert_message(message);
        }
    }
    assert!(server.requests().is_empty());
    // the service of chat completions judges
    let run = at(
        &server,
        ask("openai/gpt-4o", history(), json!({"response_format": "text"})),
    )
    .run();
    run.assert_success();
    assert_eq!(body(&server)["response_format"], "text");
}

/// An answer of Claude's, with what only Anthropic knows.
fn signed() -> Value {
    let thoughts = json!([{"type": "thinking", "thinking": "T", "signature": "S"}, {"type": "redacted_thinking", "data": "D"}]);
    json!([
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "a", "reasoning_content": "T", "thinking_blocks": thoughts,
            "provider_specific_fields": {"citations": [[{"cited_text": "c"}]], "thinking_blocks": thoughts}},
        {"role": "user", "content": "go on"},
    ])
}

#[test]
fn signatures_and_citations_of_anthropic_are_reported_where_they_are_lost() {
    const CITATIONS: &str = "messages.provider_specific_fields.citations left out";
    for (model, changes) in [
        ("anthropic/claude-sonnet-4-5", vec![CITATIONS]),
        (
            "bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0",
            vec![CITATIONS],
        ),
        (
            "openai/responses/gpt-5",
            vec![
                CITATIONS,
                "messages.thinking_blocks to reasoning",
                "messages.thinking_blocks.signature left out",
                "messages.thinking_blocks redacted_thinking left out",
            ],
        ),
        (
            "gemini/gemini-2.5-flash",
            vec![
                "messages[].provider_specific_fields.citations left out",
                "messages[].thinking_blocks[].signature left out",
                "messages[].thinking_blocks redacted_thinking left out",
            ],
        ),
        (
            "ollama/m",
            vec![
                "messages.provider_specific_fields left out",
                "messages.thinking_blocks left out",
            ],
        ),
    ] {
        let server = service();
        let run = at(&server, ask(model, signed(), json!({"max_tokens": 5})))
            .env("GEMINI_API_BASE", server.url(""))
            .env("GEMINI_API_KEY", KEY)
            .env("AWS_BEDROCK_RUNTIME_ENDPOINT", server.url(""))
            .env("AWS_BEARER_TOKEN_BEDROCK", KEY)
            .env("AWS_REGION", "us-east-1")
            .run();
        run.assert_success();
        let receipt = run.receipt();
        let all = receipt["extra"]["changed"].as_str().unwrap_or_default();
        for change in changes {
            assert!(
                all.split("; ").any(|known| known == change),
                "{model}: {change}: {all}"
            );
        }
    }
}
