//! The parts of a message's content:
//! <https://platform.openai.com/docs/api-reference/chat/create#chat_create-messages>.

use runtime::{ErrorCode, ProcessorError};
use serde_json::Value;

/// A part of a content.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    /// Its JSON pointer.
    pub(crate) pointer: String,
    pub(crate) kind: PartKind<'a>,
    /// All of it, for members that only one service knows, such as `cache_control`; a string if the content is one.
    pub(crate) raw: &'a Value,
}

/// What a part is.
#[derive(Debug, PartialEq)]
pub(crate) enum PartKind<'a> {
    Text(&'a str),
    /// An `image_url`.
    Image(Source<'a>),
    /// An `input_audio`: base64, and the format such as `wav`.
    Audio {
        data: &'a str,
        format: &'a str,
    },
    /// A `file`.
    File {
        source: Source<'a>,
        filename: Option<&'a str>,
    },
    /// A part of another type.
    Other(&'a str),
}

/// Where the bytes of a part are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source<'a> {
    /// In the part itself.
    Base64 { media_type: &'a str, data: &'a str },
    /// At an address.
    Url(&'a str),
    /// At the service, under this id.
    Id(&'a str),
}

impl<'a> Source<'a> {
    /// A data URI, or another address.
    pub(crate) fn parse(url: &'a str) -> Self {
        let inline = url.strip_prefix("data:").and_then(|rest| rest.split_once(','));
        let inline = inline.and_then(|(head, data)| Some((head.strip_suffix(";base64")?, data)));
        inline.map_or(Self::Url(url), |(media_type, data)| Self::Base64 {
            media_type: media_type.split(';').next().unwrap_or_default(),
            data,
        })
    }
}

impl<'a> Part<'a> {
    /// The parts of a content: a string, a list, or nothing. `pointer` is the JSON pointer of the content.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` with the JSON pointer of a content or a part that is not OpenAI's.
    pub(crate) fn all(content: Option<&'a Value>, pointer: &str) -> Result<Vec<Self>, ProcessorError> {
        match content {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(raw @ Value::String(text)) => Ok(vec![Self {
                pointer: pointer.to_owned(),
                kind: PartKind::Text(text),
                raw,
            }]),
            Some(Value::Array(parts)) => {
                let parts = parts.iter().enumerate();
                parts
                    .map(|(index, raw)| Self::parse(raw, format!("{pointer}/{index}")))
                    .collect()
            }
            Some(_) => Err(wrong(pointer, "is neither a string nor a list of parts")),
        }
    }

    fn parse(raw: &'a Value, pointer: String) -> Result<Self, ProcessorError> {
        let text = |path: &str| raw.pointer(path).and_then(Value::as_str);
        let required =
            |path: &str| text(path).ok_or_else(|| wrong(&format!("{pointer}{path}"), "is not a string"));
        let kind = match text("/type").unwrap_or("text") {
            "text" | "input_text" | "output_text" => PartKind::Text(required("/text")?),
            "image_url" => {
                let url = match text("/image_url") {
                    Some(url) => url,
                    None => required("/image_url/url")?,
                };
                PartKind::Image(Source::parse(url))
            }
            "input_audio" => PartKind::Audio {
                data: required("/input_audio/data")?,
                format: required("/input_audio/format")?,
            },
            "file" => PartKind::File {
                source: match text("/file/file_data") {
                    Some(data) => Source::parse(data),
                    None => file_id(required("/file/file_id")?),
                },
                filename: text("/file/filename"),
            },
            other => PartKind::Other(other),
        };
        Ok(Self { pointer, kind, raw })
    }

    /// A member of the part that only some services know, such as `cache_control`.
    pub(crate) fn member(&self, name: &str) -> Option<&'a Value> {
        self.raw.get(name).filter(|value| !value.is_null())
    }

    /// The error of a part that the service cannot take.
    pub(crate) fn refuse(&self, what: &str) -> ProcessorError {
        wrong(&self.pointer, what)
    }
}

/// LiteLLM takes an address as an id, too.
fn file_id(id: &str) -> Source<'_> {
    if id.contains(':') {
        Source::parse(id)
    } else {
        Source::Id(id)
    }
}

fn wrong(pointer: &str, what: &str) -> ProcessorError {
    ProcessorError::new(ErrorCode::Inputs, format!("{pointer} {what}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn contents_have_parts() {
        let png = Source::Base64 {
            media_type: "image/png",
            data: "AA==",
        };
        #[rustfmt::skip]
        let cases = [
            (json!("hi"), PartKind::Text("hi")),
            (json!([{"type": "text", "text": "hi"}]), PartKind::Text("hi")),
            (json!([{"text": "hi"}]), PartKind::Text("hi")),
            (json!([{"type": "image_url", "image_url": "https://h/a.png"}]), PartKind::Image(Source::Url("https://h/a.png"))),
            (json!([{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}]), PartKind::Image(png)),
            (json!([{"type": "image_url", "image_url": {"url": "data:image/png;name=x;base64,AA=="}}]), PartKind::Image(png)),
            (json!([{"type": "file", "file": {"file_data": "data:image/png;base64,AA==", "filename": "a"}}]), PartKind::File { source: png, filename: Some("a") }),
            (json!([{"type": "file", "file": {"file_id": "file-1"}}]), PartKind::File { source: Source::Id("file-1"), filename: None }),
            (json!([{"type": "file", "file": {"file_id": "gs://b/c"}}]), PartKind::File { source: Source::Url("gs://b/c"), filename: None }),
            (json!([{"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}}]), PartKind::Audio { data: "AA==", format: "wav" }),
            (json!([{"type": "thinking"}]), PartKind::Other("thinking")),
        ];
        for (content, kind) in cases {
            let parts = Part::all(Some(&content), "/c").unwrap();
            assert_eq!(parts.first().unwrap().kind, kind, "{content}");
        }
        assert!(Part::all(Some(&Value::Null), "/c").unwrap().is_empty());
    }

    #[test]
    fn wrong_parts_are_named() {
        for (content, pointer) in [
            (json!(7), "/c "),
            (json!([{"type": "text"}]), "/c/0/text "),
            (
                json!([{"text": "a"}, {"type": "image_url"}]),
                "/c/1/image_url/url ",
            ),
            (json!([{"type": "file", "file": {}}]), "/c/0/file/file_id "),
        ] {
            let error = Part::all(Some(&content), "/c").unwrap_err();
            assert_eq!(error.code(), ErrorCode::Inputs);
            assert!(error.message().starts_with(pointer), "{error}");
        }
    }
}
