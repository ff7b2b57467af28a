//! Images, documents, videos and sounds: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html>.

use serde_json::{Map, Value, json};

use super::names;
use crate::native::part::Source;

const DOCUMENT: &str = "document";
pub(super) const AUDIO: &str = "audio";

/// Media types, Bedrock's formats, and the blocks that have them.
#[rustfmt::skip]
const FORMATS: [(&str, &str, &str); 36] = [
    ("image/png", "png", "image"), ("image/jpeg", "jpeg", "image"), ("image/jpg", "jpeg", "image"), ("image/gif", "gif", "image"),
    ("image/webp", "webp", "image"),
    ("application/pdf", "pdf", DOCUMENT), ("text/csv", "csv", DOCUMENT), ("application/msword", "doc", DOCUMENT),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", DOCUMENT),
    ("application/vnd.ms-excel", "xls", DOCUMENT),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", DOCUMENT),
    ("text/html", "html", DOCUMENT), ("text/plain", "txt", DOCUMENT), ("text/markdown", "md", DOCUMENT),
    ("video/mp4", "mp4", "video"), ("video/quicktime", "mov", "video"), ("video/x-matroska", "mkv", "video"),
    ("video/webm", "webm", "video"), ("video/x-flv", "flv", "video"), ("video/mpeg", "mpeg", "video"),
    ("video/x-ms-wmv", "wmv", "video"), ("video/3gpp", "three_gp", "video"), ("video/mov", "mov", "video"),
    ("video/x-m4v", "mp4", "video"),
    ("audio/mpeg", "mp3", AUDIO), ("audio/mp3", "mp3", AUDIO), ("audio/wav", "wav", AUDIO), ("audio/x-wav", "wav", AUDIO),
    ("audio/flac", "flac", AUDIO), ("audio/ogg", "ogg", AUDIO), ("audio/opus", "opus", AUDIO), ("audio/aac", "aac", AUDIO),
    ("audio/mp4", "mp4", AUDIO), ("audio/m4a", "m4a", AUDIO), ("audio/x-m4a", "m4a", AUDIO), ("audio/webm", "webm", AUDIO),
];

/// What there is to know of a document beside its bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Description<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) context: Option<&'a Value>,
    pub(super) citations: Option<&'a Value>,
}

/// The names of the documents so far, which must not repeat.
#[derive(Debug, Default)]
pub(super) struct Documents {
    names: Vec<String>,
}

impl Documents {
    /// The kind of a block, and what is below it. `media_type` is what the caller says that it is.
    ///
    /// # Errors
    ///
    /// What is wrong, for a source that Bedrock does not take.
    pub(super) fn media(
        &mut self,
        source: &Source<'_>,
        media_type: Option<&str>,
        description: Description<'_>,
    ) -> Result<(&'static str, Value), &'static str> {
        let (known, source) = match source {
            Source::Base64 {
                media_type: own,
                data,
            } => {
                let media_type = media_type.unwrap_or(own).to_ascii_lowercase();
                let known = FORMATS
                    .iter()
                    .find(|(known, format, _)| *known == media_type || *format == media_type);
                (known, json!({ "bytes": data }))
            }
            Source::Url(url) if url.starts_with("s3://") => {
                let end = url.rsplit_once('.').map_or("", |(_, end)| end);
                let end = if end == "jpg" { "jpeg" } else { end };
                let known = FORMATS.iter().find(|(known, format, _)| match media_type {
                    Some(media_type) => *known == media_type,
                    None => *format == end,
                });
                (known, json!({"s3Location": {"uri": url}}))
            }
            Source::Url(_) | Source::Id(_) => {
                return Err(
                    "is at an address, and Bedrock fetches from s3:// alone; give the file itself, as a data URI or a file of the inputs",
                );
            }
        };
        let Some((_, format, kind)) = known else {
            return Err("is of a type that Bedrock does not know; give a PNG, JPEG, GIF, WebP or PDF");
        };
        let block = if *kind == DOCUMENT {
            self.document(format, source, description)
        } else {
            json!({"format": format, "source": source})
        };
        Ok((*kind, block))
    }

    /// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html>.
    fn document(&mut self, format: &str, source: Value, description: Description<'_>) -> Value {
        let mut block = Map::new();
        block.insert("format".to_owned(), format.into());
        block.insert("source".to_owned(), source);
        block.insert("name".to_owned(), self.name(description.name).into());
        for (name, value) in [
            ("context", description.context),
            ("citations", description.citations),
        ] {
            if let Some(value) = value {
                block.insert(name.to_owned(), value.clone());
            }
        }
        block.into()
    }

    /// A document as Anthropic has it (<https://platform.claude.com/docs/en/build-with-claude/citations#document-types>).
    ///
    /// # Errors
    ///
    /// What is wrong, for a source that Bedrock does not take.
    pub(super) fn anthropic(&mut self, part: &Value) -> Result<Value, &'static str> {
        let text = |path: &str| part.pointer(path).and_then(Value::as_str);
        let description = Description {
            name: text("/title"),
            context: part.get("context").filter(|context| context.is_string()),
            citations: part.get("citations").filter(|citations| citations.is_object()),
        };
        match (
            text("/source/type"),
            text("/source/data"),
            text("/source/media_type"),
        ) {
            (Some("base64"), Some(data), Some(media_type)) => {
                let source = Source::Base64 { media_type, data };
                let (kind, block) = self.media(&source, None, description)?;
                Ok(json!({ kind: block }))
            }
            (Some("text"), Some(data), _) => {
                let block = self.document("txt", json!({ "text": data }), description);
                Ok(json!({ DOCUMENT: block }))
            }
            _ => Err("has a source that Bedrock does not take; give base64 or text"),
        }
    }

    fn name(&mut self, filename: Option<&str>) -> String {
        let name = names::document(filename);
        let mut numbered = name.clone();
        let mut number = 1;
        while self.names.contains(&numbered) {
            number += 1;
            numbered = format!("{name} {number}");
        }
        self.names.push(numbered.clone());
        numbered
    }
}
