//! JSON with the mistakes that services make.

use serde::Deserialize;

pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Python's and C++'s spellings of numbers that JSON does not have.
const NON_NUMBERS: [&str; 9] = [
    "NaN",
    "Infinity",
    "-Infinity",
    "nan",
    "-nan",
    "inf",
    "-inf",
    "Inf",
    "-Inf",
];

/// Where reading failed. serde_json's own message may quote the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line} column {column}")]
pub(crate) struct Position {
    line: usize,
    column: usize,
}

/// The buffer for a repaired document.
#[derive(Debug, Default)]
pub(crate) struct Repaired {
    json: String,
    /// The offset after each change, here and in the document.
    offsets: Vec<(usize, usize)>,
}

/// Reads a document. If a strict parser refuses it, reads it again without a byte order mark, with null for `NaN` and the like,
/// with escapes for control characters, and with a lone surrogate (`\udc80` and up) for each byte that is not UTF-8, as Python's
/// `surrogateescape` does.
///
/// # Errors
///
/// The position in the document at which even the repaired JSON is invalid.
pub(crate) fn read<'a, T: Deserialize<'a>>(
    json: &'a [u8],
    repaired: &'a mut Repaired,
) -> Result<T, Position> {
    if let Ok(value) = serde_json::from_slice(json) {
        return Ok(value);
    }
    repaired.repair(json);
    let repaired: &'a Repaired = repaired;
    serde_json::from_str(&repaired.json).map_err(|error| repaired.position(&error, json))
}

impl Repaired {
    fn repair(&mut self, json: &[u8]) {
        self.json.clear();
        self.offsets.clear();
        let mut rest = json.strip_prefix(BYTE_ORDER_MARK).unwrap_or(json);
        let mut is_string = false;
        self.offsets.push((0, json.len() - rest.len()));
        while let Some((&byte, after)) = rest.split_first() {
            let (length, new) = match byte {
                b'"' => {
                    is_string = !is_string;
                    (1, None)
                }
                b'\\' if after.first().is_some_and(u8::is_ascii_graphic) => (2, None),
                0..0x20 if is_string => (1, Some(format!("\\u{byte:04x}"))),
                0x80.. => match character(rest) {
                    Some(length) => (length, None),
                    None if is_string => (1, Some(format!("\\udc{byte:02x}"))),
                    None => (1, Some("\u{fffd}".to_owned())),
                },
                _ if is_string => (1, None),
                _ => match NON_NUMBERS.iter().find(|name| rest.starts_with(name.as_bytes())) {
                    Some(name) => (name.len(), Some("null".to_owned())),
                    None => (1, None),
                },
            };
            let (taken, after) = rest.split_at(length.min(rest.len()));
            rest = after;
            match new {
                None => self.json.push_str(&String::from_utf8_lossy(taken)),
                Some(new) => {
                    self.json.push_str(&new);
                    self.offsets.push((self.json.len(), json.len() - rest.len()));
                }
            }
        }
    }

    /// The position in the document of an error in the repaired JSON.
    fn position(&self, error: &serde_json::Error, json: &[u8]) -> Position {
        let lines = self.json.split_inclusive('\n');
        let before: usize = lines.take(error.line().saturating_sub(1)).map(str::len).sum();
        let at = before + error.column().saturating_sub(1);
        let change = self.offsets.iter().rev().find(|(here, _)| *here <= at);
        let (here, there) = change.copied().unwrap_or_default();
        let at = (there + (at - here)).min(json.len());
        let before = json.get(..at).unwrap_or_default();
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        Position {
            line: 1 + memchr::memchr_iter(b'\n', before).count(),
            column: 1 + at - line_start,
        }
    }
}

/// The length of the character with which the bytes begin, if they begin with one.
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

    fn repaired(json: &[u8]) -> Result<Value, Position> {
        read(json, &mut Repaired::default())
    }

    #[test]
    fn common_mistakes_are_repaired() {
        for (document, expected) in [
            (&b"\xef\xbb\xbf{\"a\":1}"[..], json!({"a": 1})),
            (
                b"[NaN,-Infinity,Infinity,nan,-inf]",
                json!([null, null, null, null, null]),
            ),
            (
                br#"{"NaN":"NaN \" -Infinity","b":NaN}"#,
                json!({"NaN": "NaN \" -Infinity", "b": null}),
            ),
            (b"\"a\tb\x01\"", json!("a\tb\u{1}")),
            ("\u{feff}[\"é😀\\\\\",NaN]".as_bytes(), json!(["é😀\\", null])),
        ] {
            assert_eq!(repaired(document), Ok(expected), "{document:?}");
        }
    }

    #[test]
    fn bytes_that_are_not_utf_8_become_surrogates() {
        let mut buffer = Repaired::default();
        let raw: &RawValue = read(b"\"a\xf0\x9f\xc3\xa9\"", &mut buffer).unwrap();
        assert_eq!(raw.get(), "\"a\\udcf0\\udc9f\u{e9}\"");
    }

    #[test]
    fn the_position_is_in_the_document() {
        for (document, line, column) in [
            (&b"{\"a\":1}x"[..], 1, 8),
            (b"<html>", 1, 1),
            (b"{\"a\":[NaN,\n \"\xff\x01\",\n ?]}", 3, 2),
            (b"\xef\xbb\xbf{NaN}", 1, 5),
            (b"{\"a\":\xff}", 1, 6),
        ] {
            let error = read::<&RawValue>(document, &mut Repaired::default()).unwrap_err();
            assert_eq!(error, Position { line, column });
        }
        assert!(repaired(b"").is_err());
        assert!(repaired(b"{\"a\":\"b").is_err());
        assert!(repaired(b"\"\\").is_err());
    }
}
