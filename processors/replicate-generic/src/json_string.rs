//! JSON strings that may hold half a surrogate pair, which a Rust `String` cannot.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};
use serde_json::value::RawValue;

/// A string as its bytes; half a surrogate pair is not UTF-8.
pub(crate) struct JsonString<'a>(Cow<'a, [u8]>);

impl JsonString<'_> {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// With a replacement character for every byte that is not UTF-8.
    pub(crate) fn to_lossy(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

impl<'de> Deserialize<'de> for JsonString<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl<'de> Visitor<'de> for Bytes {
            type Value = JsonString<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<JsonString<'de>, E> {
                Ok(JsonString(Cow::Borrowed(bytes)))
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<JsonString<'de>, E> {
                Ok(JsonString(Cow::Owned(bytes.to_owned())))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

/// Concatenates a list of strings; `None` for any other output.
pub(crate) fn concatenate(output: &str) -> Option<String> {
    let chunks: Vec<&RawValue> = serde_json::from_str(output).ok()?;
    // one JSON string: a surrogate pair may be split between two chunks
    let mut whole = String::with_capacity(output.len());
    whole.push('"');
    for chunk in chunks {
        whole.push_str(chunk.get().strip_prefix('"')?.strip_suffix('"')?);
    }
    whole.push('"');
    let text: JsonString<'_> = serde_json::from_str(&whole).ok()?;
    Some(text.to_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_concatenated_without_a_separator() {
        for (output, expected) in [
            (r#"["a", " \"b\"\n", "", "ü"]"#, Some("a \"b\"\nü")),
            (r#"["\ud83d","\ude00"]"#, Some("😀")),
            (r#"["\ud83d","x"]"#, Some("\u{fffd}\u{fffd}\u{fffd}x")),
            ("[]", Some("")),
            (r#"["a",1]"#, None),
            (r#"["a",["b"]]"#, None),
            (r#"["a",null]"#, None),
            (r#""a""#, None),
            (r#"{"a":"b"}"#, None),
            ("null", None),
        ] {
            assert_eq!(concatenate(output).as_deref(), expected, "{output}");
        }
    }
}
