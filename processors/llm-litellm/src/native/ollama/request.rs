//! The request: <https://github.com/ollama/ollama/blob/main/docs/api.md#parameters-1>.

use std::collections::HashMap;

use runtime::{ErrorCode, ProcessorError};
use serde_json::{Map, Value, json};

use crate::native::interface::{Call, NativeRequest};
use crate::native::part::{Part, PartKind, Source};
use crate::native::tool_call::ToolCall;

/// The parameters that are members of the request itself; all others are options of the model
/// (<https://github.com/ollama/ollama/blob/main/docs/modelfile.mdx#valid-parameters-and-values>).
const MEMBERS: [&str; 10] = [
    "format",
    "keep_alive",
    "logprobs",
    "options",
    "shift",
    "stream",
    "think",
    "tools",
    "top_logprobs",
    "truncate",
];

/// The options that Ollama knows by another name.
const OPTIONS: [(&str, &str); 2] = [
    ("max_tokens", "num_predict"),
    ("max_completion_tokens", "num_predict"),
];

/// OpenAI's own name for the role of [`SYSTEM`] messages.
const DEVELOPER: &str = "developer";
const SYSTEM: &str = "system";

pub(super) fn request(call: &Call<'_>) -> Result<NativeRequest, ProcessorError> {
    let mut changes = Vec::new();
    let mut body = Map::new();
    body.insert("model".to_owned(), call.model.into());
    body.insert("messages".to_owned(), messages(call, &mut changes)?);
    let mut options = Map::new();
    for (name, value) in call.params.iter().filter(|(_, value)| !value.is_null()) {
        match name.as_str() {
            "messages" | "stream_options" => {}
            "response_format" => {
                if let Some(format) = format(value) {
                    body.insert("format".to_owned(), format);
                    changes.push("response_format to format".to_owned());
                }
            }
            "reasoning_effort" => {
                body.insert("think".to_owned(), think(call.model, value));
                changes.push("reasoning_effort to think".to_owned());
            }
            "functions" => {
                let tools = value.as_array().into_iter().flatten();
                let tools = tools.map(|function| json!({"type": "function", "function": function}));
                body.insert("tools".to_owned(), tools.collect());
                changes.push("functions to tools".to_owned());
            }
            "stop" => {
                let stop = if value.is_string() {
                    json!([value])
                } else {
                    value.clone()
                };
                options.insert("stop".to_owned(), stop);
            }
            "tool_choice" => match value.as_str() {
                Some("auto") => changes.push("tool_choice left out".to_owned()),
                Some("none") => changes.push("tools left out".to_owned()),
                _ => {
                    return Err(ProcessorError::new(
                        ErrorCode::Inputs,
                        "/params/tool_choice forces a call, and Ollama leaves the choice to the model; leave it out",
                    ));
                }
            },
            "options" => options.extend(value.as_object().cloned().unwrap_or_default()),
            name if MEMBERS.contains(&name) => {
                body.insert(name.to_owned(), value.clone());
            }
            name => {
                let renamed = OPTIONS.iter().find(|(from, _)| *from == name);
                let option = renamed.map_or(name, |(from, to)| {
                    changes.push(format!("{from} to {to}"));
                    to
                });
                options.insert(option.to_owned(), value.clone());
            }
        }
    }
    if call
        .params
        .get("tool_choice")
        .is_some_and(|choice| choice == "none")
    {
        body.shift_remove("tools");
    }
    // without it Ollama streams
    body.insert("stream".to_owned(), call.is_stream().into());
    if !options.is_empty() {
        body.insert("options".to_owned(), options.into());
    }
    Ok(NativeRequest {
        path: "/chat".to_owned(),
        body: body.into(),
        changes,
        ..NativeRequest::default()
    })
}

/// `json`, or a schema: <https://github.com/ollama/ollama/blob/main/docs/api.md#structured-outputs>.
fn format(response_format: &Value) -> Option<Value> {
    match response_format.get("type")?.as_str()? {
        "json_object" => Some(
            response_format
                .get("response_schema")
                .cloned()
                .unwrap_or_else(|| "json".into()),
        ),
        "json_schema" => {
            let schema = response_format.pointer("/json_schema/schema");
            Some(schema.cloned().unwrap_or_else(|| "json".into()))
        }
        _ => None,
    }
}

