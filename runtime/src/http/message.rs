//! Finds the message for people in the body of an error.

use serde_json::{Map, Value};

/// A longer text that is not JSON is a page or a stack trace.
const LONGEST_PLAIN: usize = 500;

/// The members that hold it, the most specific first.
const FIELDS: [&str; 11] = [
    "error_description", // RFC 6749, whose `error` is a code
    "error",
    "message",
    "Message", // AWS, if IAM refuses
    "detail",
    "msg",
    "description",
    "reason",
    "title",
    "errors",
    "issues",
];

/// The members that say which part of the request an item of a list is about.
const LOCATIONS: [&str; 6] = ["loc", "path", "field", "param", "name", "pointer"];

/// Messages that contain one of these only say that another service failed.
const UPSTREAM: [&str; 3] = ["provider returned", "provider error", "upstream"];

/// The first parts of a location that only say that it is in the request.
const WHOLE_REQUEST: [&str; 3] = ["body", "#", ""];

/// The longest part of a list that is shown, in characters; the rest is counted.
const LONGEST_LIST: usize = 700;

/// `{"error":{"metadata":{"raw":"{\"detail\":[{\"error\":{\"message\":` is as deep as it gets.
const DEEPEST: usize = 10;

/// The message of a service's error, exactly as the service wrote it.
///
/// Reads JSON of many shapes (`error.message`, `error`, `message`, `detail`, `title`, lists of them) and short plain text; `None` for
/// HTML, and if there is no message. A long one is not cut here, as a part of a secret would not be recognized. The items of a list come after their locations, as far as they
/// fit: `input.width: ...; input.seed: ...`. The runtime redacts it, puts it on one line and cuts it when it becomes the message of a
/// [`ProcessorError`](crate::ProcessorError).
#[must_use]
pub fn error_message(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    of_text(text, DEEPEST)
}

/// Text that may be JSON.
fn of_text(text: &str, deepest: usize) -> Option<String> {
    match serde_json::from_str(text) {
        Ok(json) => find(&json, deepest),
        Err(_) => plain(text).map(str::to_owned),
    }
}

