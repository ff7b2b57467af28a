//! A candidate: <https://ai.google.dev/api/generate-content#candidate>.

use serde_json::{Map, Value};

use super::{finish, grounding, signature, voice};
use crate::native::chat::Choice;
use crate::native::object::{list, object, put, set};
use crate::native::tool_call::tool_call;

/// The reasons that are neither a limit nor a filter: all others that are unknown are `stop`, as LiteLLM has it.
const FILTERS: [&str; 13] = [
    "SAFETY",
    "RECITATION",
    "LANGUAGE",
    "OTHER",
    "BLOCKLIST",
    "PROHIBITED_CONTENT",
    "SPII",
    "IMAGE_SAFETY",
    "IMAGE_PROHIBITED_CONTENT",
    "IMAGE_RECITATION",
    "IMAGE_OTHER",
    "NO_IMAGE",
    "ESCALATION",
];
const LIMITS: [&str; 2] = ["MAX_TOKENS", "CONTINUATION"];

/// The choice for a candidate. `id` is that of the answer; with `asks_for_function`, a call is an old `function_call`.
pub(super) fn choice(candidate: &Value, index: usize, id: &str, asks_for_function: bool) -> Choice {
    let parts = candidate.pointer("/content/parts").and_then(Value::as_array);
    let parts = parts.map(Vec::as_slice).unwrap_or_default();
    let mut message = Map::new();
    put(&mut message, "role", "assistant".into());
    put(&mut message, "content", text(parts, false).into());
    if let Some(reasoning) = text(parts, true) {
        put(&mut message, "reasoning_content", reasoning.into());
    }
    let mut add = |name: &str, list: Vec<Value>| {
        if !list.is_empty() {
            put(&mut message, name, list.into());
        }
    };
    add("thinking_blocks", thinking_blocks(parts));
    add("images", images(parts));
    add("annotations", grounding::annotations(candidate));
    let own_index = candidate.get("index").and_then(Value::as_u64);
    let index = own_index.unwrap_or(index as u64);
    let calls = tool_calls(parts, id, index);
    let has_calls = !calls.is_empty();
    // there is a place for one only, and LiteLLM puts the last there
    let last = calls.last().filter(|_| asks_for_function).cloned();
    if !asks_for_function || calls.len() > 1 {
        add("tool_calls", calls);
    }
    if let Some(call) = last {
        put(&mut message, "function_call", old_call(call));
    }
    if let Some(audio) = voice::audio(&inlined(parts), id) {
        put(&mut message, "audio", audio);
    }
    let fields = provider_fields(candidate, parts);
    if !fields.is_empty() {
        put(&mut message, "provider_specific_fields", fields.into());
    }
    let reason = finish::reason(candidate.get("finishReason"));
    let mut others = reason.map(native_reason).unwrap_or_default();
    if let Some(logprobs) = candidate.get("logprobsResult").and_then(logprobs) {
        put(&mut others, "logprobs", logprobs);
    }
    Choice {
        index,
        message,
        finish_reason: reason.map(|reason| {
            if has_calls {
                if asks_for_function {
                    "function_call"
                } else {
                    "tool_calls"
                }
            } else if LIMITS.contains(&reason) {
                "length"
            } else if FILTERS.contains(&reason) {
                "content_filter"
            } else {
                "stop"
            }
            .to_owned()
        }),
        others,
    }
}

/// The service's own word for why an answer ended.
pub(super) fn native_reason(reason: &str) -> Map<String, Value> {
    let mut others = Map::new();
    let fields = object([("native_finish_reason", reason.into())]);
    put(&mut others, "provider_specific_fields", fields);
    others
}

fn is_thought(part: &Value) -> bool {
    part.get("thought") == Some(&Value::Bool(true))
}

/// The joined texts of the parts that are thoughts, or are not. Files other than images and sounds are data URIs.
fn text(parts: &[Value], thoughts: bool) -> Option<String> {
    let parts = parts.iter().filter(|part| is_thought(part) == thoughts);
    let mut joined: Option<String> = None;
    for part in parts {
        let uri = inline(part)
            .filter(|(media_type, _)| !is_image_or_sound(media_type))
            .map(data_uri);
        let text = part.get("text").and_then(Value::as_str).or(uri.as_deref());
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            joined.get_or_insert_default().push_str(text);
        }
    }
    joined
}

fn inline(part: &Value) -> Option<(&str, &str)> {
    let text = |path: &str| part.pointer(path).and_then(Value::as_str);
    Some((
        text("/inlineData/mimeType").unwrap_or_default(),
        text("/inlineData/data")?,
    ))
}

fn inlined(parts: &[Value]) -> Vec<(&str, &str)> {
    parts.iter().filter_map(inline).collect()
}

fn data_uri((media_type, data): (&str, &str)) -> String {
    format!("data:{media_type};base64,{data}")
}

fn is_image_or_sound(media_type: &str) -> bool {
    media_type.starts_with("image/") || media_type.starts_with("audio/")
}

fn thinking_blocks(parts: &[Value]) -> Vec<Value> {
    let mut blocks = Vec::new();
    for part in parts.iter().filter(|part| is_thought(part)) {
        let text = part.get("text").and_then(Value::as_str).unwrap_or_default();
        let mut block = object([("type", "thinking".into()), ("thinking", text.into())]);
        if let Some(signature) = part.get("thoughtSignature") {
            set(&mut block, "signature", signature.clone());
        }
        blocks.push(block);
    }
    blocks
}

