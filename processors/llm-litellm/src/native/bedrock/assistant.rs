//! A message of the assistant: thinking, text, and calls.

use runtime::ProcessorError;
use serde_json::{Value, json};

use super::content::{Blocks, WITHOUT_TOOLS};
use super::{names, redacted};
use crate::native::tool_call::ToolCall;
use crate::native::tool_names::ToolNames;

/// The blocks of a message. Without tools there are no names of them, and a call is a text.
///
/// # Errors
///
/// `ERR_INPUTS` with the JSON pointer of what Bedrock cannot take.
pub(super) fn convert(
    message: &Value,
    pointer: &str,
    tool_names: Option<&ToolNames>,
    blocks: &mut Blocks<'_>,
) -> Result<Vec<Value>, ProcessorError> {
    let mut content = thoughts(message, blocks);
    let said = blocks.convert(message, pointer, false)?;
    let is_silent = said.is_empty();
    let refusal = message.get("refusal").and_then(Value::as_str);
    match refusal.filter(|refusal| is_silent && !refusal.trim().is_empty()) {
        Some(refusal) => {
            content.push(json!({ "text": refusal }));
            blocks.note("messages.refusal to content");
        }
        None => {
            if refusal.is_some_and(|refusal| !refusal.trim().is_empty()) {
                blocks.note("messages.refusal left out");
            }
            content.extend(said);
        }
    }
    if message.get("audio").is_some_and(|audio| !audio.is_null()) {
        blocks.note("messages.audio left out");
    }
    for call in ToolCall::all(message, pointer)? {
        let id = if call.id.is_empty() { call.name } else { call.id };
        let Some(tool_names) = tool_names else {
            blocks.note(WITHOUT_TOOLS);
            let arguments = Value::Object(call.arguments);
            content.push(json!({"text": format!("Call {id}: {}({arguments})", call.name)}));
            continue;
        };
        let (id, name) = (names::call(id), tool_names.sent(call.name));
        content.push(json!({"toolUse": {"toolUseId": id, "name": name, "input": call.arguments}}));
        content.extend(blocks.cache_point(call.raw));
    }
    if is_silent && !content.is_empty() {
        content.extend(blocks.cache_point(message));
    }
    Ok(content)
}

/// The types of thoughts.
const THOUGHTS: [&str; 2] = ["thinking", "redacted_thinking"];

/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ReasoningContentBlock.html>. A thought without a
/// signature is refused, and other makers' models refuse it with one. An ARN may stand for Claude.
fn thoughts(message: &Value, blocks: &mut Blocks<'_>) -> Vec<Value> {
    let list = |name: &str| message.get(name).and_then(Value::as_array).into_iter().flatten();
    let mut given: Vec<_> = list("thinking_blocks").collect();
    if given.is_empty() {
        // parts of the content, as Anthropic has them
        let is_thought = |part: &&Value| {
            let kind = part.get("type").and_then(Value::as_str);
            kind.is_some_and(|kind| THOUGHTS.contains(&kind))
        };
        given = list("content").filter(is_thought).collect();
    }
    if given.is_empty() {
        let thought = message.get("reasoning_content").and_then(Value::as_str);
        if thought.is_some_and(|thought| !thought.is_empty()) {
            blocks.note("reasoning_content left out");
        }
        return Vec::new();
    }
    if !blocks.model.may_be_claude() {
        blocks.note("thinking_blocks left out");
        return Vec::new();
    }
    let is_claude = blocks.model.is_claude();
    let own = message.pointer("/provider_specific_fields/reasoningContentBlocks");
    let own = own
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let thoughts: Vec<_> = given
        .iter()
        .filter_map(|block| thought(block, own, is_claude))
        .collect();
    if thoughts.len() < given.len() {
        blocks.note("thinking_blocks without a signature left out");
    }
    thoughts
}

/// `own` is what Converse gave for the thoughts, if they are its own.
fn thought(block: &Value, own: &[Value], is_claude: bool) -> Option<Value> {
    let text = |name: &str| {
        let text = block.get(name).and_then(Value::as_str);
        text.filter(|text| !text.is_empty())
    };
    if let Some(data) = text("data") {
        let mut own = own.iter().filter_map(|own| own.get("redactedContent")?.as_str());
        let same = own.find(|own| redacted::unwrapped(own).as_deref().unwrap_or(own) == data);
        let data = same.map_or_else(|| redacted::wrapped(data), str::to_owned);
        return is_claude.then(|| json!({"reasoningContent": {"redactedContent": data}}));
    }
    let (thinking, signature) = (block.get("thinking")?.as_str()?, text("signature")?);
    Some(json!({"reasoningContent": {"reasoningText": {"text": thinking, "signature": signature}}}))
}
