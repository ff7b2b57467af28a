//! JSON as services write it where it is not quite JSON.

use serde::Deserialize;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What Python and C++ write for numbers that JSON does not have.
const NO_NUMBERS: [&[u8]; 9] = [
    b"NaN",
    b"Infinity",
    b"-Infinity",
    b"nan",
    b"-nan",
    b"inf",
    b"-inf",
    b"Inf",
    b"-Inf",
];

/// Where reading ended; serde_json's own words can hold a piece of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line} column {column}")]
pub(crate) struct Position {
    line: usize,
    column: usize,
}

/// Room for a document that had to be mended.
#[derive(Debug, Default)]
pub(crate) struct Mended {
    text: String,
    /// How many bytes lie before a place in the text, and before the same place in the document: after each change.
    places: Vec<(usize, usize)>,
}

/// Reads a document. Where a strict reader refuses it, once more without a byte order mark, with null in the place of `NaN`
/// and its like, with escapes in the place of control characters, and with a lone surrogate (`\udc80` and up) for each byte
/// that is not UTF-8, as Python's `surrogateescape` has it.
///
/// # Errors
///
/// The place in the document where it ends to be JSON of this form.
pub(crate) fn read<'a, T: Deserialize<'a>>(json: &'a [u8], mended: &'a mut Mended) -> Result<T, Position> {
    if let Ok(value) = serde_json::from_slice(json) {
        return Ok(value);
    }
    mended.mend(json);
    let mended: &'a Mended = mended;
    serde_json::from_str(&mended.text).map_err(|error| mended.place_of(&error, json))
}

impl Mended {
    fn mend(&mut self, json: &[u8]) {
        self.text.clear();
        self.places.clear();
        let mut rest = json.strip_prefix(BYTE_ORDER_MARK).unwrap_or(json);
        let mut is_text = false;
        self.places.push((0, json.len() - rest.len()));
        while let Some((&byte, after)) = rest.split_first() {
            let (known, new) = match byte {
                b'"' => {
                    is_text = !is_text;
                    (1, None)
                }
                b'\\' if after.first().is_some_and(u8::is_ascii_graphic) => (2, None),
                0..0x20 if is_text => (1, Some(format!("\\u{byte:04x}"))),
                0x80.. => match character(rest) {
                    Some(length) => (length, None),
                    None if is_text => (1, Some(format!("\\udc{byte:02x}"))),
                    None => (1, Some("\u{fffd}".to_owned())),
                },
                _ if is_text => (1, None),
                _ => match NO_NUMBERS.iter().find(|name| rest.starts_with(name)) {
                    Some(name) => (name.len(), Some("null".to_owned())),
                    None => (1, None),
                },
            };
            let (taken, after) = rest.split_at(known.min(rest.len()));
            rest = after;
            match new {
                None => self.text.push_str(&String::from_utf8_lossy(taken)),
                Some(new) => {
                    self.text.push_str(&new);
                    self.places.push((self.text.len(), json.len() - rest.len()));
                }
            }
        }
    }

    fn place_of(&self, error: &serde_json::Error, json: &[u8]) -> Position {
        let before: usize = self
            .text
            .split_inclusive('\n')
            .take(error.line().saturating_sub(1))
            .map(str::len)
            .sum();
        let at = before + error.column().saturating_sub(1);
        let change = self.places.iter().rev().find(|(text, _)| *text <= at);
        let (text, document) = change.copied().unwrap_or_default();
        let at = (document + (at - text)).min(json.len());
        let before = json.get(..at).unwrap_or_default();
        let line_start = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        Position {
            line: 1 + before.iter().filter(|byte| **byte == b'\n').count(),
            column: 1 + at - line_start,
        }
    }
}

/// How long the character is that the bytes begin with, if they begin with one.
fn character(bytes: &[u8]) -> Option<usize> {
    let bytes = bytes.get(..bytes.len().min(4))?;
    let valid = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(bytes.get(..error.valid_up_to())?).ok()?,
    };
    valid.chars().next().map(char::len_utf8)
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;
    use serde_json::{Value, json};

    use super::*;

    fn mended(json: &[u8]) -> Result<Value, Position> {
        read(json, &mut Mended::default())
    }

    #[test]
    fn what_can_be_read_is_read() {
        for (document, expected) in [
            (&b"\xef\xbb\xbf{\"a\":1}"[..], json!({"a": 1})),
            (
                b"[NaN,-Infinity,Infinity,nan,-inf,null]",
                json!([null, null, null, null, null, null]),
            ),
            (
                br#"{"NaN":"NaN \" -Infinity","b":NaN}"#,
                json!({"NaN": "NaN \" -Infinity", "b": null}),
            ),
            (b"\"a\tb\x01\"", json!("a\tb\u{1}")),
            ("\u{feff}[\"é😀\\\\\",NaN]".as_bytes(), json!(["é😀\\", null])),
        ] {
            assert_eq!(
                mended(document),
                Ok(expected),
                "{}",
                String::from_utf8_lossy(document)
            );
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_kept_apart() {
        let mut room = Mended::default();
        let raw: &RawValue = read(b"\"a\xf0\x9f\xc3\xa9\"", &mut room).unwrap();
        assert_eq!(raw.get(), "\"a\\udcf0\\udc9f\u{e9}\"");
    }

    #[test]
    fn the_place_is_that_of_the_document() {
        for (document, line, column) in [
            (&b"{\"a\":1}x"[..], 1, 8),
            (b"<html>", 1, 1),
            (b"{\"a\":[NaN,\n \"\xff\x01\",\n ?]}", 3, 2),
            (b"\xef\xbb\xbf{NaN}", 1, 5),
            (b"{\"a\":\xff}", 1, 6),
        ] {
            let error = read::<&RawValue>(document, &mut Mended::default()).unwrap_err();
            assert_eq!(error, Position { line, column });
        }
        assert!(mended(b"").is_err());
        assert!(mended(b"{\"a\":\"b").is_err());
        assert!(mended(b"\"\\").is_err());
    }
}
