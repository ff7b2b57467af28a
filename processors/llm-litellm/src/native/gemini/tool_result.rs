//! The results of calls: <https://ai.google.dev/api/caching#FunctionResponse>.

use runtime::ProcessorError;
use serde_json::{Map, Value};

use super::content::ContentReader;
use super::media::Media;
use super::service::Service;
use super::signature;
use crate::native::digits;
use crate::native::object::{object, set};
use crate::native::part::PartKind;

/// The parts for a message with the result of a call of this function. `pointer` is the JSON pointer of the message.
///
/// # Errors
///
/// `ERR_INPUTS` for a part that Gemini cannot take.
pub(super) fn parts(
    message: &Value,
    name: &str,
    reader: &mut ContentReader<'_>,
    pointer: &str,
) -> Result<Vec<Value>, ProcessorError> {
    let mut text = String::new();
    let mut media = Vec::new();
    let is_gemini_3 = reader.model.is_gemini_3();
    let content = message.get("content").and_then(Value::as_str);
    if let Some(image) = content.and_then(Media::from_data_uri) {
        media.push(image);
    } else {
        for part in reader.read(message, pointer)? {
            if let PartKind::Text(more) = part.kind {
                text.push_str(more);
            } else if let Some(found) = Media::parse(&part)? {
                if is_gemini_3 && reader.service == Service::Gemini && !found.is_inline() {
                    return Err(part.refuse(
                        "is at an address, and the result of a call has to contain the file itself; give a data URI or a file of the inputs",
                    ));
                }
                media.push(found);
            }
        }
    }
    let mut response = object([("name", name.into()), ("response", response(text))]);
    if !is_gemini_3 {
        let mut parts = vec![object([("functionResponse", response)])];
        for media in media {
            reader.resolution = reader.resolution.max(media.resolution);
            parts.push(media.into_part(false));
        }
        return Ok(parts);
    }
    if let Some(id) = message.get("tool_call_id").and_then(Value::as_str) {
        set(&mut response, "id", signature::without(id).into());
    }
    if !media.is_empty() {
        // such a part has no other members
        if media.iter().any(|media| media.resolution.is_some()) {
            reader.change("detail in results of calls left out");
        }
        if media.iter().any(Media::has_video_metadata) {
            reader.change("video_metadata in results of calls left out");
        }
        let parts = media.into_iter().map(|media| Value::from(media.data));
        set(&mut response, "parts", parts.collect());
    }
    Ok(vec![object([("functionResponse", response)])])
}

/// An object as it is, anything else as a content. Gemini reads a `$ref` as a pointer to one of the result's parts, so an object
/// with one is a text, too.
fn response(text: String) -> Value {
    let parsed = if text.trim_start().starts_with('{') {
        digits::parse::<Map<String, Value>>(&text).ok().map(Value::from)
    } else {
        None
    };
    parsed
        .filter(|parsed| !has_reference(parsed))
        .unwrap_or_else(|| object([("content", text.into())]))
}

fn has_reference(value: &Value) -> bool {
    match value {
        Value::Object(members) => {
            members.get("$ref").is_some_and(Value::is_string) || members.values().any(has_reference)
        }
        Value::Array(items) => items.iter().any(has_reference),
        _ => false,
    }
}
