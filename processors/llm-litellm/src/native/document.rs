//! Reads what a service answers, even what [`Value`] has no place for: half a character, huge numbers, and deep nesting.

use runtime::http::lenient_json::{self, Position, Repaired};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::surrogates;

/// What is nested deeper becomes text. serde_json's own limit is 127, and a completion has some levels of its own.
const DEEPEST: usize = 100;

/// Reads an answer. Lone surrogates become U+FFFD; a number that is too large, and what is nested too deeply, becomes the text of
/// its JSON.
///
/// # Errors
///
/// The position at which it is no JSON.
pub(crate) fn read(json: &[u8]) -> Result<Value, Position> {
    lenient_json::read(json, &mut Repaired::default())
        .or_else(|position| read_odd(json, position, surrogates::replace_lone))
}

/// Reads the chunk of a stream, and says whether it has lone surrogates, perhaps, whose other halves may be in other chunks:
/// [`surrogates::join`] joins them in the whole.
///
/// # Errors
///
/// As [`read`].
pub(crate) fn read_chunk(json: &[u8]) -> Result<(Value, bool), Position> {
    match lenient_json::read(json, &mut Repaired::default()) {
        Ok(chunk) => Ok((chunk, false)),
        Err(position) => Ok((read_odd(json, position, surrogates::hold_lone)?, true)),
    }
}

/// Reads what a strict parser refuses at this position.
fn read_odd(json: &[u8], position: Position, repair: fn(Vec<u8>) -> Vec<u8>) -> Result<Value, Position> {
    let mut repaired = Repaired::default();
    let raw: &RawValue = lenient_json::read(json, &mut repaired)?;
    let json = limit(&repair(raw.get().as_bytes().to_vec()));
    serde_json::from_slice(&json).map_err(|_| position)
}

/// Makes texts of what is too large or too deep.
fn limit(json: &[u8]) -> Vec<u8> {
    let mut limited = Vec::with_capacity(json.len());
    let mut rest = json;
    let mut depth = 0_usize;
    while let Some(first) = rest.first() {
        let is_deep = depth == DEEPEST && matches!(first, b'[' | b'{');
        let length = if is_deep { nested(rest) } else { token_length(rest) };
        let (taken, after) = rest.split_at(length.min(rest.len()));
        rest = after;
        match first {
            b'[' | b'{' if !is_deep => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if is_deep || is_too_large(taken) {
            limited.extend(Value::from(String::from_utf8_lossy(taken)).to_string().bytes());
        } else {
            limited.extend_from_slice(taken);
        }
    }
    limited
}

fn is_too_large(token: &[u8]) -> bool {
    let number = std::str::from_utf8(token).map(str::parse::<f64>);
    matches!(number, Ok(Ok(number)) if number.is_infinite())
}

/// The length of the string, the number or word, or the other byte with which valid JSON begins.
pub(super) fn token_length(json: &[u8]) -> usize {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    match json.first() {
        Some(b'"') => {
            let mut is_escaped = false;
            let end = json.iter().skip(1).position(|byte| {
                let is_end = *byte == b'"' && !is_escaped;
                is_escaped = *byte == b'\\' && !is_escaped;
                is_end
            });
            end.map_or(json.len(), |end| end + 2)
        }
        Some(first) if is_part(first) => json.iter().position(|byte| !is_part(byte)).unwrap_or(json.len()),
        _ => 1,
    }
}

/// The length of the list or object with which valid JSON begins.
fn nested(json: &[u8]) -> usize {
    let mut rest = json;
    let mut depth = 0_usize;
    while let Some(first) = rest.first() {
        match first {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        rest = rest.get(token_length(rest)..).unwrap_or_default();
        if depth == 0 {
            break;
        }
    }
    json.len() - rest.len()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn odd_values_hide_nothing_else() {
        let digits = "9".repeat(400);
        for (document, expected) in [
            (
                r#"{"a":"\ud83d","b":"\ud83d\ude00"}"#.to_owned(),
                json!({"a": "\u{fffd}", "b": "😀"}),
            ),
            (
                r#"[1e400, -1e400, 1e300, "1e400", "\"1e400"]"#.to_owned(),
                json!(["1e400", "-1e400", 1e300, "1e400", "\"1e400"]),
            ),
            (
                format!(r#"{{"{digits}":{digits},"n":NaN}}"#),
                json!({ digits.as_str(): digits, "n": null }),
            ),
        ] {
            assert_eq!(read(document.as_bytes()), Ok(expected), "{document}");
        }
        assert_eq!(read(b"[\"a\xffb\"]"), Ok(json!(["a\u{fffd}b"])));
        for document in ["", "{", r#"{"a":1e400"#, r#"["\ud83d"#, "[1e400]]", "[01e400]"] {
            assert!(read(document.as_bytes()).is_err(), "{document}");
        }
    }

    #[test]
    fn deep_values_become_texts() {
        let nested = |depth: usize| format!(r#"{}"]\"",{{}}{}"#, "[".repeat(depth), "]".repeat(depth));
        let document = format!(r#"{{"a":{},"b":1}}"#, nested(200_000));
        let mut value = &read(document.as_bytes()).unwrap();
        assert_eq!(value["b"], 1);
        value = &value["a"];
        for _ in 2..DEEPEST {
            value = &value[0];
        }
        assert!(value[0] == nested(200_000 - DEEPEST + 1));
    }
}
