//! The messages: <https://github.com/ollama/ollama/blob/main/docs/api.md#parameters-1>.

use std::collections::HashMap;

use runtime::{ErrorCode, ProcessorError};
use serde_json::{Map, Value, json};

use crate::native::interface::Call;
use crate::native::part::{Part, PartKind, Source};
use crate::native::tool_call::ToolCall;
use crate::native::unknown_members::Known;

/// What messages have beside OpenAI's members.
const KNOWN: Known = Known {
    of_messages: &["reasoning", "reasoning_content", "refusal", "thinking_blocks"],
    of_parts: &["image_url.format", "file.format"],
    of_calls: &[],
};

/// OpenAI's own name for the role of [`SYSTEM`] messages.
const DEVELOPER: &str = "developer";
const SYSTEM: &str = "system";

/// Messages in the making.
#[derive(Default)]
struct Messages<'a> {
    /// The names of the functions that were called, by the ids of the calls.
    called: HashMap<&'a str, &'a str>,
    changes: Vec<String>,
}

/// # Errors
///
/// `ERR_INPUTS` with the JSON pointer of what Ollama cannot take.
pub(super) fn messages(call: &Call<'_>, changes: &mut Vec<String>) -> Result<Value, ProcessorError> {
    let given = call.params.get("messages").and_then(Value::as_array);
    let given = given.map(Vec::as_slice).unwrap_or_default();
    let mut messages = Messages::default();
    let converted = given.iter().enumerate().map(|(index, message)| {
        let pointer = format!("/params/messages/{index}");
        messages.convert(message, &pointer).map(Value::from)
    });
    let converted = converted.collect::<Result<Value, _>>()?;
    changes.append(&mut messages.changes);
    KNOWN.report_others(given, changes);
    Ok(converted)
}

impl<'a> Messages<'a> {
    fn change(&mut self, change: String) {
        if !self.changes.contains(&change) {
            self.changes.push(change);
        }
    }

    fn convert(&mut self, message: &'a Value, pointer: &str) -> Result<Map<String, Value>, ProcessorError> {
        let text = |name: &str| message.get(name).and_then(Value::as_str);
        let role = text("role").ok_or_else(|| {
            ProcessorError::new(ErrorCode::Inputs, format!("{pointer}/role is not a string"))
        })?;
        let is_developer = role == DEVELOPER;
        if is_developer {
            self.change(format!("{DEVELOPER} to {SYSTEM}"));
        }
        let (mut texts, images) = content(message, pointer)?;
        if let Some(refusal) = text("refusal").filter(|refusal| !refusal.trim().is_empty()) {
            let is_alone = texts.is_empty();
            let to = if is_alone { "to content" } else { "left out" };
            if is_alone {
                texts = refusal.to_owned();
            }
            self.change(format!("messages.refusal {to}"));
        }
        let mut converted = Map::new();
        let mut insert = |name: &str, value: Value| converted.insert(name.to_owned(), value);
        let sent_role = match role {
            "function" => "tool",
            DEVELOPER => SYSTEM,
            role => role,
        };
        insert("role", sent_role.into());
        insert("content", texts.into());
        if !images.is_empty() {
            insert("images", images.into());
        }
        if let Some(thinking) = self.thinking(message) {
            insert("thinking", thinking.into());
        }
        let calls = ToolCall::all(message, pointer)?;
        if !calls.is_empty() {
            self.called.extend(calls.iter().map(|call| (call.id, call.name)));
            insert("tool_calls", calls.into_iter().map(converted_call).collect());
        }
        if matches!(role, "tool" | "function") {
            let id = text("tool_call_id");
            let name = text("name").or_else(|| self.called.get(id?).copied());
            for (member, value) in [("tool_call_id", id), ("tool_name", name)] {
                if let Some(value) = value {
                    insert(member, value.into());
                }
            }
        }
        Ok(converted)
    }

    /// What the model thought before an answer. Ollama knows the text alone, without a signature.
    fn thinking(&mut self, message: &Value) -> Option<String> {
        let text = ["reasoning_content", "reasoning"]
            .iter()
            .find_map(|name| message.get(*name)?.as_str());
        let blocks = message.get("thinking_blocks").and_then(Value::as_array);
        let Some(blocks) = blocks.filter(|blocks| !blocks.is_empty()) else {
            return text.map(str::to_owned);
        };
        if let Some(text) = text {
            self.change("messages.thinking_blocks left out".to_owned());
            return Some(text.to_owned());
        }
        let texts = blocks.iter().filter_map(|block| block.get("thinking")?.as_str());
        let thinking = Some(texts.collect::<String>()).filter(|text| !text.is_empty());
        let to = if thinking.is_some() {
            "to thinking"
        } else {
            "left out"
        };
        self.change(format!("messages.thinking_blocks {to}"));
        thinking
    }
}

fn converted_call(call: ToolCall<'_>) -> Value {
    let function = json!({"name": call.name, "arguments": call.arguments});
    if call.id.is_empty() {
        json!({ "function": function })
    } else {
        json!({"id": call.id, "function": function})
    }
}

/// The text of a content, and its images.
fn content<'a>(message: &'a Value, pointer: &str) -> Result<(String, Vec<&'a str>), ProcessorError> {
    let mut texts = String::new();
    let mut images = Vec::new();
    for part in Part::all(message.get("content"), &format!("{pointer}/content"))? {
        match part.kind {
            PartKind::Text(text) => texts.push_str(text),
            PartKind::Image(Source::Base64 { media_type, data }) if may_be_image(media_type) => {
                images.push(data)
            }
            PartKind::File {
                source: Source::Base64 { media_type, data },
                ..
            } if media_type.starts_with(IMAGE) => images.push(data),
            PartKind::Image(Source::Url(_) | Source::Id(_)) => {
                return Err(part.refuse(
                    "is an image at an address, and Ollama fetches none; give the image itself, as a data URI or a file of the inputs",
                ));
            }
            PartKind::Image(_) | PartKind::Audio { .. } | PartKind::File { .. } | PartKind::Other(_) => {
                return Err(part
                    .refuse("is neither a text nor an image, and Ollama takes nothing else; leave it out"));
            }
        }
    }
    Ok((texts, images))
}

const IMAGE: &str = "image/";

/// Whether the bytes may be an image by their media type, which some callers do not know.
fn may_be_image(media_type: &str) -> bool {
    media_type.is_empty() || media_type == "application/octet-stream" || media_type.starts_with(IMAGE)
}