/// A level for the models that have levels, whether to think for all others
/// (<https://github.com/ollama/ollama/blob/main/docs/api.md#generate-a-chat-completion>).
fn think(model: &str, effort: &Value) -> Value {
    let effort = effort.get("effort").unwrap_or(effort);
    match effort.as_str() {
        Some(level @ ("low" | "medium" | "high")) if model.starts_with("gpt-oss") => level.into(),
        Some("minimal") if model.starts_with("gpt-oss") => "low".into(),
        Some("xhigh" | "max") if model.starts_with("gpt-oss") => "high".into(),
        Some("none" | "disable" | "minimal") => false.into(),
        _ => true.into(),
    }
}

fn messages(call: &Call<'_>, changes: &mut Vec<String>) -> Result<Value, ProcessorError> {
    let messages = call.params.get("messages").and_then(Value::as_array);
    let messages = messages.into_iter().flatten();
    let is_developer = |message: &Value| message.get("role").is_some_and(|role| role == DEVELOPER);
    if messages.clone().any(is_developer) {
        changes.push(format!("{DEVELOPER} to {SYSTEM}"));
    }
    let messages = messages.enumerate();
    let mut called = HashMap::new();
    messages
        .map(|(index, message)| convert(message, &format!("/params/messages/{index}"), &mut called))
        .collect::<Result<Value, _>>()
}

/// A message: <https://github.com/ollama/ollama/blob/main/docs/api.md#parameters-1>. `called` has the names of the functions that
/// the messages before have called, by the ids of the calls.
fn convert<'a>(
    message: &'a Value,
    pointer: &str,
    called: &mut HashMap<&'a str, &'a str>,
) -> Result<Value, ProcessorError> {
    let mut texts = String::new();
    let mut images = Vec::new();
    for part in Part::all(message.get("content"), &format!("{pointer}/content"))? {
        match part.kind {
            PartKind::Text(text) => texts.push_str(text),
            PartKind::Image(Source::Base64 { data, .. }) => images.push(data),
            PartKind::Image(_) => {
                return Err(part.refuse(
                    "is an image at an address, and Ollama fetches none; give the image itself, as a data URI or a file of the inputs",
                ));
            }
            PartKind::Audio { .. } | PartKind::File { .. } | PartKind::Other(_) => {
                return Err(part
                    .refuse("is neither a text nor an image, and Ollama takes nothing else; leave it out"));
            }
        }
    }
    let role = message
        .get("role")
        .and_then(Value::as_str)
        .ok_or_else(|| ProcessorError::new(ErrorCode::Inputs, format!("{pointer}/role is not a string")))?;
    let mut converted = Map::new();
    converted.insert(
        "role".to_owned(),
        match role {
            "function" => "tool",
            DEVELOPER => SYSTEM,
            role => role,
        }
        .into(),
    );
    converted.insert("content".to_owned(), texts.into());
    if !images.is_empty() {
        converted.insert("images".to_owned(), images.into());
    }
    let thinking = ["reasoning_content", "reasoning"]
        .iter()
        .find_map(|name| message.get(*name)?.as_str());
    if let Some(thinking) = thinking {
        converted.insert("thinking".to_owned(), thinking.into());
    }
    let calls = ToolCall::all(message, pointer)?;
    if !calls.is_empty() {
        called.extend(calls.iter().map(|call| (call.id, call.name)));
        let calls = calls.into_iter().map(|call| {
            let function = json!({"name": call.name, "arguments": call.arguments});
            if call.id.is_empty() {
                json!({ "function": function })
            } else {
                json!({"id": call.id, "function": function})
            }
        });
        converted.insert("tool_calls".to_owned(), calls.collect());
    }
    if matches!(role, "tool" | "function") {
        let id = message.get("tool_call_id").and_then(Value::as_str);
        let name = message.get("name").and_then(Value::as_str);
        let name = name.or_else(|| called.get(id?).copied());
        for (member, value) in [("tool_call_id", id), ("tool_name", name)] {
            if let Some(value) = value {
                converted.insert(member.to_owned(), value.into());
            }
        }
    }
    Ok(converted.into())
}
