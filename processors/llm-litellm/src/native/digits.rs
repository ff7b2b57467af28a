//! Integers that no 64 bits hold, such as identifiers in the arguments of a call. [`Value`](serde_json::Value) would round them, so
//! they are strings with a mark while a request or an answer is converted.

use std::borrow::Cow;

use memchr::memmem;
use serde::de::DeserializeOwned;

use super::document::token_length;

/// A private character on both sides of the digits, in UTF-8.
const MARK: &[u8] = "\u{10f7ff}".as_bytes();
/// Shorter integers fit.
const FEWEST: usize = 19;

/// Makes marked strings of the large integers in a JSON document.
pub(crate) fn hold(json: &[u8]) -> Cow<'_, [u8]> {
    if !has_many(json) || memmem::find(json, MARK).is_some() {
        return json.into();
    }
    let mut held = Vec::with_capacity(json.len() + 64);
    let mut rest = json;
    while let Some(first) = rest.first() {
        let length = match first {
            b'"' | b'-' | b'0'..=b'9' => token_length(rest),
            _ => rest
                .iter()
                .position(|byte| matches!(byte, b'"' | b'-' | b'0'..=b'9'))
                .unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(length.min(rest.len()));
        rest = after;
        if is_large(token) {
            held.extend([b"\"", MARK, token, MARK, b"\""].concat());
        } else {
            held.extend_from_slice(token);
        }
    }
    held.into()
}

/// Makes integers of marked strings again, also in JSON that is a string of JSON.
pub(crate) fn release(json: Vec<u8>) -> Vec<u8> {
    if memmem::find(&json, MARK).is_none() {
        return json;
    }
    let mut released = Vec::with_capacity(json.len());
    let mut rest = json.as_slice();
    while let Some(at) = memmem::find(rest, MARK) {
        let (before, marked) = rest.split_at(at);
        let marked = marked.get(MARK.len()..).unwrap_or_default();
        let quote = quote(before);
        let found = memmem::find(marked, MARK).and_then(|end| {
            let (integer, after) = marked.split_at_checked(end)?;
            let after = after.get(MARK.len()..)?.strip_prefix(quote)?;
            (is_large(integer) && !quote.is_empty()).then_some((integer, after))
        });
        let Some((integer, after)) = found else {
            released.extend_from_slice(before);
            released.extend_from_slice(MARK);
            rest = marked;
            continue;
        };
        released.extend_from_slice(before.get(..at - quote.len()).unwrap_or(before));
        released.extend_from_slice(integer);
        rest = after;
    }
    released.extend_from_slice(rest);
    released
}

/// Parses JSON, with marked strings for its large integers.
///
/// # Errors
///
/// serde_json's.
pub(crate) fn parse<T: DeserializeOwned>(json: &str) -> serde_json::Result<T> {
    serde_json::from_slice(&hold(json.as_bytes()))
}

/// Whether there are so many digits in a row: then one of them is at every position of that many.
fn has_many(json: &[u8]) -> bool {
    let digits =
        |bytes: &mut dyn Iterator<Item = &u8>| bytes.take_while(|byte| byte.is_ascii_digit()).count();
    (FEWEST - 1..json.len()).step_by(FEWEST).any(|at| {
        let (before, after) = json.split_at(at);
        after.first().is_some_and(u8::is_ascii_digit)
            && digits(&mut before.iter().rev()) + digits(&mut after.iter()) >= FEWEST
    })
}

/// The quotation mark at the end, with the backslashes that escape it; empty if there is none.
fn quote(before: &[u8]) -> &[u8] {
    let Some((b'"', escapes)) = before.split_last() else {
        return &[];
    };
    let count = escapes.iter().rev().take_while(|byte| **byte == b'\\').count();
    before.get(before.len() - count - 1..).unwrap_or_default()
}

/// Whether this is an integer that neither an `i64` nor a `u64` holds.
fn is_large(token: &[u8]) -> bool {
    let digits = token.strip_prefix(b"-").unwrap_or(token);
    if digits.len() < FEWEST || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let text = std::str::from_utf8(token).unwrap_or_default();
    text.parse::<i64>().is_err() && text.parse::<u64>().is_err()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn large_integers_keep_their_digits() {
        let document = r#"{"a":[18446744073709551616,-9223372036854775809,18446744073709551615],"b":"\"99999999999999999999","c":1e400,"d":99999999999999999999.5,"e":-1}"#;
        let held = hold(document.as_bytes());
        assert_ne!(held, document.as_bytes());
        assert_eq!(release(held.into_owned()), document.as_bytes());

        let document = r#"{"id":123456789012345678901234567890,"n":[-99999999999999999999]}"#;
        let value: Value = parse(document).unwrap();
        assert_eq!(release(value.to_string().into()), document.as_bytes());
        let nested =
            json!({"arguments": value.to_string(), "deep": json!({"x": value.to_string()}).to_string()});
        let expected = json!({"arguments": document, "deep": json!({"x": document}).to_string()});
        let released = release(nested.to_string().into());
        assert_eq!(String::from_utf8(released).unwrap(), expected.to_string());
    }

    #[test]
    fn nothing_else_is_changed() {
        for document in [
            "",
            "[]",
            r#"{"a":"99999999999999999999"}"#,
            "[9999999999999999999,1234567890123456789]",
            "\"\u{10f7ff}99999999999999999999\u{10f7ff} \"",
            "\"\u{10f7ff}1\u{10f7ff}\"",
            "\u{10f7ff}99999999999999999999\u{10f7ff}",
            "[99999999999999999999,\"\u{10f7ff}\"]",
        ] {
            assert_eq!(hold(document.as_bytes()), document.as_bytes(), "{document}");
            assert_eq!(release(document.into()), document.as_bytes(), "{document}");
        }
    }

    #[test]
    fn digits_are_found_wherever_they_are() {
        for before in 0..50 {
            let json = format!("{}{}x", " ".repeat(before), "1".repeat(FEWEST));
            assert!(has_many(json.as_bytes()), "{before}");
            let json = json.replacen('1', "", 1);
            assert!(!has_many(json.as_bytes()), "{before}");
        }
    }
}
