//! A JSON parser that refuses what two programs could understand differently (`docs/spec.md#canonical-json`).

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::node::{Members, Node};

/// Longer keys are cut in messages, in characters.
const LONGEST_KEY: usize = 64;

/// The most values in a document. Each takes up to a hundred times its length in memory, so a limit of bytes alone is none.
const MOST_VALUES: usize = 1_000_000;

const NOT_AN_INTEGER: &str =
    "an integer outside -9007199254740991 to 9007199254740991, which has to be sent as a string,";

/// Parses one JSON document. Numbers are canonical: `1.0` and `1e0` are the integer 1, `-0` is 0.
///
/// # Errors
///
/// A message with the position and, inside of a value, the JSON pointer (RFC 6901); it repeats no value. A document of more than a
/// million values is one, too.
pub fn parse(bytes: &[u8]) -> Result<Node<'_>, String> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err("a byte order mark at line 1 column 1; save it as UTF-8 without BOM".into());
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let (line, column) = position(bytes, error.valid_up_to());
        format!("a byte that is not UTF-8 at line {line} column {column}")
    })?;
    let location = Location::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Strict(&location)
        .deserialize(&mut deserializer)
        .map_err(|error| location.describe(&error))?;
    deserializer
        .end()
        .map_err(|error| format!("more than one document: {error}"))?;
    if location.huge.get()
        && let Some(at) = long_integer(bytes)
    {
        let (line, column) = position(bytes, at);
        return Err(format!("{NOT_AN_INTEGER} at line {line} column {column}"));
    }
    Ok(value)
}

/// What the visitors report beside the value.
#[derive(Default)]
struct Location {
    /// The pointer of the value that failed, last part first.
    path: RefCell<Vec<String>>,
    /// Whether there was a double of 1e21 or more, which may have been an integer literal.
    huge: Cell<bool>,
    /// How many values there have been.
    values: Cell<usize>,
}

impl Location {
    fn describe(&self, error: &serde_json::Error) -> String {
        let pointer: String = self
            .path
            .borrow()
            .iter()
            .rev()
            .map(|part| format!("/{part}"))
            .collect();
        if pointer.is_empty() {
            error.to_string()
        } else {
            format!("{error} (in {pointer})")
        }
    }

    fn inside<E>(&self, part: impl FnOnce() -> String) -> impl FnOnce(E) -> E {
        |error| {
            self.path.borrow_mut().push(part());
            error
        }
    }
}

/// One part of a JSON pointer, on one line and of a bounded length.
#[must_use]
pub fn pointer_part(key: &str) -> String {
    let mut part = String::new();
    for (count, c) in key.chars().enumerate() {
        match c {
            _ if count == LONGEST_KEY => {
                part.push('…');
                break;
            }
            '~' => part.push_str("~0"),
            '/' => part.push_str("~1"),
            c => part.extend(c.escape_debug()),
        }
    }
    part
}

#[derive(Clone, Copy)]
struct Strict<'a>(&'a Location);

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Node<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node<'de>, D::Error> {
        let values = self.0.values.get() + 1;
        self.0.values.set(values);
        if values > MOST_VALUES {
            let what = "more than 1,000,000 values, which is the limit; give large data as a file";
            return Err(D::Error::custom(what));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Node<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node<'de>, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node<'de>, E> {
        Ok(Node::Bool(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Node<'de>, E> {
        let integer = i64::try_from(value).ok().and_then(Node::from_integer);
        integer.ok_or_else(|| E::custom(NOT_AN_INTEGER))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Node<'de>, E> {
        Node::from_integer(value).ok_or_else(|| E::custom(NOT_AN_INTEGER))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Node<'de>, E> {
        if value.abs() >= 1e21 {
            self.0.huge.set(true);
        }
        Node::from_double(value).ok_or_else(|| E::custom(NOT_AN_INTEGER))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Borrowed(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq
            .next_element_seed(self)
            .map_err(self.0.inside(|| items.len().to_string()))?
        {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node<'de>, A::Error> {
        let mut members = Members::default();
        let mut seen = Seen::default();
        while let Some(key) = map.next_key_seed(Key)? {
            if !seen.is_new(&key, &members) {
                return Err(A::Error::custom(format_args!(
                    "the key `{}` a second time",
                    pointer_part(&key)
                )));
            }
            let value = map
                .next_value_seed(self)
                .map_err(self.0.inside(|| pointer_part(&key)))?;
            members.push(key, value);
        }
        Ok(Node::Object(members))
    }
}

/// The keys of an object with many; few keys are compared faster than they are hashed.
#[derive(Default)]
struct Seen(HashSet<String>);

const FEW: usize = 16;

impl Seen {
    fn is_new(&mut self, key: &str, members: &Members<'_>) -> bool {
        if members.len() < FEW {
            return members.get(key).is_none();
        }
        if self.0.is_empty() {
            self.0.extend(members.keys().map(str::to_owned));
        }
        self.0.insert(key.to_owned())
    }
}

/// A key, borrowed if it has no escapes.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(value.to_owned()))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(value))
    }
}

/// The first integer literal of more than 16 digits in a valid document: serde_json reads it as a double.
fn long_integer(json: &[u8]) -> Option<usize> {
    let mut in_string = false;
    let mut bytes = json.iter().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' if in_string => drop(bytes.next()),
            b'"' => in_string = !in_string,
            b'0'..=b'9' if !in_string => {
                let literal = json.get(at..).unwrap_or_default();
                let length = literal
                    .iter()
                    .take_while(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
                    .count();
                let literal = literal.get(..length).unwrap_or_default();
                if length > 16 && literal.iter().all(u8::is_ascii_digit) {
                    return Some(at);
                }
                if length > 1 {
                    bytes.nth(length - 2);
                }
            }
            _ => {}
        }
    }
    None
}

/// Line and column of a byte, both from 1; columns count bytes, as in serde_json.
fn position(bytes: &[u8], at: usize) -> (usize, usize) {
    let before = bytes.get(..at).unwrap_or(bytes);
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|b| **b != b'\n').count() + 1;
    (line, column)
}
