//! Messages become items of the input.

use serde_json::{Value, json};

use super::at;
use crate::native::{ask, body};
use crate::service;

fn sent(messages: Value, params: Value) -> (Value, Value) {
    let server = service();
    let run = at(&server, ask("openai/responses/gpt-5.1", messages, params)).run();
    run.assert_success();
    (body(&server), run.receipt()["extra"]["changed"].clone())
}

fn item(role: &str, text: &str) -> Value {
    let kind = if role == "assistant" {
        "output_text"
    } else {
        "input_text"
    };
    json!({"type": "message", "role": role, "content": [{"type": kind, "text": text}]})
}

#[test]
fn texts_images_files_and_audio() {
    let (body, changed) = sent(
        json!([
            {"role": "system", "content": "s"},
            {"role": "developer", "content": [{"type": "text", "text": "d", "cache_control": {"type": "ephemeral"}}]},
            {"role": "user", "name": "bob", "content": [
                {"type": "text", "text": "t", "prompt_cache_breakpoint": {"mode": "explicit"}},
                {"type": "image_url", "image_url": {"url": "https://h/a.png", "detail": "low"}},
                {"type": "image_url", "image_url": "data:image/png;base64,AA=="},
                {"type": "file", "file": {"file_data": "data:application/pdf;base64,AA==", "filename": "a.pdf"}},
                {"type": "file", "file": {"file_id": "file-1"}},
                {"type": "file", "file": {"file_id": "https://h/a.pdf"}},
                {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}},
                {"type": "input_image", "file_id": "file-2"},
            ]},
            {"role": "system", "content": "in the middle"},
            {"role": "assistant", "content": "before"},
            {"role": "user", "content": null},
            {"role": "user", "content": []},
            {"role": "user", "content": "one"},
            {"role": "user", "content": "two"},
            {"role": "assistant", "content": null, "refusal": "no"},
            {"role": "assistant", "content": "prefill", "provider_specific_fields": {"phase": "commentary"}},
        ]),
        json!({}),
    );
    let refusal =
        json!({"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]});
    let mut prefill = item("assistant", "prefill");
    prefill["phase"] = "commentary".into();
    assert_eq!(
        body["input"],
        json!([
            item("system", "s"),
            item("developer", "d"),
            {"type": "message", "role": "user", "content": [
                {"type": "input_text", "text": "t", "prompt_cache_breakpoint": {"mode": "explicit"}},
                {"type": "input_image", "image_url": "https://h/a.png", "detail": "low"},
                {"type": "input_image", "image_url": "data:image/png;base64,AA==", "detail": "auto"},
                {"type": "input_file", "file_data": "data:application/pdf;base64,AA==", "filename": "a.pdf"},
                {"type": "input_file", "file_id": "file-1"},
                {"type": "input_file", "file_url": "https://h/a.pdf"},
                {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}},
                {"type": "input_image", "file_id": "file-2"},
            ]},
            item("system", "in the middle"),
            item("assistant", "before"),
            {"type": "message", "role": "user", "content": []},
            item("user", "one"),
            item("user", "two"),
            refusal,
            prefill,
        ])
    );
    assert_eq!(body["instructions"], Value::Null);
    assert_eq!(
        changed,
        "messages.name left out; messages/5 left out; cache_control left out"
    );
}

#[test]
fn calls_and_their_results() {
    let (body, _) = sent(
        json!([
            {"role": "user", "content": "u"},
            {"role": "assistant", "content": "", "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{\"b\": 1, \"a\": 1.10}"}},
                {"id": "call_2", "type": "custom", "custom": {"name": "c", "input": "raw"}},
                {"id": "call_3", "type": "function", "function": {"name": "f", "arguments": ""}, "provider_specific_fields": {"namespace": "n"}},
            ]},
            {"role": "tool", "tool_call_id": "call_1", "content": "one"},
            {"role": "tool", "tool_call_id": "call_2", "content": "two"},
            {"role": "tool", "tool_call_id": "call_3", "content": [
                {"type": "text", "text": "three"}, {"type": "image_url", "image_url": {"url": "https://h/a.png"}},
            ]},
            {"role": "assistant", "content": null, "function_call": {"name": "old", "arguments": "{}"}},
            {"role": "function", "name": "old", "content": "four"},
        ]),
        json!({}),
    );
    assert_eq!(
        body["input"],
        json!([
            item("user", "u"),
            {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{\"b\": 1, \"a\": 1.10}"},
            {"type": "custom_tool_call", "call_id": "call_2", "name": "c", "input": "raw"},
            {"type": "function_call", "call_id": "call_3", "name": "f", "arguments": "", "namespace": "n"},
            {"type": "function_call_output", "call_id": "call_1", "output": [{"type": "input_text", "text": "one"}]},
            {"type": "custom_tool_call_output", "call_id": "call_2", "output": "two"},
            {"type": "function_call_output", "call_id": "call_3", "output": [
                {"type": "input_text", "text": "three"}, {"type": "input_image", "image_url": "https://h/a.png", "detail": "auto"},
            ]},
            {"type": "function_call", "call_id": "call_1", "name": "old", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "call_1", "output": [{"type": "input_text", "text": "four"}]},
        ])
    );
}

