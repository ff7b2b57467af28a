//! The parts of a message: <https://platform.openai.com/docs/api-reference/responses/create#responses_create-input>.

use runtime::ProcessorError;
use serde_json::{Map, Value, json};

use crate::native::part::{Part, PartKind, Source};

/// The members of a part that belong to it in either API.
const SHARED: [&str; 1] = ["prompt_cache_breakpoint"];
/// The members of a chat completion's `file`.
const FILE: [&str; 3] = ["file_id", "file_data", "filename"];

/// The type of the texts that a message of this role has.
pub(super) fn text_type(role: &str) -> &'static str {
    if role == "assistant" {
        "output_text"
    } else {
        "input_text"
    }
}

/// The parts of a content. `pointer` is the JSON pointer of the content.
///
/// # Errors
///
/// Those of [`Part::all`].
pub(super) fn parts(
    content: Option<&Value>,
    text_type: &str,
    pointer: &str,
) -> Result<Vec<Value>, ProcessorError> {
    let parts = Part::all(content, pointer)?;
    Ok(parts.iter().map(|part| convert(part, text_type)).collect())
}

fn convert(part: &Part<'_>, text_type: &str) -> Value {
    let mut converted = match &part.kind {
        PartKind::Text(text) => json!({"type": text_type, "text": text}),
        PartKind::Image(_) => image(part.raw),
        PartKind::Audio { .. } => json!({"type": "input_audio", "input_audio": part.member("input_audio")}),
        PartKind::File { source, .. } => file(part.raw, *source),
        PartKind::Other(_) => return without_cache_control(part.raw),
    };
    for name in SHARED {
        if let (Some(value), Some(converted)) = (part.member(name), converted.as_object_mut()) {
            converted.insert(name.to_owned(), value.clone());
        }
    }
    converted
}

/// A chat completion's `detail` is `auto` by default, and the Responses API requires one.
fn image(raw: &Value) -> Value {
    let image = raw.get("image_url").unwrap_or(&Value::Null);
    let url = image.get("url").unwrap_or(image);
    let detail = image.get("detail").and_then(Value::as_str).unwrap_or("auto");
    json!({"type": "input_image", "image_url": url, "detail": detail})
}

/// LiteLLM's users give the address of a file as its id.
fn file(raw: &Value, source: Source<'_>) -> Value {
    let mut converted = Map::new();
    converted.insert("type".to_owned(), "input_file".into());
    let file = raw.get("file").and_then(Value::as_object);
    let members = file
        .into_iter()
        .flatten()
        .filter(|(name, value)| FILE.contains(&name.as_str()) && !value.is_null());
    for (name, value) in members {
        match source {
            Source::Url(url) if name != "filename" && url.contains("://") => {
                converted.insert("file_url".to_owned(), url.into());
            }
            _ => {
                converted.insert(name.clone(), value.clone());
            }
        }
    }
    converted.into()
}

/// The value without Anthropic's mark for caching. OpenAI caches by itself, and refuses members that it does not know.
pub(super) fn without_cache_control(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(members) = value.as_object_mut() {
        members.shift_remove("cache_control");
    }
    value
}
