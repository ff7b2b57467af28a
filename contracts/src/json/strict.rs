//! A JSON reader (RFC 8259, I-JSON's rules of RFC 7493) that refuses what two programs could understand differently.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

use super::canonical::{MAX_SAFE_INTEGER, is_canonical};

/// A key in a message is cut to this many characters.
const LONGEST_KEY: usize = 64;

const NOT_AN_INTEGER: &str =
    "an integer outside -9007199254740991 to 9007199254740991, which has to be sent as a string,";

/// Reads one JSON document.
///
/// Numbers come out as their canonical form has them: `1.0` and `1e0` as the integer 1, `-0` as 0.
///
/// # Errors
///
/// A sentence with the position and, below the top, the JSON pointer (RFC 6901), and no piece of a value.
pub fn parse(bytes: &[u8]) -> Result<Value, String> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err("a byte order mark at line 1 column 1; save it as UTF-8 without BOM".into());
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let (line, column) = position(bytes, error.valid_up_to());
        format!("a byte that is not UTF-8 at line {line} column {column}")
    })?;
    let place = Place::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Strict(&place)
        .deserialize(&mut deserializer)
        .map_err(|error| place.describe(&error))?;
    deserializer
        .end()
        .map_err(|error| format!("more than one document: {error}"))?;
    if place.huge.get()
        && let Some(at) = long_integer(bytes)
    {
        let (line, column) = position(bytes, at);
        return Err(format!("{NOT_AN_INTEGER} at line {line} column {column}"));
    }
    Ok(value)
}

/// What the visitors tell the caller beside the value.
#[derive(Default)]
struct Place {
    /// The pointer of the value that failed, last part first.
    path: RefCell<Vec<String>>,
    /// Whether there was a double of 1e21 or more, which may have been an integer literal.
    huge: Cell<bool>,
}

impl Place {
    fn describe(&self, error: &serde_json::Error) -> String {
        let pointer: String = self
            .path
            .borrow()
            .iter()
            .rev()
            .map(|part| format!("/{part}"))
            .collect();
        match pointer.is_empty() {
            true => error.to_string(),
            false => format!("{error} (in {pointer})"),
        }
    }

    fn inside<E>(&self, part: impl FnOnce() -> String) -> impl FnOnce(E) -> E {
        |error| {
            self.path.borrow_mut().push(part());
            error
        }
    }
}

/// One part of a JSON pointer, on one line and bounded.
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
struct Strict<'a>(&'a Place);

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        if value > MAX_SAFE_INTEGER {
            return Err(E::custom(NOT_AN_INTEGER));
        }
        Ok(Value::from(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        if value.unsigned_abs() > MAX_SAFE_INTEGER {
            return Err(E::custom(NOT_AN_INTEGER));
        }
        Ok(Value::from(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        if !is_canonical(value) {
            return Err(E::custom(NOT_AN_INTEGER));
        }
        if value.abs() >= 1e21 {
            self.0.huge.set(true);
        } else if value.fract() == 0.0 {
            return Ok(Value::from(value as i64)); // exact: it is at most 2^53 - 1
        }
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq
            .next_element_seed(self)
            .map_err(self.0.inside(|| items.len().to_string()))?
        {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            match members.entry(key) {
                Entry::Occupied(entry) => {
                    return Err(A::Error::custom(format_args!(
                        "the key `{}` a second time",
                        pointer_part(entry.key())
                    )));
                }
                Entry::Vacant(entry) => {
                    let value = map
                        .next_value_seed(self)
                        .map_err(self.0.inside(|| pointer_part(entry.key())))?;
                    entry.insert(value);
                }
            }
        }
        Ok(Value::Object(members))
    }
}

/// The first integer literal of more than 16 digits in a valid document; serde_json reads it as a double.
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

/// Line and column of a byte, both from 1; columns count bytes, as serde_json's do.
fn position(bytes: &[u8], at: usize) -> (usize, usize) {
    let before = bytes.get(..at).unwrap_or(bytes);
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|b| **b != b'\n').count() + 1;
    (line, column)
}
