//! The request: <https://github.com/ollama/ollama/blob/main/docs/api.md#parameters-1>.

use runtime::{ErrorCode, ProcessorError};
use serde_json::{Map, Value, json};

use super::messages::messages;
use crate::native::interface::{Call, NativeRequest};
use crate::native::member;

/// The parameters that are members of the request itself; all others are options of the model
/// (<https://github.com/ollama/ollama/blob/main/docs/modelfile.mdx#valid-parameters-and-values>).
const MEMBERS: [&str; 9] = [
    "format",
    "keep_alive",
    "logprobs",
    "options",
    "shift",
    "stream",
    "think",
    "top_logprobs",
    "truncate",
];

/// Members of the older `/api/generate`, which would be ignored as options.
const OF_GENERATE: [&str; 6] = ["context", "prompt", "raw", "suffix", "system", "template"];

/// The options that Ollama knows by another name.
const OPTIONS: [(&str, &str); 2] = [
    ("max_tokens", "num_predict"),
    ("max_completion_tokens", "num_predict"),
];

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
                if let Some(format) = format(value)? {
                    member::set(&mut body, "format", format, &mut changes);
                    changes.push("response_format to format".to_owned());
                }
            }
            "reasoning_effort" => {
                member::set(&mut body, "think", think(call.model, value), &mut changes);
                changes.push("reasoning_effort to think".to_owned());
                let members = value.as_object().into_iter().flatten();
                let others = members.filter(|(name, value)| *name != "effort" && !value.is_null());
                changes.extend(others.map(|(name, _)| format!("reasoning_effort.{name} left out")));
            }
            "functions" => {
                let tools = value.as_array().into_iter().flatten();
                let tools = tools.map(|function| json!({"type": "function", "function": function}));
                member::set(&mut body, "tools", tools.collect(), &mut changes);
                changes.push("functions to tools".to_owned());
            }
            "stop" => {
                let stop = if value.is_string() {
                    json!([value])
                } else {
                    value.clone()
                };
                member::set(&mut options, "stop", stop, &mut changes);
            }
            "tool_choice" => match value.as_str() {
                Some("auto") => changes.push("tool_choice left out".to_owned()),
                Some("none") => {} // below
                _ => {
                    return Err(ProcessorError::new(
                        ErrorCode::Inputs,
                        "/params/tool_choice forces a call, and Ollama leaves the choice to the model; leave it out",
                    ));
                }
            },
            "tools" => {
                check_tools(value)?;
                member::set(&mut body, name, value.clone(), &mut changes);
            }
            "options" => {
                for (name, value) in value.as_object().into_iter().flatten() {
                    member::set(&mut options, name, value.clone(), &mut changes);
                }
            }
            name if OF_GENERATE.contains(&name) => {
                return Err(ProcessorError::new(
                    ErrorCode::Inputs,
                    format!(
                        "/params/{name} is not known to Ollama's chats; leave it out, and give a prompt of the system as a message"
                    ),
                ));
            }
            name if MEMBERS.contains(&name) => {
                member::set(&mut body, name, value.clone(), &mut changes);
            }
            name => {
                let renamed = OPTIONS.iter().find(|(from, _)| *from == name);
                let option = renamed.map_or(name, |(from, to)| {
                    changes.push(format!("{from} to {to}"));
                    to
                });
                member::set(&mut options, option, value.clone(), &mut changes);
            }
        }
    }
    if call
        .params
        .get("tool_choice")
        .is_some_and(|choice| choice == "none")
    {
        let had_tools = body.shift_remove("tools").is_some();
        let name = if had_tools { "tools" } else { "tool_choice" };
        changes.push(format!("{name} left out"));
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

/// Refuses tools that are no functions, which Ollama would offer without a name.
fn check_tools(tools: &Value) -> Result<(), ProcessorError> {
    let tools = tools.as_array().into_iter().flatten();
    let mut functions = tools.map(|tool| tool.pointer("/function/name").is_some_and(Value::is_string));
    match functions.position(|is_function| !is_function) {
        Some(index) => Err(ProcessorError::new(
            ErrorCode::Inputs,
            format!(
                "/params/tools/{index} is no function with a name, and Ollama knows no other tools; leave it out"
            ),
        )),
        None => Ok(()),
    }
}

/// `json`, or a schema: <https://github.com/ollama/ollama/blob/main/docs/api.md#structured-outputs>.
fn format(response_format: &Value) -> Result<Option<Value>, ProcessorError> {
    let kind = response_format.get("type").and_then(Value::as_str);
    let schema = ["/json_schema/schema", "/response_schema"];
    let schema = schema.iter().find_map(|path| response_format.pointer(path));
    match kind {
        Some("text") => Ok(None),
        None | Some("json_object" | "json_schema") => {
            Ok(Some(schema.cloned().unwrap_or_else(|| "json".into())))
        }
        Some(_) => Err(ProcessorError::new(
            ErrorCode::Inputs,
            "/params/response_format/type is none of text, json_object and json_schema, and Ollama knows no other; give one of them",
        )),
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
