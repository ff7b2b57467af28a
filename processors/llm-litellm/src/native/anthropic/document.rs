//! Documents: <https://platform.claude.com/docs/en/build-with-claude/pdf-support>,
//! <https://platform.claude.com/docs/en/build-with-claude/citations#document-types>.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use runtime::ProcessorError;
use serde_json::Value;

use crate::native::object::{object, put};
use crate::native::part::Part;

/// Types beside `text/*` that are plain text.
const TEXTS: [&str; 5] = [
    "application/json",
    "application/xml",
    "application/yaml",
    "application/x-yaml",
    "application/javascript",
];

/// The document with these bytes in base64.
///
/// # Errors
///
/// `ERR_INPUTS` with the part's JSON pointer, for anything but a PDF and text.
pub(super) fn inline(
    part: &Part<'_>,
    media_type: &str,
    data: &str,
    title: Option<&str>,
) -> Result<Value, ProcessorError> {
    if media_type == "application/pdf" {
        let source = object([
            ("type", "base64".into()),
            ("media_type", media_type.into()),
            ("data", data.into()),
        ]);
        return Ok(from_source(part, source, title));
    }
    if !media_type.starts_with("text/") && !TEXTS.contains(&media_type) {
        return Err(part.refuse(
            "is neither a PDF, nor text, nor an image as JPEG, PNG, GIF or WebP, and Claude reads nothing else; convert it",
        ));
    }
    // base64 is for PDFs alone; a text is sent as it is
    let text = STANDARD.decode(data).ok();
    let text = text
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| part.refuse("is not the base64 of UTF-8 text; encode it anew"))?;
    let source = object([
        ("type", "text".into()),
        ("media_type", ("text/plain").into()),
        ("data", text.into()),
    ]);
    Ok(from_source(part, source, title))
}

/// The document at this source, with the part's `citations` setting.
pub(super) fn from_source(part: &Part<'_>, source: Value, title: Option<&str>) -> Value {
    let mut document = object([("type", "document".into()), ("source", source)]);
    if let Some(members) = document.as_object_mut() {
        if let Some(title) = title {
            put(members, "title", title.into());
        }
        if let Some(citations) = part.member("citations") {
            put(members, "citations", citations.clone());
        }
    }
    document
}
