//! JSON with the mistakes that services and careless proxies make.

use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::members::Members;

/// UTF-8's byte order mark, which a reader ignores (RFC 8259, section 8.1).
pub const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What replaces a byte in a string that is not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidBytes {
    /// A lone surrogate (`\udc80` and up), as Python's `surrogateescape` has it: the byte can be restored.
    Surrogates,
    /// A question mark: the string stays readable for every parser.
    QuestionMarks,
}

/// The line and column of a document, from 1 and in bytes. serde_json's own message may quote the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} column {column}")]
pub struct Position {
    line: usize,
    column: usize,
}

/// What is wrong with a document, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} at {position}")]
pub struct Defect {
    what: &'static str,
    position: Position,
    /// Whether the transfer may be at fault, so that the next answer may be intact.
    pub is_transient: bool,
}

/// A document without a byte order mark, with null for `NaN` and other words that JSON does not have, with escapes for control
/// characters in strings, and with a replacement for each byte that is not UTF-8.
#[derive(Debug, Default)]
pub struct Repaired {
    json: String,
    /// Where each repair is, here and in the document.
    repairs: Vec<(Range<usize>, Range<usize>)>,
}

/// Reads a document, and repairs it if a strict parser refuses it; bytes that are not UTF-8 become surrogates.
///
/// # Errors
///
/// The position in the document at which even the repaired JSON is invalid.
pub fn read<'a, T: Deserialize<'a>>(document: &'a [u8], repaired: &'a mut Repaired) -> Result<T, Position> {
    if let Ok(value) = serde_json::from_slice(document) {
        return Ok(value);
    }
    *repaired = Repaired::new(document, InvalidBytes::Surrogates);
    let repaired: &'a Repaired = repaired;
    serde_json::from_str(&repaired.json).map_err(|error| repaired.position(&error, document))
}

impl Repaired {
    /// Repairs a document.
    #[must_use]
    pub fn new(document: &[u8], invalid: InvalidBytes) -> Self {
        let mut repaired = Self::default();
        let mut is_string = false;
        let mut rest = document;
        while let Some((&byte, after)) = rest.split_first() {
            let (length, new) = match byte {
                b'"' => {
                    is_string = !is_string;
                    (1, None)
                }
                b'\\' if after.first().is_some_and(u8::is_ascii_graphic) => (2, None),
                0..0x20 if is_string => (1, Some(format!("\\u{byte:04x}"))),
                0x80.. if rest.len() == document.len() && rest.starts_with(BYTE_ORDER_MARK) => {
                    (BYTE_ORDER_MARK.len(), Some(String::new()))
                }
                0x80.. => match character_length(rest) {
                    Some(length) => (length, None),
                    None if is_string && invalid == InvalidBytes::Surrogates => {
                        (1, Some(format!("\\udc{byte:02x}")))
                    }
                    None => (1, Some("?".to_owned())),
                },
                b'-' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' if !is_string => unknown_word(rest),
                _ => (1, None),
            };
            let (taken, after) = rest.split_at(length.min(rest.len()));
            let start = document.len() - rest.len();
            rest = after;
            match new {
                None => repaired.json.push_str(&String::from_utf8_lossy(taken)),
                Some(new) => {
                    let at = repaired.json.len();
                    repaired.json.push_str(&new);
                    let repair = (at..repaired.json.len(), start..start + taken.len());
                    repaired.repairs.push(repair);
                }
            }
        }
        repaired
    }

    /// The members of the document's object up to the first defect that cannot be repaired, and that defect.
    #[must_use]
    pub fn members(&self, document: &[u8]) -> (Members<'_>, Option<Defect>) {
        let mut members = Members::new();
        let mut json = serde_json::Deserializer::from_str(&self.json);
        let read = json
            .deserialize_map(PartialObject(&mut members))
            .and_then(|()| json.end());
        let defect = read.err().map(|error| Defect {
            what: "it is not JSON",
            position: self.position(&error, document),
            is_transient: true,
        });
        (members, defect)
    }

    /// The first repaired defect in one of the values of [`members`](Self::members).
    #[must_use]
    pub fn defect_in(&self, value: &RawValue, document: &[u8]) -> Option<Defect> {
        let start = value.get().as_ptr().addr() - self.json.as_ptr().addr();
        let value = start..start + value.get().len();
        let (_, repair) = self
            .repairs
            .iter()
            .find(|(here, _)| value.contains(&here.start))?;
        Some(Defect {
            what: describe(document.get(repair.start..)?),
            position: position_of(repair.start, document),
            is_transient: false,
        })
    }

    /// The repaired JSON.
    #[must_use]
    pub fn into_json(self) -> String {
        self.json
    }

    /// The position in the document of an error in the repaired JSON.
    fn position(&self, error: &serde_json::Error, document: &[u8]) -> Position {
        let lines = self.json.split_inclusive('\n');
        let before: usize = lines.take(error.line().saturating_sub(1)).map(str::len).sum();
        let at = before + error.column().saturating_sub(1);
        let last = self.repairs.iter().rev().find(|(here, _)| here.start <= at);
        let at = match last {
            None => at,
            Some((here, there)) if here.contains(&at) => there.start,
            Some((here, there)) => there.end + (at - here.end),
        };
        position_of(at, document)
    }
}

fn position_of(at: usize, document: &[u8]) -> Position {
    let before = document.get(..at).unwrap_or(document);
    let line_start = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    Position {
        line: 1 + before.iter().filter(|b| **b == b'\n').count(),
        column: 1 + before.len() - line_start,
    }
}

/// Names the defect with which these bytes begin.
fn describe(start: &[u8]) -> &'static str {
    let known = ["NaN", "Infinity", "-Infinity"];
    let known = known.into_iter().find(|word| start.starts_with(word.as_bytes()));
    known.unwrap_or_else(|| match start.first() {
        Some(0x80..) => "bytes that are no UTF-8",
        Some(..0x20) => "a control character",
        _ => "a word that JSON does not have",
    })
}

