//! Secrets in the parameters, which the service returns as part of a prediction.

use runtime::{Body, Config, Inputs, OutputItem, ProcessorError};
use serde_json::Value;

use crate::api::TOKEN;
use crate::json_string::JsonString;

const REDACTED: &str = "\"[REDACTED]\"";

/// Replaces the placeholders of secrets by their values.
///
/// # Errors
///
/// Those of [`Inputs::replace_secrets`].
pub(crate) fn fill_in(inputs: &mut Inputs, config: &Config) -> Result<(), ProcessorError> {
    inputs.replace_secrets(config, |name| name == TOKEN)
}

/// Registers every secret of the parameters for redaction; returns whether there is one.
///
/// # Errors
///
/// Those of [`Inputs::replace_secrets`], before anything is paid for.
pub(crate) fn register(inputs: &mut Inputs, config: &Config) -> Result<bool, ProcessorError> {
    let params = inputs.params.clone();
    fill_in(inputs, config)?;
    let has_secrets = inputs.params != params;
    inputs.params = params;
    Ok(has_secrets)
}

/// Redacts an output that is held in memory. Files of the model's output stay as they are.
pub(crate) fn redact_item(config: &Config, item: &mut OutputItem) {
    if let Body::Bytes(bytes) = &mut item.body {
        let text = String::from_utf8_lossy(bytes);
        let text = if item.mime == "application/json" {
            redact_json(&text, &|text| config.redact(text))
        } else {
            text.into_owned()
        };
        // again, for a secret that spans several tokens of JSON
        *bytes = config.redact(&text).into_bytes();
    }
}

/// Redacts secrets however JSON spells them; the result is still JSON, and all else the same byte for byte.
fn redact_json(json: &str, redact: &dyn Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' => string_length(rest),
            first if is_word_char(first) => rest.find(|c| !is_word_char(c)).unwrap_or(rest.len()),
            first => first.len_utf8(),
        };
        let (token, after) = rest.split_at(end);
        rest = after;
        match first {
            '"' => out.push_str(&redact_string(token, redact)),
            first if is_word_char(first) && redact(token) != token => out.push_str(REDACTED),
            _ => out.push_str(token),
        }
    }
    out
}

/// Part of a number, `true`, `false` or `null`.
fn is_word_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-')
}

/// The length of the string that JSON begins with, including its quotes.
fn string_length(json: &str) -> usize {
    let mut is_escaped = false;
    let end = json.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    });
    end.map_or(json.len(), |end| end + 2)
}

/// Redacts a string with its quotes, both decoded, as escapes such as `\u0041` may hide a secret, and as it is written.
fn redact_string(token: &str, redact: &dyn Fn(&str) -> String) -> String {
    if let Ok(text) = serde_json::from_str::<JsonString<'_>>(token) {
        let text = text.to_lossy();
        let redacted = redact(&text);
        if redacted != text {
            return Value::from(redacted).to_string();
        }
    }
    let inner = token.get(1..token.len() - 1).unwrap_or_default();
    let redacted = redact(inner);
    if redacted == inner {
        return token.to_owned();
    }
    format!("\"{redacted}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(json: &str, secret: &str) -> String {
        redact_json(json, &|text| text.replace(secret, "[REDACTED]"))
    }

    #[test]
    fn every_spelling_is_redacted_and_all_else_stays() {
        let json =
            r#"{ "a":"x k\u0065y-1 y", "key-1":[1.50,"\"key-1\"", "\ud800key-1"],"b":"a\/b" ,"c":1e400}"#;
        assert_eq!(
            redacted(json, "key-1"),
            "{ \"a\":\"x [REDACTED] y\", \"[REDACTED]\":[1.50,\"\\\"[REDACTED]\\\"\", \"\u{fffd}\u{fffd}\u{fffd}[REDACTED]\"],\"b\":\"a\\/b\" ,\"c\":1e400}"
        );
        assert_eq!(redacted(json, "nowhere"), json);
    }

    #[test]
    fn the_result_is_json() {
        for (json, secret) in [
            (r#"{"seed":1234567,"a":true}"#, "12345"),
            (r#"{"seed":1234567,"a":true}"#, "true"),
            (r#"{"a":"\\"}"#, "\\"),
            (r#"{"a":"say \"hi\""}"#, "\"hi\""),
            (r#"["a",null]"#, "l"),
        ] {
            let redacted = redacted(json, secret);
            assert!(redacted.contains("[REDACTED]"), "{redacted}");
            assert!(serde_json::from_str::<Value>(&redacted).is_ok(), "{redacted}");
        }
        for broken in ["\"", "\"\\", "{\"a\":\"b", "é\""] {
            assert_eq!(redacted(broken, "nowhere"), broken);
        }
    }
}
