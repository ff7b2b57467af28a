//! Input files in the request: `{"$file":"name"}` becomes what the API takes there.

use runtime::{ErrorCode, FileContent, Inputs, ProcessorError};
use serde_json::{Value, json};

/// The largest file in a request: 20 MiB, the limit of many services.
const LARGEST: u64 = 20 * 1024 * 1024;

/// The most of all files together: 50 MiB, as no service takes a larger request.
const LARGEST_TOTAL: u64 = 50 * 1024 * 1024;

/// Replaces every file in the parameters: as a message's content or a part of it, by a content part for the file's media
/// type; as the `data` of an `input_audio`, by base64; anywhere else, by a data URI.
///
/// <https://platform.openai.com/docs/api-reference/chat/create#chat_create-messages>
///
/// # Errors
///
/// `ERR_INPUTS` with the JSON pointer, for a file that is missing, cannot be read, or is too large.
pub(crate) fn embed(inputs: &mut Inputs) -> Result<(), ProcessorError> {
    let mut left = LARGEST_TOTAL;
    inputs.replace_files(|inputs, name, at| {
        let file = File::read(inputs, name, at, &mut left)?;
        Ok(match Location::from_pointer(at) {
            Location::Content => json!([file.part()]),
            Location::Part => file.part(),
            Location::AudioData => file.content.base64().into(),
            Location::Other => file.content.data_uri().into(),
        })
    })
}

/// Where a file stands in the parameters.
#[derive(Debug, PartialEq)]
enum Location {
    /// The whole content of a message.
    Content,
    /// A part of a content.
    Part,
    /// The `data` of an `input_audio`.
    AudioData,
    /// Where the API takes a string.
    Other,
}

impl Location {
    fn from_pointer(pointer: &str) -> Self {
        let segments: Vec<_> = pointer.split('/').skip(1).collect();
        match *segments.as_slice() {
            ["params", "messages", _, "content"] => Self::Content,
            ["params", "messages", _, "content", _] => Self::Part,
            [.., "input_audio", "data"] => Self::AudioData,
            _ => Self::Other,
        }
    }
}

struct File<'a> {
    name: &'a str,
    content: FileContent,
}

impl<'a> File<'a> {
    fn read(inputs: &'a Inputs, name: &str, at: &str, left: &mut u64) -> Result<Self, ProcessorError> {
        let content = inputs.read(name, at, LARGEST)?;
        *left = left.checked_sub(content.bytes.len() as u64).ok_or_else(|| {
            let message = format!(
                "{at} names a file with which all files together have more than {LARGEST_TOTAL} bytes; give fewer or smaller ones"
            );
            ProcessorError::new(ErrorCode::Inputs, message)
        })?;
        let path = inputs.files.get(name).map(|entry| entry.path().split().1);
        Ok(Self {
            name: path.unwrap_or_default(),
            content,
        })
    }

    /// The content part for the media type.
    fn part(&self) -> Value {
        let content = &self.content;
        let media_type = content.mime.to_ascii_lowercase();
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        if media_type.starts_with("image/") {
            json!({"type": "image_url", "image_url": {"url": content.data_uri()}})
        } else if let Some(subtype) = media_type.strip_prefix("audio/") {
            let audio = json!({"data": content.base64(), "format": audio_format(subtype)});
            json!({"type": "input_audio", "input_audio": audio})
        } else {
            json!({"type": "file", "file": {"filename": self.name, "file_data": content.data_uri()}})
        }
    }
}

/// The API's name of a format; several media types may mean one.
fn audio_format(subtype: &str) -> &str {
    match subtype {
        "mpeg" | "mp3" | "mpeg3" | "x-mpeg" => "mp3",
        "wav" | "wave" | "x-wav" | "vnd.wave" => "wav",
        other => other.strip_prefix("x-").unwrap_or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_give_locations() {
        for (pointer, location) in [
            ("/params/messages/0/content", Location::Content),
            ("/params/messages/0/content/1", Location::Part),
            (
                "/params/messages/0/content/1/input_audio/data",
                Location::AudioData,
            ),
            ("/params/messages/0/content/1/image_url/url", Location::Other),
            ("/params/messages/0/content/1/file/file_data", Location::Other),
            ("/params/content", Location::Other),
        ] {
            assert_eq!(Location::from_pointer(pointer), location, "{pointer}");
        }
    }

    #[test]
    fn media_types_give_parts() {
        for (mime, kind) in [
            ("image/png", "image_url"),
            ("IMAGE/SVG+xml; charset=utf-8", "image_url"),
            ("audio/mpeg", "input_audio"),
            ("application/pdf", "file"),
            ("text/plain", "file"),
        ] {
            let file = File {
                name: "a",
                content: FileContent {
                    mime: mime.to_owned(),
                    bytes: vec![0],
                },
            };
            assert_eq!(file.part()["type"], kind, "{mime}");
        }
        assert_eq!(
            ["mpeg", "x-wav", "x-flac", "ogg"].map(audio_format),
            ["mp3", "wav", "flac", "ogg"]
        );
    }
}
