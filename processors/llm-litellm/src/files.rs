//! Input files in the request: `{"$file":"name"}` becomes what the API takes at that place.

use runtime::{ErrorCode, FileContent, Inputs, ProcessorError};
use serde_json::{Value, json};

/// The largest file that goes into a request, in bytes: 20 MiB, as many services take no larger one.
const LARGEST: u64 = 20 * 1024 * 1024;

/// The most of all files together: 50 MiB, as no service takes a larger request.
const LARGEST_TOTAL: u64 = 50 * 1024 * 1024;

/// Replaces every file of the parameters: as a message's content or a part of it, by a whole content part of the file's
/// type; as the `data` of an `input_audio`, by base64; anywhere else, by a data URI.
///
/// <https://platform.openai.com/docs/api-reference/chat/create#chat_create-messages>
///
/// # Errors
///
/// `ERR_INPUTS` with the JSON pointer of the place, for a file that is not there, cannot be read, or is too large.
pub(crate) fn embed(inputs: &mut Inputs) -> Result<(), ProcessorError> {
    let mut left = LARGEST_TOTAL;
    inputs.replace_files(|inputs, name, at| {
        let file = File::read(inputs, name, at, &mut left)?;
        Ok(match Place::of(at) {
            Place::Content => json!([file.part()]),
            Place::Part => file.part(),
            Place::AudioData => file.content.base64().into(),
            Place::Elsewhere => file.content.data_uri().into(),
        })
    })
}

/// Where in the parameters a file stands.
#[derive(Debug, PartialEq)]
enum Place {
    /// The whole content of a message.
    Content,
    /// A part of it.
    Part,
    /// What `input_audio` calls `data`.
    AudioData,
    /// A string of some kind.
    Elsewhere,
}

impl Place {
    fn of(pointer: &str) -> Self {
        let segments: Vec<_> = pointer.split('/').skip(1).collect();
        match *segments.as_slice() {
            ["params", "messages", _, "content"] => Self::Content,
            ["params", "messages", _, "content", _] => Self::Part,
            [.., "input_audio", "data"] => Self::AudioData,
            _ => Self::Elsewhere,
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
            ProcessorError::new(
                ErrorCode::Inputs,
                format!(
                    "{at} names a file with which all files together have more than {LARGEST_TOTAL} bytes; give fewer or smaller ones"
                ),
            )
        })?;
        let path = inputs.files.get(name).map(|entry| entry.path().split().1);
        Ok(Self {
            name: path.unwrap_or_default(),
            content,
        })
    }

    /// A content part of the kind that the media type calls for.
    fn part(&self) -> Value {
        let kind = self.content.mime.to_ascii_lowercase();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if kind.starts_with("image/") {
            return json!({"type": "image_url", "image_url": {"url": self.content.data_uri()}});
        }
        match kind.strip_prefix("audio/") {
            Some(format) => json!({
                "type": "input_audio",
                "input_audio": {"data": self.content.base64(), "format": audio_format(format)},
            }),
            None => {
                json!({"type": "file", "file": {"filename": self.name, "file_data": self.content.data_uri()}})
            }
        }
    }
}

/// The API's name of a format; media types have several for one.
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
    fn a_place_is_told_by_its_pointer() {
        for (pointer, place) in [
            ("/params/messages/0/content", Place::Content),
            ("/params/messages/0/content/1", Place::Part),
            ("/params/messages/0/content/1/input_audio/data", Place::AudioData),
            ("/params/messages/0/content/1/image_url/url", Place::Elsewhere),
            ("/params/messages/0/content/1/file/file_data", Place::Elsewhere),
            ("/params/content", Place::Elsewhere),
        ] {
            assert_eq!(Place::of(pointer), place, "{pointer}");
        }
    }

    #[test]
    fn a_media_type_calls_for_a_part() {
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
        for (subtype, format) in [
            ("mpeg", "mp3"),
            ("x-wav", "wav"),
            ("x-flac", "flac"),
            ("ogg", "ogg"),
        ] {
            assert_eq!(audio_format(subtype), format);
        }
    }
}
