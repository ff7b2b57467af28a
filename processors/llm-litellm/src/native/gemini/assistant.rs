//! What an assistant has answered: thoughts, text, images, calls, and what the service's own tools did.

use runtime::ProcessorError;
use serde_json::{Map, Value};

use super::content::ContentReader;
use super::signature;
use crate::native::object::{list, object, put, set};
use crate::native::part::Part;
use crate::native::tool_call::ToolCall;

/// The members of the message that are read.
const MEMBERS: [&str; 11] = [
    "role",
    "content",
    "name",
    "cache_control",
    "refusal",
    "reasoning_content",
    "thinking_blocks",
    "images",
    "tool_calls",
    "function_call",
    "provider_specific_fields",
];

/// LiteLLM's, for the next request.
const FIELDS: [&str; 2] = ["thought_signatures", "server_side_tool_invocations"];

/// An answer that is handed back.
#[derive(Debug)]
pub(super) struct Answered<'m> {
    pub(super) parts: Vec<Value>,
    /// The id and the name of each call.
    pub(super) calls: Vec<(&'m str, &'m str)>,
}

/// Reads a message of the assistant.
///
/// # Errors
///
/// `ERR_INPUTS` with the JSON pointer of what Gemini cannot take.
pub(super) fn read<'m>(
    message: &'m Value,
    pointer: &str,
    reader: &mut ContentReader<'_>,
) -> Result<Answered<'m>, ProcessorError> {
    reader.leave_out_others("messages[]", message, &MEMBERS);
    let fields = message.get("provider_specific_fields").unwrap_or(&Value::Null);
    reader.leave_out_others("messages[].provider_specific_fields", fields, &FIELDS);
    let mut parts = thoughts(message, reader);
    let thoughts = parts.len();
    parts.extend(reader.parts(message, pointer)?);
    if let Some(refusal) = message.get("refusal").and_then(Value::as_str)
        && !refusal.is_empty()
    {
        parts.push(object([("text", refusal.into())]));
        reader.change("messages[].refusal to text");
    }
    for (index, image) in list(message, "images").iter().enumerate() {
        let image = Value::from(vec![image.clone()]);
        for part in Part::all(Some(&image), &format!("{pointer}/images/{index}"))? {
            parts.extend(reader.media(&part)?);
        }
    }
    let answered = parts.len();
    let mut calls = Vec::new();
    for call in ToolCall::all(message, pointer)? {
        let is_first = parts.len() == answered;
        calls.push((call.id, call.name));
        parts.push(function_call(call, is_first, reader));
    }
    for invocation in list(fields, "server_side_tool_invocations") {
        parts.extend(invocations(invocation));
    }
    // each signature belongs to one part
    let is_used = |signature: &&Value| {
        let mut parts = parts.iter();
        parts.any(|part| part.get("thoughtSignature") == Some(*signature))
    };
    let signatures = list(fields, "thought_signatures")
        .iter()
        .filter(|known| !is_used(known));
    let signatures: Vec<_> = signatures.cloned().collect();
    let mut signatures = signatures.into_iter();
    for part in parts.iter_mut().take(answered).skip(thoughts) {
        if let Some(signature) = signatures.next() {
            set(part, "thoughtSignature", signature);
        }
    }
    match (signatures.next(), signatures.next()) {
        (None, _) => {}
        // the last chunk of a stream may be a signature without a text
        (Some(signature), None) if answered == thoughts => {
            parts.push(object([("text", "".into()), ("thoughtSignature", signature)]));
        }
        _ => reader.change("messages[].provider_specific_fields.thought_signatures left out"),
    }
    leave_out_empty_text(&mut parts);
    Ok(Answered { parts, calls })
}

/// The thoughts. Other services have signatures of their own, which Gemini cannot read.
fn thoughts(message: &Value, reader: &mut ContentReader<'_>) -> Vec<Value> {
    let blocks = list(message, "thinking_blocks");
    let Some(reasoning) = message.get("reasoning_content").and_then(Value::as_str) else {
        if !blocks.is_empty() {
            reader.change("messages[].thinking_blocks left out");
        }
        return Vec::new();
    };
    let fields = message.get("provider_specific_fields").unwrap_or(&Value::Null);
    let own = list(fields, "thought_signatures");
    let given = |block: &Value, name: &str| block.get(name).filter(|value| !value.is_null()).cloned();
    let (mut has_own, mut has_others) = (false, false);
    let mut parts = Vec::new();
    let mut text = String::new();
    for block in blocks {
        let thought = block.get("thinking").and_then(Value::as_str);
        if block.get("type").is_some_and(|kind| kind == "redacted_thinking") {
            reader.change("messages[].thinking_blocks redacted_thinking left out");
            continue;
        }
        let thought = thought.unwrap_or_default();
        text.push_str(thought);
        let mut part = object([("thought", true.into()), ("text", thought.into())]);
        match given(block, "signature") {
            Some(signature) if own.contains(&signature) => {
                set(&mut part, "thoughtSignature", signature);
                has_own = true;
            }
            Some(_) => has_others = true,
            None => {}
        }
        parts.push(part);
    }
    if has_others {
        reader.change("messages[].thinking_blocks[].signature left out");
    }
    if has_own && text == reasoning {
        return parts;
    }
    vec![object([("thought", true.into()), ("text", reasoning.into())])]
}

fn function_call(call: ToolCall<'_>, is_first: bool, reader: &mut ContentReader<'_>) -> Value {
    let is_gemini_3 = reader.model.is_gemini_3();
    let mut function = object([("name", call.name.into()), ("args", call.arguments.into())]);
    if is_gemini_3 && !call.id.is_empty() {
        set(&mut function, "id", signature::without(call.id).into());
    }
    let mut part = object([("functionCall", function)]);
    if let Some(signature) = signature::of_call(call.raw) {
        set(&mut part, "thoughtSignature", signature.into());
    } else if is_gemini_3 && is_first {
        set(&mut part, "thoughtSignature", signature::placeholder().into());
        reader.change("thoughtSignature added");
    }
    part
}

/// A text without characters says nothing but its signature, and Vertex AI refuses it.
fn leave_out_empty_text(parts: &mut Vec<Value>) {
    let says_something = |part: &Value| {
        part.get("text").is_none_or(|text| text != "") || part.get("thoughtSignature").is_some()
    };
    if parts.iter().any(says_something) {
        parts.retain(says_something);
    }
}

/// The parts for what a tool of the service did.
fn invocations(invocation: &Value) -> Vec<Value> {
    let part = |name: &str, members: [(&str, &str); 3], signature: &str| {
        let mut picked = Map::new();
        for (name, to) in members {
            if let Some(value) = invocation.get(name).filter(|value| !value.is_null()) {
                put(&mut picked, to, value.clone());
            }
        }
        let mut part = object([(name, picked.into())]);
        if let Some(signature) = invocation.get(signature) {
            set(&mut part, "thoughtSignature", signature.clone());
        }
        part
    };
    let (kind, id) = (("tool_type", "toolType"), ("id", "id"));
    let mut parts = vec![part(
        "toolCall",
        [kind, id, ("args", "args")],
        "thought_signature",
    )];
    if invocation.get("response").is_some() {
        let members = [kind, id, ("response", "response")];
        parts.push(part("toolResponse", members, "response_thought_signature"));
    }
    parts
}
