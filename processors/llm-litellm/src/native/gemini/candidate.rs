//! A candidate: <https://ai.google.dev/api/generate-content#candidate>.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::object::set;
use super::{finish, grounding, signature, voice};
use crate::native::chat::Choice;
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
    message.insert("role".to_owned(), "assistant".into());
    let content = text(parts, false);
    message.insert("content".to_owned(), content.map_or(Value::Null, Value::from));
    if let Some(reasoning) = text(parts, true) {
        message.insert("reasoning_content".to_owned(), reasoning.into());
    }
    let mut add = |name: &str, list: Vec<Value>| {
        if !list.is_empty() {
            message.insert(name.to_owned(), list.into());
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
    message.extend(last.map(|call| ("function_call".to_owned(), old_call(call))));
    if let Some(audio) = voice::audio(parts.iter().filter_map(inline), id) {
        message.insert("audio".to_owned(), audio);
    }
    let fields = provider_fields(candidate, parts);
    if !fields.is_empty() {
        message.insert("provider_specific_fields".to_owned(), fields.into());
    }
    let reason = finish::reason(candidate.get("finishReason"));
    let mut others = reason.map(native_reason).unwrap_or_default();
    if let Some(logprobs) = candidate.get("logprobsResult").and_then(logprobs) {
        others.insert("logprobs".to_owned(), logprobs);
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
    let fields = json!({ "native_finish_reason": reason });
    std::iter::once(("provider_specific_fields".to_owned(), fields)).collect()
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

fn data_uri((media_type, data): (&str, &str)) -> String {
    format!("data:{media_type};base64,{data}")
}

fn is_image_or_sound(media_type: &str) -> bool {
    media_type.starts_with("image/") || media_type.starts_with("audio/")
}

fn thinking_blocks(parts: &[Value]) -> Vec<Value> {
    let thoughts = parts.iter().filter(|part| is_thought(part));
    thoughts
        .map(|part| {
            let text = part.get("text").and_then(Value::as_str).unwrap_or_default();
            let mut block = json!({"type": "thinking", "thinking": text});
            if let Some(signature) = part.get("thoughtSignature") {
                set(&mut block, "signature", signature.clone());
            }
            block
        })
        .collect()
}

fn images(parts: &[Value]) -> Vec<Value> {
    let images = parts.iter().filter_map(inline);
    let images = images.filter(|(media_type, _)| media_type.starts_with("image/"));
    images
        .enumerate()
        .map(|(index, image)| {
            let url = data_uri(image);
            json!({"image_url": {"url": url, "detail": "auto"}, "index": index, "type": "image_url"})
        })
        .collect()
}

/// The calls. A call without an id gets one that no other answer and no other choice has, with its signature.
fn tool_calls(parts: &[Value], answer: &str, choice: u64) -> Vec<Value> {
    let calls = parts
        .iter()
        .filter_map(|part| Some((part, part.get("functionCall")?)));
    calls
        .enumerate()
        .map(|(index, (part, function))| {
            let text = |name: &str| function.get(name).and_then(Value::as_str);
            let signature = part.get("thoughtSignature").and_then(Value::as_str);
            let id = text("id").filter(|id| !id.is_empty());
            let id = match (id, choice) {
                (Some(id), _) => id.to_owned(),
                (None, 0) => format!("call_{answer}_{index}"),
                (None, choice) => format!("call_{answer}_{choice}_{index}"),
            };
            let empty = json!({});
            let arguments = function.get("args").filter(|arguments| !arguments.is_null());
            let arguments = arguments.unwrap_or(&empty);
            let id = signature::join(&id, signature);
            let mut call = tool_call(index, &id, text("name").unwrap_or_default(), arguments);
            if let Some(signature) = signature {
                set(
                    &mut call,
                    "provider_specific_fields",
                    json!({ "thought_signature": signature }),
                );
            }
            call
        })
        .collect()
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
        fields.insert("thought_signatures".to_owned(), signatures.into());
    }
    let invocations = invocations(parts);
    if !invocations.is_empty() {
        fields.insert("server_side_tool_invocations".to_owned(), invocations.into());
    }
    let reason = finish::reason(candidate.get("finishReason"));
    let is_cut_off = reason.is_some_and(|reason| LIMITS.contains(&reason));
    if let Some(token) = candidate.get("continuationToken").filter(|_| is_cut_off) {
        fields.insert("continuation_token".to_owned(), token.clone());
    }
    fields
}

/// Each `toolCall` with its `toolResponse`.
fn invocations(parts: &[Value]) -> Vec<Value> {
    let with = |name: &'static str| parts.iter().filter_map(move |part| Some((part, part.get(name)?)));
    let id_of = |value: &Value| value.get("id").map(Value::to_string);
    let mut responses = HashMap::new();
    for (part, response) in with("toolResponse") {
        responses.entry(id_of(response)).or_insert((part, response));
    }
    let calls = with("toolCall").map(|(part, call)| {
        let id = call.get("id");
        let mut invocation = json!({"tool_type": call.get("toolType"), "id": id, "args": call.get("args")});
        if let Some(signature) = part.get("thoughtSignature") {
            set(&mut invocation, "thought_signature", signature.clone());
        }
        if let Some((part, response)) = responses.get(&id_of(call)) {
            set(
                &mut invocation,
                "response",
                response.get("response").cloned().unwrap_or_default(),
            );
            if let Some(signature) = part.get("thoughtSignature") {
                set(&mut invocation, "response_thought_signature", signature.clone());
            }
        }
        invocation
    });
    calls.collect()
}

/// <https://ai.google.dev/api/generate-content#LogprobsResult>
fn logprobs(result: &Value) -> Option<Value> {
    let token = |candidate: &Value| json!({"token": candidate.get("token"), "logprob": candidate.get("logProbability"), "bytes": null});
    let chosen = result.get("chosenCandidates")?.as_array()?;
    let tokens = chosen.iter().enumerate().map(|(index, chosen)| {
        let top = result.pointer(&format!("/topCandidates/{index}/candidates"));
        let top = top.and_then(Value::as_array).into_iter().flatten();
        let mut described = token(chosen);
        set(&mut described, "top_logprobs", top.map(token).collect::<Value>());
        described
    });
    Some(json!({ "content": tokens.collect::<Value>() }))
}