/// The length of the word or number with which the bytes begin, and null if it is neither a number nor a word of JSON.
fn unknown_word(bytes: &[u8]) -> (usize, Option<String>) {
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.' | b'_');
    let length = bytes.iter().position(|b| !is_part(b)).unwrap_or(bytes.len());
    let word = bytes.get(..length).unwrap_or_default();
    let is_number = word.iter().find(|b| **b != b'-').is_some_and(u8::is_ascii_digit);
    let is_known = is_number || matches!(word, b"true" | b"false" | b"null");
    (length, (!is_known).then(|| "null".to_owned()))
}

/// The length of the character with which the bytes begin, if they begin with one.
fn character_length(bytes: &[u8]) -> Option<usize> {
    let chunk = bytes.get(..bytes.len().min(4))?.utf8_chunks().next()?;
    chunk.valid().chars().next().map(char::len_utf8)
}

/// Collects the members of an object, even of one that is cut off.
struct PartialObject<'a, 'b>(&'b mut Members<'a>);

impl<'a> Visitor<'a> for PartialObject<'a, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some((name, value)) = members.next_entry()? {
            self.0.insert(name, value);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn strict(document: &[u8]) -> Result<Value, Position> {
        read(document, &mut Repaired::default())
    }

    /// The members that are read, and the defect in one of them.
    fn partial(document: &[u8], name: &str) -> (Vec<(String, String)>, Option<String>) {
        let repaired = Repaired::new(document, InvalidBytes::QuestionMarks);
        let (members, defect) = repaired.members(document);
        let defect = defect.or_else(|| repaired.defect_in(members.get(name)?, document));
        let members = members
            .iter()
            .map(|(name, value)| (name.clone(), value.get().to_owned()));
        (members.collect(), defect.map(|defect| defect.to_string()))
    }

    #[test]
    fn common_mistakes_are_repaired() {
        for (document, expected) in [
            (&b"\xef\xbb\xbf{\"a\":1}"[..], json!({"a": 1})),
            (
                b"[NaN,-Infinity,nan,-inf,None]",
                json!([null, null, null, null, null]),
            ),
            (
                br#"{"NaN":"NaN \" -Infinity","b":NaN}"#,
                json!({"NaN": "NaN \" -Infinity", "b": null}),
            ),
            (b"\"a\tb\x01\"", json!("a\tb\u{1}")),
            ("\u{feff}[\"é😀\\\\\",NaN]".as_bytes(), json!(["é😀\\", null])),
        ] {
            assert_eq!(strict(document), Ok(expected), "{document:?}");
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
            (b"Bad gateway", 1, 1),
            (b"{\"a\":[NaN,\n \"\xff\x01\",\n ?]}", 3, 2),
            (b"\xef\xbb\xbf{NaN}", 1, 5),
            (b"{\"a\":\xff}", 1, 6),
        ] {
            let mut repaired = Repaired::default();
            let error = read::<Members<'_>>(document, &mut repaired).unwrap_err();
            assert_eq!(error, Position { line, column }, "{document:?}");
        }
        for document in [&b""[..], b"{\"a\":\"b", b"\"\\"] {
            assert!(strict(document).is_err(), "{document:?}");
        }
    }

    #[test]
    fn small_defects_hide_nothing_else() {
        #[rustfmt::skip]
        let cases = [
            (&b"{\"id\":\"p\",\n \"v\":[1.5, NaN]}"[..], "[1.5, null]", Some("NaN at line 2 column 12")),
            (b"{\"v\":-Infinity,\"id\":\"p\"}", "null", Some("-Infinity at line 1 column 6")),
            (b"{\"v\":{\"a\":Infinity},\"id\":\"p\"}", "{\"a\":null}", Some("Infinity at line 1 column 11")),
            (b"{\"v\":[nan,undefined],\"id\":\"p\"}", "[null,null]", Some("a word that JSON does not have at line 1 column 7")),
            (b"{\"v\":\"a\xffb\",\"id\":\"p\"}", "\"a?b\"", Some("bytes that are no UTF-8 at line 1 column 8")),
            (b"{\"v\":\"a\nb\",\"id\":\"p\"}", "\"a\\u000ab\"", Some("a control character at line 1 column 8")),
            (b"{\"v\":[-1.5e+3,true,false,null,\"NaN \\\" NaN\"],\"id\":\"p\",\"w\":NaN}", "[-1.5e+3,true,false,null,\"NaN \\\" NaN\"]", None),
            (b"\xef\xbb\xbf{\"v\":1,\"id\":\"p\"}", "1", None),
        ];
        for (document, value, expected) in cases {
            let (members, defect) = partial(document, "v");
            assert!(
                members.contains(&("v".to_owned(), value.to_owned())),
                "{members:?}"
            );
            assert!(
                members.contains(&("id".to_owned(), "\"p\"".to_owned())),
                "{value}"
            );
            assert_eq!(defect.as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn a_truncated_document_is_read_up_to_its_end() {
        for document in [
            &b"{\"id\":\"p\",\"v\":[1,"[..],
            b"{\"id\":\"p\",\"v\":\"x",
            b"{\"id\":\"p\"",
            b"{\"id\":\"p\"} {}",
        ] {
            let (members, defect) = partial(document, "v");
            assert_eq!(members, [("id".to_owned(), "\"p\"".to_owned())]);
            assert!(defect.unwrap().starts_with("it is not JSON at line 1"));
        }
        for document in [&b""[..], b"[]", b"<html>", b"NaN"] {
            assert!(partial(document, "v").0.is_empty());
        }
    }
}
