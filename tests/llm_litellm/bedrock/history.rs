//! What becomes of the messages of a conversation.

use serde_json::{Value, json};

use super::requests::sent;
use super::{CLAUDE, NOVA, hi};

const OPUS: &str = "bedrock/us.anthropic.claude-opus-4-8";
const PROFILE: &str =
    "bedrock/arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/r4c4kewx2s0n";

/// The messages after one of the user, and what is told of them.
fn after(model: &str, messages: Value, params: Value) -> (Value, String) {
    let mut all = hi();
    all.as_array_mut()
        .unwrap()
        .extend(messages.as_array().unwrap().clone());
    let (mut body, changed) = sent(model, all, params);
    let mut messages = body["messages"].take();
    messages.as_array_mut().unwrap().remove(0);
    (messages, changed.as_str().unwrap_or_default().to_owned())
}

fn tools() -> Value {
    json!({"tools": [{"type": "function", "function": {"name": "f"}}]})
}

#[test]
fn what_a_message_loses_is_told() {
    let text = |text: &str| json!([{"role": "assistant", "content": [{"text": text}]}]);
    for (message, expected, changes) in [
        (
            json!({"role": "assistant", "content": "a", "name": "n"}),
            text("a"),
            "messages.name left out",
        ),
        (
            json!({"role": "assistant", "content": "a", "reasoning_content": "r"}),
            text("a"),
            "reasoning_content left out",
        ),
        (
            json!({"role": "assistant", "content": "a", "audio": {"id": "x"}}),
            text("a"),
            "messages.audio left out",
        ),
        (
            json!({"role": "assistant", "content": "a \n"}),
            text("a"),
            "white space at the end of messages left out",
        ),
        (
            json!({"role": "assistant", "content": ""}),
            json!([]),
            "messages/1 left out",
        ),
        (
            json!({"role": "assistant", "content": null, "refusal": "No."}),
            text("No."),
            "messages.refusal to content",
        ),
        (
            json!({"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}),
            text("No."),
            "messages.refusal to content",
        ),
        (
            json!({"role": "developer", "content": "s"}),
            json!([]),
            "developer to system; system messages to the beginning",
        ),
    ] {
        let found = after(CLAUDE, json!([message]), json!({}));
        assert_eq!(found, (expected, changes.to_owned()), "{message}");
    }
}

#[test]
fn thoughts_go_to_models_that_may_be_claude() {
    let thoughts = json!([
        {"type": "thinking", "thinking": "T", "signature": "S"}, {"type": "redacted_thinking", "data": "UkVE"}]);
    let messages =
        json!([{"role": "assistant", "content": "a", "thinking_blocks": thoughts, "reasoning_content": "T"}]);
    let signed = json!({"reasoningContent": {"reasoningText": {"text": "T", "signature": "S"}}});
    let redacted = json!({"reasoningContent": {"redactedContent": "VWtWRQ=="}});
    let a = json!({"text": "a"});
    for (model, content, changes) in [
        (CLAUDE, json!([signed, redacted, a]), ""),
        (
            PROFILE,
            json!([signed, a]),
            "thinking_blocks without a signature left out",
        ),
        (NOVA, json!([a]), "thinking_blocks left out"),
    ] {
        let (messages, changed) = after(model, messages.clone(), json!({}));
        assert_eq!(messages[0]["content"], content, "{model}");
        assert_eq!(changed, changes, "{model}");
    }
    // as parts of the content, as Anthropic has them
    let mut parts = thoughts.as_array().unwrap().clone();
    parts.push(json!({"type": "text", "text": "a"}));
    let (messages, changed) = after(
        CLAUDE,
        json!([{"role": "assistant", "content": parts}]),
        json!({}),
    );
    assert_eq!(messages[0]["content"], json!([signed, redacted, a]));
    assert_eq!(changed, "");
}

#[test]
fn marks_for_caching_keep_their_time() {
    let marked = |kind: &str| json!([{"role": "assistant", "content": "a", "cache_control": {"type": kind, "ttl": "1h"}}]);
    let timed = json!({"cachePoint": {"type": "default", "ttl": "1h"}});
    let point = json!({"cachePoint": {"type": "default"}});
    for (model, expected, changes) in [
        (OPUS, Some(timed), ""),
        (NOVA, Some(point), "cache_control.ttl left out"),
        (
            "bedrock/us.openai.gpt-5.6-sol",
            None,
            "cache_control left out, as the model does not cache",
        ),
        (
            "bedrock/us.moonshotai.kimi-k3",
            None,
            "cache_control left out, as the model does not cache",
        ),
    ] {
        let (messages, changed) = after(model, marked("ephemeral"), json!({}));
        assert_eq!(messages[0]["content"].get(1).cloned(), expected, "{model}");
        assert_eq!(changed, changes, "{model}");
    }
}

/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolResultBlock.html>
#[test]
fn results_of_calls() {
    let call = |id: &str| json!({"id": id, "type": "function", "function": {"name": "f", "arguments": "{}"}});
    let png = json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAEC"}});
    let image = json!({"image": {"format": "png", "source": {"bytes": "AAEC"}}});
    let result = |content: Value| json!({"toolResult": {"toolUseId": "c1", "content": content}});
    let found = json!({"source": "https://h", "title": "T", "content": [{"text": "x"}], "citations": {"enabled": true}});
    for (model, members, expected, changes) in [
        (
            CLAUDE,
            json!({"content": "r", "is_error": true}),
            json!([{"toolResult": {"toolUseId": "c1", "content": [{"text": "r"}], "status": "error"}}]),
            "",
        ),
        (
            CLAUDE,
            json!({"content": [png]}),
            json!([result(json!([image]))]),
            "",
        ),
        (
            "bedrock/us.openai.gpt-5.6-sol",
            json!({"content": [png]}),
            json!([result(json!([{"text": "See the images."}])), image]),
            "images of results to images beside them",
        ),
        (
            CLAUDE,
            json!({"content": "r", "search_results": [found]}),
            json!([{"toolResult": {"toolUseId": "c1", "content": [{"searchResult": found}], "status": "success"}}]),
            "messages.content left out, as there are search_results",
        ),
        (
            CLAUDE,
            json!({"content": "r", "search_results": []}),
            json!([result(json!([{"text": "r"}]))]),
            "",
        ),
        (
            CLAUDE,
            json!({"content": [{"type": "text", "text": "r", "cache_control": {"type": "ephemeral", "ttl": "1h"}}]}),
            json!([result(json!([{"text": "r"}])), {"cachePoint": {"type": "default", "ttl": "1h"}}]),
            "",
        ),
    ] {
        let mut message = json!({"role": "tool", "tool_call_id": "c1", "name": "f"});
        message
            .as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        let messages = json!([{"role": "assistant", "content": null, "tool_calls": [call("c1")]}, message]);
        let (messages, changed) = after(model, messages, tools());
        assert_eq!(messages[1]["content"], expected, "{members}");
        assert_eq!(changed, changes, "{members}");
    }
    // the old form of a call has a name in place of an id
    let old = json!([{"role": "assistant", "content": null, "function_call": {"name": "f", "arguments": ""}},
        {"role": "function", "name": "f", "content": "r"}]);
    let (messages, _) = after(CLAUDE, old, tools());
    assert_eq!(messages[0]["content"][0]["toolUse"]["toolUseId"], "f");
    assert_eq!(messages[1]["content"][0]["toolResult"]["toolUseId"], "f");
}

#[test]
fn calls_are_the_end_of_a_turn_and_each_is_there_once() {
    let call = json!([{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]);
    let messages = json!([
        {"role": "assistant", "content": null, "tool_calls": call}, {"role": "assistant", "content": "a"},
        {"role": "assistant", "content": null, "tool_calls": call}, {"role": "tool", "tool_call_id": "c1", "content": "r"},
    ]);
    let (messages, changed) = after(CLAUDE, messages, tools());
    assert_eq!(
        messages[0]["content"],
        json!([{"text": "a"}, {"toolUse": {"toolUseId": "c1", "name": "f", "input": {}}}])
    );
    assert_eq!(changed, "repeated calls left out");
}

#[test]
fn members_that_converse_has_no_place_for_are_reported() {
    let call = json!({"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}", "x": 1}});
    let messages = json!([
        {"role": "assistant", "content": "a", "refusal": "No.", "tool_calls": [call], "foo": 1, "function_call": null,
            "provider_specific_fields": {"citations": [[1]], "reasoningContentBlocks": []}},
        {"role": "tool", "tool_call_id": "c1", "name": "f", "bar": 2,
            "content": [{"type": "text", "text": "r", "y": 1}, {"type": "thinking", "thinking": "t"}]},
        {"role": "user", "name": "n", "content": [{"type": "text", "text": "b", "cache_control": {"type": "ephemeral"}}]},
    ]);
    let (messages, changed) = after(CLAUDE, messages, tools());
    assert_eq!(
        messages[1]["content"][0]["toolResult"]["content"],
        json!([{"text": "r"}])
    );
    assert_eq!(
        changed,
        "messages.refusal left out; messages.content thinking left out; messages.foo left out; \
         messages.provider_specific_fields.citations left out; messages.function.x left out; messages.bar left out; \
         messages.y left out; messages.name left out"
    );
}

/// What Converse gives for a redacted thought is base64 of something that may be base64 itself.
#[test]
fn redacted_thoughts_come_back_as_they_were() {
    for blob in ["UkVE", "VWtWRQ=="] {
        let messages = json!([{"role": "assistant", "content": "a", "thinking_blocks": [{"type": "redacted_thinking", "data": "UkVE"}],
            "provider_specific_fields": {"reasoningContentBlocks": [{"redactedContent": blob}]}}]);
        let (messages, _) = after(CLAUDE, messages, json!({}));
        let sent = &messages[0]["content"][0]["reasoningContent"]["redactedContent"];
        assert_eq!(sent, blob);
    }
}
