//! Secrets among the parameters, which a prediction comes back with.

use runtime::{Body, Config, Inputs, OutputItem, ProcessorError};
use serde_json::Value;

use crate::api::TOKEN;
use crate::output::Text;

const REDACTED: &str = "\"[REDACTED]\"";

/// Puts the secrets in their places.
///
/// # Errors
///
/// Those of [`Inputs::replace_secrets`].
pub(crate) fn fill_in(inputs: &mut Inputs, config: &Config) -> Result<(), ProcessorError> {
    inputs.replace_secrets(config, |name| name == TOKEN)
}

/// Makes every secret of the parameters known, so that it is replaced in all that comes back; says whether there is one.
///
/// # Errors
///
/// Those of [`Inputs::replace_secrets`], before anything is paid for.
pub(crate) fn make_known(inputs: &mut Inputs, config: &Config) -> Result<bool, ProcessorError> {
    let written = inputs.params.clone();
    fill_in(inputs, config)?;
    let has_any = inputs.params != written;
    inputs.params = written;
    Ok(has_any)
}

/// Takes the secrets out of what the service has told. Files of an output are none of that, and left as they are.
pub(crate) fn take_out(config: &Config, item: &mut OutputItem) {
    if let Body::Bytes(bytes) = &mut item.body {
        let text = String::from_utf8_lossy(bytes);
        let text = match item.mime == "application/json" {
            true => redacted(&text, &|text| config.redact(text)),
            false => text.into_owned(),
        };
        // also one that reaches from one text of JSON into the next
        *bytes = config.redact(&text).into_bytes();
    }
}

/// JSON without the secrets, in whichever way it spells them: still JSON, and all else of it byte for byte.
fn redacted(json: &str, redact: &dyn Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' => end_of_text(rest),
            first if is_of_word(first) => rest.find(|c| !is_of_word(c)).unwrap_or(rest.len()),
            first => first.len_utf8(),
        };
        let (token, after) = rest.split_at(end);
        rest = after;
        match first {
            '"' => out.push_str(&redacted_text(token, redact)),
            first if is_of_word(first) && redact(token) != token => out.push_str(REDACTED),
            _ => out.push_str(token),
        }
    }
    out
}

/// Of numbers, `true`, `false` and `null`.
fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-')
}

/// Where the text ends with which JSON begins, its quotes included.
fn end_of_text(json: &str) -> usize {
    let mut is_escaped = false;
    let end = json.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    });
    end.map_or(json.len(), |end| end + 2)
}

/// A text with its quotes: as it is spelt, and as it reads, which `\u0041` and the like may hide.
fn redacted_text(token: &str, redact: &dyn Fn(&str) -> String) -> String {
    if let Ok(text) = serde_json::from_str::<Text<'_>>(token) {
        let text = text.to_lossy();
        let told = redact(&text);
        if told != text {
            return Value::from(told).to_string();
        }
    }
    let inner = token.get(1..token.len() - 1).unwrap_or_default();
    match redact(inner) {
        told if told == inner => token.to_owned(),
        told => format!("\"{told}\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(json: &str, secret: &str) -> String {
        redacted(json, &|text| text.replace(secret, "[REDACTED]"))
    }

    #[test]
    fn every_spelling_goes_and_all_else_stays() {
        let json =
            r#"{ "a":"x k\u0065y-1 y", "key-1":[1.50,"\"key-1\"", "\ud800key-1"],"b":"a\/b" ,"c":1e400}"#;
        assert_eq!(
            told(json, "key-1"),
            "{ \"a\":\"x [REDACTED] y\", \"[REDACTED]\":[1.50,\"\\\"[REDACTED]\\\"\", \"\u{fffd}\u{fffd}\u{fffd}[REDACTED]\"],\"b\":\"a\\/b\" ,\"c\":1e400}"
        );
        assert_eq!(told(json, "nowhere"), json);
    }

    #[test]
    fn what_comes_out_is_json() {
        for (json, secret) in [
            (r#"{"seed":1234567,"a":true}"#, "12345"),
            (r#"{"seed":1234567,"a":true}"#, "true"),
            (r#"{"a":"\\"}"#, "\\"),
            (r#"{"a":"say \"hi\""}"#, "\"hi\""),
            (r#"["a",null]"#, "l"),
        ] {
            let told = told(json, secret);
            assert!(told.contains("[REDACTED]"), "{told}");
            assert!(serde_json::from_str::<Value>(&told).is_ok(), "{told}");
        }
        for broken in ["\"", "\"\\", "{\"a\":\"b", "é\""] {
            assert_eq!(told(broken, "nowhere"), broken);
        }
    }
}
