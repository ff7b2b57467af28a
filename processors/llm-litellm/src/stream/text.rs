//! A text that comes in chunks, which may end in the middle of a character.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{Error, Visitor};
use serde_json::value::RawValue;

/// A byte that is never part of a character.
const INVALID: u8 = 0xff;

/// WTF-8 (<https://wtf-8.codeberg.page/>): half of a surrogate pair is held until the next chunk brings the other half. A byte of an
/// incomplete character is held, too, as the surrogate that [`lenient_json`](runtime::http::lenient_json) makes of it.
#[derive(Debug, Default)]
pub(super) struct Text(Vec<u8>);

impl Text {
    /// # Errors
    ///
    /// serde_json's, if the JSON is not a string.
    pub(super) fn parse(json: &RawValue) -> serde_json::Result<Self> {
        let mut text = Self::default();
        text.push(json)?;
        Ok(text)
    }

    /// Appends a chunk, which is a JSON string.
    ///
    /// # Errors
    ///
    /// serde_json's, if it is not.
    pub(super) fn push(&mut self, json: &RawValue) -> serde_json::Result<()> {
        serde_json::Deserializer::from_str(json.get()).deserialize_bytes(Push(&mut self.0))
    }

    /// In bytes.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it ends with one of these bytes, but for white space.
    pub(super) fn ends_with_any(&self, bytes: &[u8]) -> bool {
        let last = self.0.trim_ascii_end().last();
        last.is_some_and(|last| bytes.contains(last))
    }

    /// The text so far; incomplete characters become U+FFFD.
    pub(super) fn decode(&self) -> Cow<'_, str> {
        if memchr::memchr(0xed, &self.0).is_none() {
            return String::from_utf8_lossy(&self.0);
        }
        let mut bytes = Vec::with_capacity(self.0.len());
        let mut rest = self.0.as_slice();
        while let Some(at) = memchr::memchr(0xed, rest) {
            let (before, surrogate) = rest.split_at(at);
            bytes.extend_from_slice(before);
            rest = match surrogate {
                [0xed, a @ 0xa0..0xb0, b, 0xed, c @ 0xb0..0xc0, d, rest @ ..] => {
                    let pair = 0x1_0000 + (low_bits(*a, *b) << 10) + low_bits(*c, *d);
                    let pair = char::from_u32(pair).unwrap_or(char::REPLACEMENT_CHARACTER);
                    bytes.extend_from_slice(pair.encode_utf8(&mut [0; 4]).as_bytes());
                    rest
                }
                [0xed, a @ 0xb0..0xc0, b, rest @ ..] => {
                    bytes.push(match low_bits(*a, *b) {
                        byte @ 0x80..0x100 => byte as u8,
                        _ => INVALID,
                    });
                    rest
                }
                [0xed, 0xa0..0xb0, _, rest @ ..] => {
                    bytes.push(INVALID);
                    rest
                }
                other => {
                    bytes.push(0xed);
                    other.get(1..).unwrap_or_default()
                }
            };
        }
        bytes.extend_from_slice(rest);
        String::from_utf8_lossy(&bytes).into_owned().into()
    }
}

/// The ten payload bits of a surrogate.
const fn low_bits(second: u8, third: u8) -> u32 {
    ((second & 0x0f) as u32) << 6 | (third & 0x3f) as u32
}

struct Push<'a>(&'a mut Vec<u8>);

impl Visitor<'_> for Push<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<(), E> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use runtime::http::lenient_json::{self, Repaired};

    use super::*;

    fn joined(chunks: &[&[u8]]) -> String {
        let mut text = Text::default();
        for chunk in chunks {
            let mut repaired = Repaired::default();
            text.push(lenient_json::read(chunk, &mut repaired).unwrap())
                .unwrap();
        }
        text.decode().into_owned()
    }

    #[test]
    fn halves_find_each_other() {
        for (chunks, expected) in [
            (&[&br#""a\ud83d""#[..], br#""\ude00b""#][..], "a😀b"),
            (&[br#""\ud83d\ude00""#], "😀"),
            (&[br#""\ud83d""#, br#""""#, br#""\ude00""#], "😀"),
            (&[br#""\ud83d""#, br#""x\ude00""#], "\u{fffd}x\u{fffd}"),
            (&[br#""\ud83d\ud83d""#, br#""\ude00""#], "\u{fffd}😀"),
            (&[br#""\uDE00\uD83D""#], "\u{fffd}\u{fffd}"),
            (&[b"\"a\xf0\x9f\"", b"\"\x98\x80b\""], "a😀b"),
            (&[b"\"a\xc3\"", b"\"b\""], "a\u{fffd}b"),
            (&["\"\u{d000}\u{d7ff}\"".as_bytes()], "\u{d000}\u{d7ff}"),
            (&["\"\u{e000}\"".as_bytes()], "\u{e000}"),
            (&[br#""\n\"\\\u00e9""#], "\n\"\\é"),
        ] {
            assert_eq!(joined(chunks), expected, "{chunks:?}");
        }
    }

    #[test]
    fn other_values_are_refused() {
        let number: Box<RawValue> = serde_json::from_str("1").unwrap();
        assert!(Text::parse(&number).is_err());
    }
}
