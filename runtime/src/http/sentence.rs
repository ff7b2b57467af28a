//! Finding the sentence for people in the body of an error answer.

use serde_json::{Map, Value};

/// A longer text is no sentence but a payload. It is left out rather than cut: a cut could go through a secret, and
/// what is left of it would not be recognized.
const LONGEST: usize = 4_000;

/// Text that is not JSON has to be shorter than that: what is longer is a page or a stack trace.
const LONGEST_PLAIN: usize = 500;

/// Where services put it, the most telling first.
const FIELDS: [&str; 9] = [
    "error",
    "message",
    "detail",
    "msg",
    "description",
    "reason",
    "title",
    "errors",
    "issues",
];

/// Where an item of a list says what it is about.
const PLACES: [&str; 6] = ["loc", "path", "field", "param", "name", "pointer"];

const OF_ANOTHER: [&str; 3] = ["provider returned", "provider error", "upstream"];

/// The first parts of a place that say no more than that it is in the request.
const WHOLE_REQUEST: [&str; 3] = ["body", "#", ""];

/// The most that is told of a list, in characters; the rest is counted.
const LONGEST_LIST: usize = 700;

/// `{"error":{"metadata":{"raw":"{\"detail\":[{\"error\":{\"message\":` is as deep as it gets.
const DEEPEST: usize = 10;

/// What a service says in words about its error, exactly as it says it.
///
/// Reads JSON of many shapes (`error.message`, `error`, `message`, `detail`, `title`, lists of them) and short plain
/// text; `None` for HTML, for anything over 4,000 characters, and where there are no words. Of a list all that fits is told, each
/// item after the place that it is about: `input.width: ...; input.seed: ...`. The runtime redacts it and
/// puts it on one line when it becomes a [`ProcessorError`](crate::ProcessorError)'s message.
#[must_use]
pub fn sentence(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let found = of_text(text, DEEPEST)?;
    (found.chars().count() <= LONGEST).then_some(found)
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
            let behind = is_of_another(&found).then(|| upstream(fields, deepest)).flatten();
            Some(match behind {
                Some(reason) => format!("{}: {reason}", found.trim_end_matches(['.', ':', ' '])),
                None => found,
            })
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// Whether a sentence says no more than that another service has failed.
fn is_of_another(sentence: &str) -> bool {
    let sentence = sentence.to_ascii_lowercase();
    OF_ANOTHER.iter().any(|words| sentence.contains(words))
}

/// What the provider behind OpenRouter has said; "Provider returned error" is all that stands in its own place
/// (<https://openrouter.ai/docs/api-reference/errors>).
fn upstream(fields: &Map<String, Value>, deepest: usize) -> Option<String> {
    let raw = fields.get("metadata")?.get("raw")?;
    match raw {
        Value::String(text) => of_text(text, deepest),
        other => find(other, deepest),
    }
}

/// Each item with its place, as far as they fit.
fn list(items: &[Value], deepest: usize) -> Option<String> {
    let mut told = items.iter().filter_map(|item| {
        let words = find(item, deepest)?;
        Some(match place(item) {
            Some(place) => format!("{place}: {words}"),
            None => words,
        })
    });
    let mut list = told.next()?;
    let mut length = list.chars().count();
    let mut left_out = 0;
    for item in told {
        length += item.chars().count();
        match left_out == 0 && length <= LONGEST_LIST {
            true => list = format!("{list}; {item}"),
            false => left_out += 1,
        }
    }
    Some(match left_out {
        0 => list,
        more => format!("{list}; and {more} more"),
    })
}

/// `input.width` for `"loc":["body","input","width"]`, and for what other services have in its place.
fn place(item: &Value) -> Option<String> {
    let place = PLACES.iter().find_map(|name| item.get(*name))?;
    let parts: Vec<String> = match place {
        Value::Array(parts) => parts.iter().map(part).collect(),
        Value::String(text) => text.split('/').map(str::to_owned).collect(),
        _ => return None,
    };
    let is_telling = |part: &&String| !WHOLE_REQUEST.contains(&part.as_str());
    let telling: Vec<_> = parts
        .iter()
        .skip_while(|part| !is_telling(part))
        .cloned()
        .collect();
    let place = telling.join(".");
    (!place.is_empty() && place.chars().count() <= LONGEST_PLAIN).then_some(place)
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
            r#"{"error":{"message":"{\"error\":{\"message\":\"no such model\"}}"}}"#,
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
        let body = r#"{"error":"[no JSON"}"#;
        assert_eq!(sentence(body.as_bytes()).as_deref(), Some("[no JSON"));
    }

    #[test]
    fn all_of_a_list_is_told_with_its_places() {
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
            assert_eq!(sentence(body.as_bytes()).as_deref(), Some(expected), "{body}");
        }
        let item = format!(r#"{{"loc":["a"],"msg":"{}"}}"#, "x".repeat(200));
        let body = format!(r#"{{"detail":[{}]}}"#, vec![item; 50].join(","));
        let told = sentence(body.as_bytes()).unwrap();
        assert!(told.ends_with("; and 47 more"), "{told}");
        assert!(told.chars().count() < 800);
    }

    #[test]
    fn what_the_provider_behind_a_provider_says_is_told() {
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
            assert_eq!(sentence(body.as_bytes()).as_deref(), Some(expected), "{raw}");
        }
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
