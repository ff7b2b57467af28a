//! Finding the sentence for people in the body of an error answer.

use serde_json::Value;

/// A longer text is no sentence but a payload. It is left out rather than cut: a cut could go through a secret, and
/// what is left of it would not be recognized.
const LONGEST: usize = 4_000;

/// Text that is not JSON has to be shorter than that: what is longer is a page or a stack trace.
const LONGEST_PLAIN: usize = 500;

/// Where services put it, the most telling first.
const FIELDS: [&str; 6] = ["error", "message", "detail", "msg", "title", "errors"];

/// `{"detail":[{"error":{"message":...}}]}` is as deep as it gets.
const DEEPEST: usize = 5;

/// What a service says in words about its error, exactly as it says it.
///
/// Reads JSON of many shapes (`error.message`, `error`, `message`, `detail`, `title`, lists of them) and short plain
/// text; `None` for HTML, for anything over 4,000 characters, and where there are no words. The runtime redacts it and
/// puts it on one line when it becomes a [`ProcessorError`](crate::ProcessorError)'s message.
#[must_use]
pub fn sentence(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let found = match serde_json::from_str(text) {
        Ok(json) => find(&json, DEEPEST)?.to_owned(),
        Err(_) => plain(text)?.to_owned(),
    };
    (found.chars().count() <= LONGEST).then_some(found)
}

fn find(json: &Value, deepest: usize) -> Option<&str> {
    let deepest = deepest.checked_sub(1)?;
    match json {
        Value::String(text) => (!text.trim().is_empty()).then_some(text),
        Value::Array(items) => items.iter().find_map(|item| find(item, deepest)),
        Value::Object(fields) => FIELDS.iter().find_map(|name| find(fields.get(*name)?, deepest)),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn plain(text: &str) -> Option<&str> {
    let is_markup = text.trim_start().starts_with(['<', '{', '[']);
    let is_page = text.to_ascii_lowercase().contains("<html");
    let is_short = text.chars().count() <= LONGEST_PLAIN;
    (!text.trim().is_empty() && is_short && !is_markup && !is_page).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_found_wherever_services_put_them() {
        for body in [
            r#"{"error":{"message":"no such model","code":404}}"#,
            r#"{"error":{"code":"x"},"message":"no such model"}"#,
            r#"{"error":"no such model"}"#,
            r#"{"error":null,"message":"no such model"}"#,
            r#"{"error":"","detail":"no such model"}"#,
            r#"{"title":"Not found","detail":"no such model","status":404}"#,
            r#"{"title":"no such model","status":404}"#,
            r#"{"detail":[{"loc":["body"],"msg":"no such model","type":"value_error"}]}"#,
            r#"{"errors":["no such model"]}"#,
            r#"[{"error":{"code":404,"message":"no such model","status":"NOT_FOUND"}}]"#,
            r#"{"message":"first","message":"no such model"}"#,
            r#""no such model""#,
            "no such model",
        ] {
            assert_eq!(
                sentence(body.as_bytes()).as_deref(),
                Some("no such model"),
                "{body}"
            );
        }
    }

    #[test]
    fn a_sentence_is_left_as_it_is() {
        let body = "{\"error\":{\"message\":\" two\\n  lines \"}}";
        assert_eq!(sentence(body.as_bytes()).as_deref(), Some(" two\n  lines "));
        assert_eq!(sentence(b"Bad gateway\n").as_deref(), Some("Bad gateway\n"));
    }

    #[test]
    fn what_is_no_sentence_is_left_out() {
        let long = format!(r#"{{"error":"{}"}}"#, "x".repeat(LONGEST + 1));
        let long_plain = "x ".repeat(LONGEST_PLAIN);
        for body in [
            "",
            " \n",
            "{}",
            "null",
            "17",
            r#"{"error":true,"code":5}"#,
            r#"{"error":"cut off"#,
            " <!doctype html><p>Bad gateway",
            "note: <HTML>",
            long.as_str(),
            long_plain.as_str(),
        ] {
            assert_eq!(sentence(body.as_bytes()), None, "{body}");
        }
        assert_eq!(sentence(b"caf\xe9"), None);
    }
}
