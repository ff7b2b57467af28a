//! What Ollama is not told of a message is reported.

use serde_json::{Value, json};

use super::{at, hi};
use crate::native::{ask, body};
use crate::service;

/// The messages that are sent, and what was changed.
fn sent(messages: Value) -> (Value, Value) {
    let server = service();
    let run = at(&server, ask("ollama_chat/llava", messages, json!({}))).run();
    run.assert_success();
    (
        body(&server)["messages"].take(),
        run.receipt()["extra"]["changed"].clone(),
    )
}

#[test]
fn members_that_ollama_lacks_are_reported() {
    let cached = json!({"type": "ephemeral"});
    let (messages, changed) = sent(json!([
        {"role": "user", "name": "bob", "content": [
            {"type": "text", "text": "a", "cache_control": cached},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAEC", "detail": "low"}},
            {"type": "file", "file": {"file_data": "data:image/webp;base64,AAED"}},
        ]},
        {"role": "assistant", "content": "b", "audio": {"id": "a1"}, "tool_calls": [
            {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}, "provider_specific_fields": {"x": 1}},
        ]},
        {"role": "tool", "name": "f", "tool_call_id": "c", "content": "no", "is_error": true},
    ]));
    assert_eq!(
        messages,
        json!([
            {"role": "user", "content": "a", "images": ["AAEC", "AAED"]},
            {"role": "assistant", "content": "b", "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": {}}}]},
            {"role": "tool", "content": "no", "tool_call_id": "c", "tool_name": "f"},
        ])
    );
    let names = [
        "name",
        "cache_control",
        "image_url.detail",
        "audio",
        "provider_specific_fields",
        "is_error",
    ];
    let expected = names.map(|name| format!("messages.{name} left out")).join("; ");
    assert_eq!(changed, expected);
}

#[test]
fn refusals_and_thoughts_are_texts() {
    let blocks = json!([{"type": "thinking", "thinking": "Hm. ", "signature": "s"}, {"type": "redacted_thinking", "data": "d"},
        {"type": "thinking", "thinking": "So.", "signature": "t"}]);
    #[rustfmt::skip]
    let cases = [
        (json!({"content": null, "refusal": "No."}), json!({"content": "No."}), json!("messages.refusal to content")),
        (json!({"content": "a", "refusal": "No."}), json!({"content": "a"}), json!("messages.refusal left out")),
        (json!({"content": "a", "refusal": null}), json!({"content": "a"}), Value::Null),
        (json!({"content": "a", "thinking_blocks": blocks}), json!({"content": "a", "thinking": "Hm. So."}), json!("messages.thinking_blocks to thinking")),
        (json!({"content": "a", "thinking_blocks": blocks, "reasoning_content": "r"}), json!({"content": "a", "thinking": "r"}), json!("messages.thinking_blocks left out")),
        (json!({"content": "a", "thinking_blocks": [blocks[1]]}), json!({"content": "a"}), json!("messages.thinking_blocks left out")),
        (json!({"content": "a", "thinking_blocks": []}), json!({"content": "a"}), Value::Null),
    ];
    for (mut given, mut expected, changes) in cases {
        for message in [&mut given, &mut expected] {
            message["role"] = "assistant".into();
        }
        let (messages, changed) = sent(json!([given]));
        assert_eq!((&messages[0], &changed), (&expected, &changes), "{given}");
    }
}

#[test]
fn a_picture_that_is_none_is_refused() {
    let server = service();
    for part in [
        json!({"type": "image_url", "image_url": {"url": "data:application/pdf;base64,AAEC"}}),
        json!({"type": "file", "file": {"file_data": "data:application/pdf;base64,AAEC"}}),
    ] {
        let messages = json!([{"role": "user", "content": [part]}]);
        let run = at(&server, ask("ollama/llava", messages, json!({}))).run();
        run.assert_failure("ERR_INPUTS", 3);
        run.assert_message("/params/messages/0/content/0 is neither a text nor an image");
    }
    assert!(server.requests().is_empty());
}

#[test]
fn tools_that_are_no_functions_are_refused() {
    let server = service();
    for tool in [
        json!({"type": "mcp", "server_label": "l", "server_url": "https://h"}),
        json!({"type": "function", "name": "f"}),
        json!("f"),
    ] {
        let tools = json!([{"type": "function", "function": {"name": "f"}}, tool]);
        let run = at(&server, ask("ollama/m", hi(), json!({ "tools": tools }))).run();
        run.assert_failure("ERR_INPUTS", 3);
        run.assert_message("/params/tools/1 is no function with a name");
    }
    assert!(server.requests().is_empty());
}

#[test]
fn formats_that_ollama_lacks_are_refused() {
    let server = service();
    for (format, message) in [
        (
            json!({"type": "grammar"}),
            "/params/response_format/type is none of text",
        ),
        (
            json!({"json_schema": {"name": "n"}}),
            "/params/response_format has no type",
        ),
    ] {
        let params = json!({ "response_format": format });
        let run = at(&server, ask("ollama/m", hi(), params)).run();
        run.assert_failure("ERR_INPUTS", 3);
        run.assert_message(message);
    }
    assert!(server.requests().is_empty());
    let schema = json!({"type": "object", "properties": {"b": {}, "a": {}}});
    let params = json!({"response_format": {"json_schema": {"name": "n", "schema": schema}}});
    at(&server, ask("ollama/m", hi(), params)).run().assert_success();
    assert_eq!(body(&server)["format"], schema);
}
