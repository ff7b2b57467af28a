//! The blocks of a message: <https://platform.claude.com/docs/en/api/messages#body-messages-content>.

use runtime::ProcessorError;
use serde_json::Value;

use super::document;
use super::inputs::{cache, text};
use crate::native::object::{object, put};
use crate::native::part::{Part, PartKind, Source};

/// <https://platform.claude.com/docs/en/build-with-claude/vision>
const IMAGES: [&str; 4] = ["image/jpeg", "image/png", "image/gif", "image/webp"];

/// The blocks of a content. Texts without a character that shows are refused by Anthropic, and left out.
///
/// # Errors
///
/// `ERR_INPUTS` with the JSON pointer, for a part that Anthropic has no block for.
pub(super) fn blocks(content: Option<&Value>, pointer: &str) -> Result<Vec<Value>, ProcessorError> {
    let parts = Part::all(content, pointer)?;
    let blocks = parts.iter().map(|part| {
        let mut block = block(part)?;
        if let Some(block) = &mut block {
            cache(block, part.raw);
        }
        Ok(block)
    });
    blocks.filter_map(Result::transpose).collect()
}

/// The block of a text.
pub(super) fn text_block(text: &str) -> Value {
    object([("type", "text".into()), ("text", text.into())])
}

fn block(part: &Part<'_>) -> Result<Option<Value>, ProcessorError> {
    let block = match &part.kind {
        PartKind::Text(text) if text.trim().is_empty() => return Ok(None),
        PartKind::Text(text) => {
            let mut block = text_block(text);
            // those of an answer that is handed back
            if let (Some(citations), Some(block)) = (part.member("citations"), block.as_object_mut()) {
                put(block, "citations", citations.clone());
            }
            block
        }
        PartKind::Image(source) => {
            let format = text(part.raw, "/image_url/format");
            match *source {
                Source::Base64 { media_type, data } => {
                    inline(part, format.unwrap_or(media_type), data, None)?
                }
                Source::Url(url) => at_address(part, url, format.unwrap_or(guess(url, "image/png")))?,
                Source::Id(id) => object([
                    ("type", "image".into()),
                    (
                        "source",
                        object([("type", "file".into()), ("file_id", id.into())]),
                    ),
                ]),
            }
        }
        PartKind::Audio { .. } => {
            return Err(part.refuse("is audio, and Claude hears none; leave it out, or give its words"));
        }
        PartKind::File { source, filename } => {
            let format = text(part.raw, "/file/format");
            match *source {
                Source::Base64 { media_type, data } => {
                    inline(part, format.unwrap_or(media_type), data, *filename)?
                }
                Source::Url(url) => at_address(part, url, format.unwrap_or("application/pdf"))?,
                Source::Id(id) => {
                    let named = filename.map_or("", |name| guess(name, ""));
                    uploaded(id, format.unwrap_or(named))
                }
            }
        }
        // Anthropic's own, such as `document`, `search_result` and `tool_reference`
        PartKind::Other(_) => part.raw.clone(),
    };
    Ok(Some(block))
}

/// A media type by the end of a name or an address, before its query.
fn guess<'a>(name: &str, otherwise: &'a str) -> &'a str {
    let path = name.split(['?', '#']).next().unwrap_or_default();
    let is_pdf = path.to_ascii_lowercase().ends_with(".pdf");
    if is_pdf { "application/pdf" } else { otherwise }
}

fn inline(
    part: &Part<'_>,
    media_type: &str,
    data: &str,
    title: Option<&str>,
) -> Result<Value, ProcessorError> {
    let media_type = media_type.to_ascii_lowercase();
    let media_type = if media_type == "image/jpg" {
        "image/jpeg"
    } else {
        &media_type
    };
    if IMAGES.contains(&media_type) {
        return Ok(object([
            ("type", "image".into()),
            (
                "source",
                object([
                    ("type", "base64".into()),
                    ("media_type", media_type.into()),
                    ("data", data.into()),
                ]),
            ),
        ]));
    }
    document::inline(part, media_type, data, title)
}

fn at_address(part: &Part<'_>, url: &str, media_type: &str) -> Result<Value, ProcessorError> {
    if url.starts_with("https://") {
        let source = object([("type", "url".into()), ("url", url.into())]);
        return Ok(if media_type.starts_with("image/") {
            object([("type", "image".into()), ("source", source)])
        } else {
            document::from_source(part, source, None)
        });
    }
    Err(part.refuse(if url.starts_with("http://") {
        "is at an http address, and Anthropic fetches from https alone; give an https address, or the file itself as a data URI or a file of the inputs"
    } else {
        "is neither a data URI nor an https address; give one, or a file of the inputs"
    }))
}

/// A file of the Files API: <https://platform.claude.com/docs/en/build-with-claude/files>. One of an unknown type is for the
/// code execution tool, as LiteLLM has it.
fn uploaded(id: &str, media_type: &str) -> Value {
    let source = object([("type", "file".into()), ("file_id", id.into())]);
    match media_type {
        "application/pdf" | "text/plain" => object([("type", "document".into()), ("source", source)]),
        image if IMAGES.contains(&image) => object([("type", "image".into()), ("source", source)]),
        _ => object([("type", "container_upload".into()), ("file_id", id.into())]),
    }
}
