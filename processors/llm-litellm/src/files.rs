//! Input files in the request: `{"$file":"name"}` becomes what the API takes at that place.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use runtime::{ErrorCode, Inputs, ProcessorError};
use serde_json::{Value, json};

/// The largest file that goes into a request, in bytes: 20 MiB, as many services take no larger one.
const LARGEST: u64 = 20 * 1024 * 1024;

/// The most of all files together: 50 MiB, as no service takes a larger request.
const LARGEST_TOTAL: u64 = 50 * 1024 * 1024;

const UNKNOWN_TYPE: &str = "application/octet-stream";

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
            Place::AudioData => file.base64().into(),
            Place::Elsewhere => file.data_uri().into(),
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
    mime: &'a str,
    bytes: Vec<u8>,
}

impl<'a> File<'a> {
    fn read(inputs: &'a Inputs, name: &str, at: &str, left: &mut u64) -> Result<Self, ProcessorError> {
        let wrong = |what: String| ProcessorError::new(ErrorCode::Inputs, format!("{at} {what}"));
        let entry = inputs
            .files
            .get(name)
            .ok_or_else(|| wrong("names a file that /files does not have".into()))?;
        let mut bytes = Vec::new();
        inputs
            .open(name)?
            .take(LARGEST.min(*left) + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| wrong(format!("names a file that cannot be read: {error}")))?;
        let size = bytes.len() as u64;
        if size > LARGEST {
            return Err(wrong(format!(
                "names a file of more than {LARGEST} bytes; give a smaller one"
            )));
        }
        *left = left.checked_sub(size).ok_or_else(|| {
            wrong(format!(
                "names a file with which all files together have more than {LARGEST_TOTAL} bytes; give fewer or smaller ones"
            ))
        })?;
        let inferred = || infer::get(&bytes).map_or(UNKNOWN_TYPE, |kind| kind.mime_type());
        Ok(Self {
            name: entry.path().split().1,
            mime: entry.mime.as_deref().unwrap_or_else(inferred),
            bytes,
        })
    }

    /// A content part of the kind that the media type calls for.
    fn part(&self) -> Value {
        let kind = self.mime.to_ascii_lowercase();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if kind.starts_with("image/") {
            return json!({"type": "image_url", "image_url": {"url": self.data_uri()}});
        }
        match kind.strip_prefix("audio/") {
            Some(format) => json!({
                "type": "input_audio",
                "input_audio": {"data": self.base64(), "format": audio_format(format)},
            }),
            None => json!({"type": "file", "file": {"filename": self.name, "file_data": self.data_uri()}}),
        }
    }

    fn base64(&self) -> String {
        STANDARD.encode(&self.bytes)
    }

    fn data_uri(&self) -> String {
        let mut uri = format!("data:{};base64,", self.mime);
        STANDARD.encode_string(&self.bytes, &mut uri);
        uri
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
                mime,
                bytes: vec![0],
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