/// <https://platform.openai.com/docs/guides/reasoning#keeping-reasoning-items-in-context>
#[test]
fn thoughts_are_handed_back() {
    let summary = json!([{"type": "summary_text", "text": "A"}]);
    let call = json!({"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}});
    let (body, _) = sent(
        json!([
            {"role": "assistant", "content": null, "tool_calls": [call], "reasoning_content": "A",
                "reasoning_items": [{"type": "reasoning", "id": "rs_1", "encrypted_content": "E", "summary": summary}]},
            {"role": "tool", "tool_call_id": "call_1", "content": "r"},
            {"role": "assistant", "content": "x", "reasoning_items": [{"id": "rs_2", "encrypted_content": null, "summary": []}]},
            {"role": "assistant", "content": "y", "thinking_blocks": [{"type": "thinking", "thinking": "A", "signature": "S"}, {"type": "redacted_thinking", "data": "D"}]},
        ]),
        json!({}),
    );
    let items = body["input"].as_array().unwrap();
    assert_eq!(
        items[0],
        json!({"type": "reasoning", "id": "rs_1", "summary": summary, "encrypted_content": "E"})
    );
    assert_eq!(items[1]["type"], "function_call");
    assert_eq!(
        items[3],
        json!({"type": "reasoning", "id": "rs_2", "summary": []})
    );
    assert_eq!(items[4], item("assistant", "x"));
    assert_eq!(items[5], json!({"type": "reasoning", "summary": summary}));
    assert_eq!(items[6], item("assistant", "y"));
}

/// A stored conversation does not have the system messages twice, and does not lose them when it is cut.
#[test]
fn system_messages_can_be_instructions() {
    let messages = json!([
        {"role": "system", "content": "a"}, {"role": "system", "content": "b"}, {"role": "user", "content": "u"}, {"role": "system", "content": "c"},
    ]);
    for params in [
        json!({"previous_response_id": "resp_1"}),
        json!({"truncation": "auto"}),
    ] {
        let (body, _) = sent(messages.clone(), params);
        assert_eq!(body["instructions"], "a b");
        assert_eq!(body["input"], json!([item("user", "u"), item("system", "c")]));
    }
    let (body, _) = sent(
        messages,
        json!({"previous_response_id": "resp_1", "instructions": "own"}),
    );
    assert_eq!(body["instructions"], "a b\nown");
    // JSON mode looks for its word in the input
    let (body, _) = sent(
        json!([{"role": "system", "content": "json"}, {"role": "user", "content": "u"}]),
        json!({"truncation": "auto", "response_format": {"type": "json_object"}}),
    );
    assert_eq!(body["input"], json!([item("system", "json"), item("user", "u")]));
    assert_eq!(body["instructions"], Value::Null);
    // the input must not be empty
    let (body, _) = sent(
        json!([{"role": "system", "content": "a"}]),
        json!({"truncation": "auto"}),
    );
    assert_eq!(body["input"], json!([item("system", "a")]));
}

#[test]
fn wrong_messages_are_named() {
    let server = service();
    for (message, pointer) in [
        (json!({"content": "x"}), "/params/messages/0/role "),
        (
            json!({"role": "user", "content": 7}),
            "/params/messages/0/content ",
        ),
        (
            json!({"role": "tool", "content": "x"}),
            "/params/messages/0/tool_call_id ",
        ),
        (
            json!({"role": "assistant", "audio": {"id": "a"}}),
            "/params/messages/0/audio ",
        ),
        (
            json!({"role": "assistant", "tool_calls": [{"type": "function", "function": {"name": "f"}}]}),
            "/params/messages/0/tool_calls/0/id ",
        ),
        (
            json!({"role": "assistant", "tool_calls": [{"id": "a", "function": {}}]}),
            "/params/messages/0/tool_calls/0/function/name ",
        ),
    ] {
        let run = at(&server, ask("openai/responses/m", json!([message]), json!({})));
        let run = run.run();
        run.assert_failure("ERR_INPUTS", 3);
        run.assert_message(pointer);
    }
    assert!(server.requests().is_empty());
}