fn images(parts: &[Value]) -> Vec<Value> {
    let mut images = Vec::new();
    for image in inlined(parts) {
        if image.0.starts_with("image/") {
            let url = object([("url", data_uri(image).into()), ("detail", "auto".into())]);
            images.push(object([
                ("image_url", url),
                ("index", images.len().into()),
                ("type", "image_url".into()),
            ]));
        }
    }
    images
}

/// The calls. A call without an id gets one that no other answer and no other choice has, with its signature.
fn tool_calls(parts: &[Value], answer: &str, choice: u64) -> Vec<Value> {
    let empty = object([]);
    let mut calls = Vec::new();
    for part in parts {
        let Some(function) = part.get("functionCall") else {
            continue;
        };
        let index = calls.len();
        let text = |name: &str| function.get(name).and_then(Value::as_str);
        let signature = part.get("thoughtSignature").and_then(Value::as_str);
        let id = text("id").filter(|id| !id.is_empty());
        let id = match (id, choice) {
            (Some(id), _) => id.to_owned(),
            (None, 0) => format!("call_{answer}_{index}"),
            (None, choice) => format!("call_{answer}_{choice}_{index}"),
        };
        let arguments = function.get("args").filter(|arguments| !arguments.is_null());
        let id = signature::join(&id, signature);
        let name = text("name").unwrap_or_default();
        let mut call = tool_call(index, &id, name, arguments.unwrap_or(&empty));
        if let Some(signature) = signature {
            let fields = object([("thought_signature", signature.into())]);
            set(&mut call, "provider_specific_fields", fields);
        }
        calls.push(call);
    }
    calls
}

/// <https://platform.openai.com/docs/api-reference/chat/object#chat-object-choices-message-function_call>
fn old_call(mut call: Value) -> Value {
    let mut function = call.get_mut("function").map(Value::take).unwrap_or_default();
    if let Some(fields) = call.get("provider_specific_fields") {
        set(&mut function, "provider_specific_fields", fields.clone());
    }
    function
}

/// What LiteLLM has for the next request: signatures, and the calls of the service's own tools
/// (<https://ai.google.dev/gemini-api/docs/tool-combination>).
fn provider_fields(candidate: &Value, parts: &[Value]) -> Map<String, Value> {
    let mut fields = Map::new();
    let signatures = parts.iter().filter_map(|part| part.get("thoughtSignature"));
    let signatures: Vec<_> = signatures.cloned().collect();
    if !signatures.is_empty() {
        put(&mut fields, "thought_signatures", signatures.into());
    }
    let invocations = invocations(parts);
    if !invocations.is_empty() {
        put(&mut fields, "server_side_tool_invocations", invocations.into());
    }
    let reason = finish::reason(candidate.get("finishReason"));
    let is_cut_off = reason.is_some_and(|reason| LIMITS.contains(&reason));
    if let Some(token) = candidate.get("continuationToken").filter(|_| is_cut_off) {
        put(&mut fields, "continuation_token", token.clone());
    }
    fields
}

/// Each `toolCall` with its `toolResponse`.
fn invocations(parts: &[Value]) -> Vec<Value> {
    let id_of = |value: &Value| value.get("id").unwrap_or(&Value::Null).to_string();
    // the positions of the first responses by the ids
    let mut responses = Map::new();
    for (position, part) in parts.iter().enumerate() {
        if let Some(response) = part.get("toolResponse") {
            responses.entry(id_of(response)).or_insert(position.into());
        }
    }
    let mut invocations = Vec::new();
    for part in parts {
        let Some(call) = part.get("toolCall") else {
            continue;
        };
        let member = |name: &str| call.get(name).cloned().unwrap_or_default();
        let mut invocation = object([
            ("tool_type", member("toolType")),
            ("id", member("id")),
            ("args", member("args")),
        ]);
        if let Some(signature) = part.get("thoughtSignature") {
            set(&mut invocation, "thought_signature", signature.clone());
        }
        let position = responses.get(&id_of(call)).and_then(Value::as_u64);
        if let Some(part) = position.and_then(|position| parts.get(position as usize)) {
            let response = part.pointer("/toolResponse/response").cloned();
            set(&mut invocation, "response", response.unwrap_or_default());
            if let Some(signature) = part.get("thoughtSignature") {
                set(&mut invocation, "response_thought_signature", signature.clone());
            }
        }
        invocations.push(invocation);
    }
    invocations
}

/// <https://ai.google.dev/api/generate-content#LogprobsResult>
fn logprobs(result: &Value) -> Option<Value> {
    let mut tokens = Vec::new();
    for (index, chosen) in result.get("chosenCandidates")?.as_array()?.iter().enumerate() {
        let top = result.get("topCandidates").and_then(|top| top.get(index));
        let top = top.map(|top| list(top, "candidates")).unwrap_or_default();
        let mut described = token(chosen);
        set(&mut described, "top_logprobs", top.iter().map(token).collect());
        tokens.push(described);
    }
    Some(object([("content", tokens.into())]))
}

fn token(candidate: &Value) -> Value {
    let member = |name: &str| candidate.get(name).cloned().unwrap_or_default();
    object([
        ("token", member("token")),
        ("logprob", member("logProbability")),
        ("bytes", Value::Null),
    ])
}
