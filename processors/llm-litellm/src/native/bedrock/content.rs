//! The blocks of a message: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html>.

use runtime::ProcessorError;
use serde_json::{Value, json};

use super::model::Model;
use super::names;
use crate::models::Fact;
use crate::native::part::{Part, PartKind, Source};

/// Media types, Bedrock's formats, and the blocks that have them.
#[rustfmt::skip]
const FORMATS: [(&str, &str, &str); 24] = [
    ("image/png", "png", "image"), ("image/jpeg", "jpeg", "image"), ("image/jpg", "jpeg", "image"), ("image/gif", "gif", "image"),
    ("image/webp", "webp", "image"),
    ("application/pdf", "pdf", "document"), ("text/csv", "csv", "document"), ("application/msword", "doc", "document"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", "document"),
    ("application/vnd.ms-excel", "xls", "document"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", "document"),
    ("text/html", "html", "document"), ("text/plain", "txt", "document"), ("text/markdown", "md", "document"),
    ("video/mp4", "mp4", "video"), ("video/quicktime", "mov", "video"), ("video/x-matroska", "mkv", "video"),
    ("video/webm", "webm", "video"), ("video/x-flv", "flv", "video"), ("video/mpeg", "mpeg", "video"),
    ("video/x-ms-wmv", "wmv", "video"), ("video/3gpp", "three_gp", "video"), ("video/mov", "mov", "video"),
    ("video/x-m4v", "mp4", "video"),
];

/// What surrounds a content.
#[derive(Debug)]
pub(super) struct Blocks<'a> {
    pub(super) model: Model<'a>,
    /// The names of the documents so far, which must not repeat.
    documents: Vec<String>,
    /// Whether a mark for caching was left out, as the model does not cache.
    pub(super) is_uncached: bool,
}

impl<'a> Blocks<'a> {
    pub(super) const fn new(model: Model<'a>) -> Self {
        Self {
            model,
            documents: Vec::new(),
            is_uncached: false,
        }
    }

    /// The blocks of a content. `is_guarded` is whether a guardrail has to look at its texts.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` with the JSON pointer of a part that Bedrock cannot take.
    pub(super) fn convert(
        &mut self,
        content: Option<&Value>,
        pointer: &str,
        is_guarded: bool,
    ) -> Result<Vec<Value>, ProcessorError> {
        let mut blocks = Vec::new();
        for part in Part::all(content, pointer)? {
            match part.kind {
                PartKind::Text(text) if text.trim().is_empty() => {} // refused
                PartKind::Text(text) if is_guarded => blocks.push(guarded(text)),
                PartKind::Text(text) => blocks.push(json!({ "text": text })),
                PartKind::Image(source) | PartKind::File { source, .. } => {
                    let filename = match part.kind {
                        PartKind::File { filename, .. } => filename,
                        _ => None,
                    };
                    let block = self.media(&source, filename);
                    blocks.push(block.map_err(|what| part.refuse(what))?);
                }
                PartKind::Other("guarded_text") => {
                    let text = part.member("text").and_then(Value::as_str);
                    blocks.push(guarded(text.unwrap_or_default()));
                }
                PartKind::Other("grounding_source" | "query") => {
                    blocks.push(json!({ "text": part.member("text") }));
                }
                // thinking is in members of the message
                PartKind::Other("thinking" | "redacted_thinking") => {}
                PartKind::Audio { .. } | PartKind::Other(_) => {
                    return Err(part.refuse(
                        "is no text, image, document or video, and Bedrock takes nothing else; leave it out",
                    ));
                }
            }
            blocks.extend(self.cache_point(part.raw));
        }
        Ok(blocks)
    }

    fn media(&mut self, source: &Source<'_>, filename: Option<&str>) -> Result<Value, &'static str> {
        let (format, source) = match source {
            Source::Base64 { media_type, data } => (
                FORMATS.iter().find(|(known, ..)| known == media_type),
                json!({ "bytes": data }),
            ),
            Source::Url(url) if url.starts_with("s3://") => {
                let end = url.rsplit_once('.').map_or("", |(_, end)| end);
                let end = if end == "jpg" { "jpeg" } else { end };
                (
                    FORMATS.iter().find(|(_, format, _)| *format == end),
                    json!({"s3Location": {"uri": url}}),
                )
            }
            Source::Url(_) | Source::Id(_) => {
                return Err(
                    "is at an address, and Bedrock fetches from s3:// alone; give the file itself, as a data URI or a file of the inputs",
                );
            }
        };
        let Some((_, format, kind)) = format else {
            return Err("is of a type that Bedrock does not know; give a PNG, JPEG, GIF, WebP or PDF");
        };
        let mut block = json!({"format": format, "source": source});
        if *kind == "document"
            && let Some(members) = block.as_object_mut()
        {
            let name = self.document_name(filename);
            members.insert("name".to_owned(), name.into());
        }
        Ok(json!({ *kind: block }))
    }

    fn document_name(&mut self, filename: Option<&str>) -> String {
        let name = names::document(filename);
        let mut numbered = name.clone();
        let mut number = 1;
        while self.documents.contains(&numbered) {
            number += 1;
            numbered = format!("{name} {number}");
        }
        self.documents.push(numbered.clone());
        numbered
    }

    /// What a mark for caching becomes: <https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html>.
    pub(super) fn cache_point(&mut self, marked: &Value) -> Option<Value> {
        let mark = marked.get("cache_control").filter(|mark| mark.is_object())?;
        if self.model.lacks(Fact::PromptCaching) {
            self.is_uncached = true;
            return None;
        }
        let takes_time = self.model.is_claude() && self.model.has(Fact::NativeStructuredOutput);
        let time = mark
            .get("ttl")
            .filter(|time| takes_time && (*time == "5m" || *time == "1h"));
        let point = match time {
            Some(time) => json!({"type": "default", "ttl": time}),
            None => json!({"type": "default"}),
        };
        Some(json!({ "cachePoint": point }))
    }
}

/// <https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-converse-api.html>.
fn guarded(text: &str) -> Value {
    json!({"guardContent": {"text": {"text": text}}})
}