fn find(json: &Value, deepest: usize) -> Option<String> {
    let deepest = deepest.checked_sub(1)?;
    match json {
        Value::String(text) if text.trim_start().starts_with(['{', '[']) => {
            match serde_json::from_str(text) {
                Ok(json) => find(&json, deepest),
                Err(_) => Some(text.clone()),
            }
        }
        Value::String(text) => (!text.trim().is_empty()).then(|| text.clone()),
        Value::Array(items) => list(items, deepest),
        Value::Object(fields) => {
            let found = FIELDS.iter().find_map(|name| find(fields.get(*name)?, deepest))?;
            let reason = is_from_upstream(&found)
                .then(|| upstream(fields, deepest))
                .flatten();
            Some(match reason {
                Some(reason) => format!("{}: {reason}", found.trim_end_matches(['.', ':', ' '])),
                None => found,
            })
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn is_from_upstream(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    UPSTREAM.iter().any(|part| message.contains(part))
}

/// The message of the provider behind OpenRouter, whose own message is only "Provider returned error"
/// (<https://openrouter.ai/docs/api-reference/errors>).
fn upstream(fields: &Map<String, Value>, deepest: usize) -> Option<String> {
    let raw = fields.get("metadata")?.get("raw")?;
    match raw {
        Value::String(text) => of_text(text, deepest),
        other => find(other, deepest),
    }
}

/// Each item with its location, as far as they fit.
fn list(items: &[Value], deepest: usize) -> Option<String> {
    let mut found = items.iter().filter_map(|item| {
        let message = find(item, deepest)?;
        Some(match location(item) {
            Some(location) => format!("{location}: {message}"),
            None => message,
        })
    });
    let mut list = found.next()?;
    let mut length = list.chars().count();
    let mut left_out = 0;
    for item in found {
        length += item.chars().count();
        if left_out == 0 && length <= LONGEST_LIST {
            list = format!("{list}; {item}");
        } else {
            left_out += 1;
        }
    }
    Some(match left_out {
        0 => list,
        more => format!("{list}; and {more} more"),
    })
}

/// `input.width` for `"loc":["body","input","width"]` and its like.
fn location(item: &Value) -> Option<String> {
    let location = LOCATIONS.iter().find_map(|name| item.get(*name))?;
    let parts: Vec<String> = match location {
        Value::Array(parts) => parts.iter().map(part).collect(),
        Value::String(text) => text.split('/').map(str::to_owned).collect(),
        _ => return None,
    };
    let start = parts
        .iter()
        .position(|part| !WHOLE_REQUEST.contains(&part.as_str()))?;
    let location = parts.get(start..)?.join(".");
    (!location.is_empty() && location.chars().count() <= LONGEST_PLAIN).then_some(location)
}

fn part(part: &Value) -> String {
    match part {
        Value::String(text) => text.clone(),
        other => other.to_string(),
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
    fn messages_are_found_wherever_services_put_them() {
        for body in [
            r#"{"error":{"message":"no such model","code":404}}"#,
            r#"{"error":{"code":"x"},"message":"no such model"}"#,
            r#"{"error":"no such model"}"#,
            r#"{"error":null,"message":"no such model"}"#,
            r#"{"error":"invalid_grant","error_description":"no such model"}"#,
            r#"{"error":"","detail":"no such model"}"#,
            r#"{"title":"Not found","detail":"no such model","status":404}"#,
            r#"{"title":"no such model","status":404}"#,
            r#"{"detail":[{"loc":["body"],"msg":"no such model","type":"value_error"}]}"#,
            r#"{"errors":["no such model"]}"#,
            r#"{"Message":"no such model"}"#,
            r#"[{"error":{"code":404,"message":"no such model","status":"NOT_FOUND"}}]"#,
            r#"{"message":"first","message":"no such model"}"#,
            r#"{"error":{"message":"{\"error\":{\"message\":\"no such model\"}}"}}"#,
            r#""no such model""#,
            "no such model",
        ] {
            assert_eq!(
                error_message(body.as_bytes()).as_deref(),
                Some("no such model"),
                "{body}"
            );
        }
    }

    #[test]
    fn a_message_is_left_as_it_is() {
        let body = "{\"error\":{\"message\":\" two\\n  lines \"}}";
        assert_eq!(error_message(body.as_bytes()).as_deref(), Some(" two\n  lines "));
        assert_eq!(error_message(b"Bad gateway\n").as_deref(), Some("Bad gateway\n"));
        let body = r#"{"error":"[no JSON"}"#;
        assert_eq!(error_message(body.as_bytes()).as_deref(), Some("[no JSON"));
    }

    #[test]
    fn a_list_is_shown_with_its_locations() {
        for (body, expected) in [
            (
                r#"{"detail":[{"loc":["body","input","width"],"msg":"is too large","type":"x"},{"loc":["body","input","seed"],"msg":"is no number"}]}"#,
                "input.width: is too large; input.seed: is no number",
            ),
            (
                r#"{"detail":[{"loc":["body","messages",0,"role"],"msg":"is required"}]}"#,
                "messages.0.role: is required",
            ),
            (
                r#"{"detail":[{"loc":["query","body"],"msg":"no"}]}"#,
                "query.body: no",
            ),
            (r##"{"errors":[{"detail":"no","pointer":"#/age"}]}"##, "age: no"),
            (
                r#"{"errors":[{"field":"a","message":"no"},{"message":"nor this"}]}"#,
                "a: no; nor this",
            ),
            (r#"{"errors":["one","two"]}"#, "one; two"),
        ] {
            assert_eq!(
                error_message(body.as_bytes()).as_deref(),
                Some(expected),
                "{body}"
            );
        }
        let item = format!(r#"{{"loc":["a"],"msg":"{}"}}"#, "x".repeat(200));
        let body = format!(r#"{{"detail":[{}]}}"#, vec![item; 50].join(","));
        let list = error_message(body.as_bytes()).unwrap();
        assert!(list.ends_with("; and 47 more"), "{list}");
        assert!(list.chars().count() < 800);
    }

    #[test]
    fn the_message_of_the_provider_behind_a_provider_is_shown() {
        for (raw, expected) in [
            (r#""m is overloaded""#, "Provider returned error: m is overloaded"),
            (
                r#""{\"error\":{\"message\":\"m is overloaded\",\"code\":503}}""#,
                "Provider returned error: m is overloaded",
            ),
            (
                r#"{"detail":[{"loc":["body","top_k"],"msg":"is too large"}]}"#,
                "Provider returned error: top_k: is too large",
            ),
            (r#""<html>502</html>""#, "Provider returned error"),
            ("null", "Provider returned error"),
        ] {
            let body = format!(
                r#"{{"error":{{"message":"Provider returned error","code":502,"metadata":{{"raw":{raw},"provider_name":"X"}}}}}}"#
            );
            assert_eq!(error_message(body.as_bytes()).as_deref(), Some(expected), "{raw}");
        }
    }

    #[test]
    fn other_bodies_have_no_message() {
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
            long_plain.as_str(),
        ] {
            assert_eq!(error_message(body.as_bytes()), None, "{body}");
        }
        assert_eq!(error_message(b"caf\xe9"), None);
    }
}
