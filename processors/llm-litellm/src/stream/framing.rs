//! Detects a stream by its first bytes: services send streams with any content type, and anything as `text/event-stream`.

use runtime::http::lenient_json::{self, BYTE_ORDER_MARK, Repaired};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The longest first line of a stream, in bytes: 1 MiB.
const LONGEST: usize = 1024 * 1024;

/// The fields of an event; a comment has no name.
const FIELDS: [&[u8]; 5] = [b"data:", b"event:", b"id:", b"retry:", b":"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// Server-sent events.
    Events,
    /// AWS's, which only a native API has.
    Frames,
    /// A chunk in each line, as in `application/x-ndjson`.
    Lines,
    /// No stream.
    Document,
}

impl Framing {
    /// The framing of a body that begins with `head`; `None` if more bytes are needed. `is_declared` is whether the service
    /// calls it a stream of events.
    pub(super) fn detect(head: &[u8], is_declared: bool, is_whole: bool) -> Option<Self> {
        if !is_whole && BYTE_ORDER_MARK.starts_with(head) {
            return None;
        }
        let head = head
            .strip_prefix(BYTE_ORDER_MARK)
            .unwrap_or(head)
            .trim_ascii_start();
        match head.first() {
            None if is_whole && is_declared => Some(Self::Events),
            None if is_whole => Some(Self::Document),
            None => None,
            Some(b'{') => match memchr::memchr2(b'\n', b'\r', head) {
                Some(at) => {
                    let (line, rest) = head.split_at(at);
                    Self::from_first_line(line, rest.trim_ascii_start().first(), is_whole)
                }
                None if is_whole || head.len() > LONGEST => Self::from_first_line(head, None, true),
                None => None,
            },
            Some(b'[' | b'<') => Some(Self::Document),
            Some(_) if is_declared => Some(Self::Events),
            Some(_) if FIELDS.iter().any(|field| head.starts_with(field)) => Some(Self::Events),
            Some(_) if !is_whole && FIELDS.iter().any(|field| field.starts_with(head)) => None,
            Some(_) => Some(Self::Document),
        }
    }

    /// Decides by the first line, and the first byte of the second.
    fn from_first_line(line: &[u8], next: Option<&u8>, is_whole: bool) -> Option<Self> {
        match lenient_json::read::<Chunk>(line, &mut Repaired::default()) {
            Ok(chunk) if chunk.is_chunk() => Some(Self::Lines),
            Ok(_) if next == Some(&b'{') => Some(Self::Lines), // a document would have ended
            Ok(_) if next.is_none() && !is_whole => None,
            Ok(_) | Err(_) => Some(Self::Document),
        }
    }
}

/// A chunk of a stream, or a whole answer.
#[derive(Deserialize)]
struct Chunk {
    object: Option<String>,
    choices: Option<Vec<Choice>>,
}

#[derive(Deserialize)]
struct Choice {
    delta: Option<IgnoredAny>,
}

impl Chunk {
    fn is_chunk(&self) -> bool {
        let mut choices = self.choices.iter().flatten();
        self.object.as_deref() == Some("chat.completion.chunk")
            || choices.any(|choice| choice.delta.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHUNK: &str = r#"{"choices":[{"delta":{}}]}"#;

    #[test]
    fn first_bytes_decide() {
        use Framing::{Document, Events, Lines};
        let lines = format!("{CHUNK}\n{CHUNK}");
        #[rustfmt::skip]
        let cases = [
            ("", false, None, None),
            ("", true, Some(Document), Some(Events)),
            ("\u{feff}\r\n da", false, None, Some(Events)),
            ("data", true, Some(Document), Some(Events)),
            ("data: {", false, Some(Events), Some(Events)),
            ("\u{feff}event: x", false, Some(Events), Some(Events)),
            (": hello", false, Some(Events), Some(Events)),
            ("retry:", false, Some(Events), Some(Events)),
            ("dates", false, Some(Document), Some(Events)),
            ("<html>", false, Some(Document), Some(Document)),
            ("[{", false, Some(Document), Some(Document)),
            (CHUNK, false, None, None),
            (CHUNK, true, Some(Lines), Some(Lines)),
            (lines.as_str(), false, Some(Lines), Some(Lines)),
            ("\u{feff}", false, None, None),
            ("{}\n", false, None, None),
            ("{}\n", true, Some(Document), Some(Document)),
            ("{}\r\n{", false, Some(Lines), Some(Lines)),
            ("{\n", false, Some(Document), Some(Document)),
            (r#"{"choices":[{"message":{}}]}"#, true, Some(Document), Some(Document)),
            (r#"{"object":"chat.completion.chunk","x":NaN}"#, true, Some(Lines), Some(Lines)),
        ];
        for (head, is_whole, plain, declared) in cases {
            assert_eq!(Framing::detect(head.as_bytes(), false, is_whole), plain, "{head}");
            assert_eq!(
                Framing::detect(head.as_bytes(), true, is_whole),
                declared,
                "{head}"
            );
        }
    }
}
