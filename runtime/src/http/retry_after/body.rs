//! Pauses that a JSON body requests.

use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};

use super::headers;
use super::time::{after, seconds, until};

/// `[{"error":{"metadata":{"raw":"{\"error\":{\"details\":[{"retryDelay":..` is as deep as it gets.
const DEEPEST: usize = 12;

/// The longest pause of all members such as `retry_after`, at any depth.
pub(super) fn retry_after(json: &Value, now: SystemTime) -> Option<Duration> {
    longest(json, DEEPEST, &|fields| {
        let members = fields.iter().filter_map(|(name, value)| member(name, value, now));
        let forwarded = object(fields, "headers")
            .and_then(|fields| headers::retry_after(&headers::forwarded(fields), now));
        members.chain(forwarded).max()
    })
}

/// When a limit ends, according to headers that the body forwards.
pub(super) fn end_of_limit(json: &Value, now: SystemTime) -> Option<Duration> {
    longest(json, DEEPEST, &|fields| {
        headers::end_of_limit(&headers::forwarded(object(fields, "headers")?), now)
    })
}

fn object<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Map<String, Value>> {
    fields.get(name)?.as_object()
}

/// The longest pause of any object, including JSON in strings.
fn longest(
    json: &Value,
    deepest: usize,
    read: &dyn Fn(&Map<String, Value>) -> Option<Duration>,
) -> Option<Duration> {
    let deepest = deepest.checked_sub(1)?;
    match json {
        Value::Array(items) => items.iter().filter_map(|item| longest(item, deepest, read)).max(),
        Value::Object(fields) => {
            let inner = fields
                .values()
                .filter_map(|field| longest(field, deepest, read))
                .max();
            inner.max(read(fields))
        }
        Value::String(text) if text.trim_start().starts_with(['{', '[']) => {
            longest(&serde_json::from_str(text).ok()?, deepest, read)
        }
        _ => None,
    }
}

/// The pause in a member such as `retry_after`, `retryAfterMs`, `retryDelay` or `resets_at`.
fn member(name: &str, value: &Value, now: SystemTime) -> Option<Duration> {
    let name: String = name
        .chars()
        .filter(|c| !matches!(c, '_' | '-'))
        .map(|c| c.to_ascii_lowercase())
        .collect();
    match name.as_str() {
        "retryafter" | "retryafters" | "retryaftersec" | "retryafterseconds" | "retrydelay"
        | "retrydelayseconds" | "retryin" | "retryinseconds" | "resetsin" | "resetin" | "resetsinseconds"
        | "resetinseconds" | "resetsat" | "resetat" | "retryat" | "estimatedtime" => match value {
            Value::Number(number) => positive(number.as_f64()).map(|number| after(number, now)),
            Value::String(text) => until(text, now),
            // `google.protobuf.Duration`
            Value::Object(parts) => {
                let part = |name| positive(parts.get(name)?.as_f64());
                Some(seconds(
                    part("seconds")? + part("nanos").unwrap_or_default() / 1e9,
                ))
            }
            _ => None,
        },
        "retryafterms" | "retryaftermillis" | "retryaftermilliseconds" | "retrydelayms" | "retryinms" => {
            let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
            positive(number).map(|milliseconds| seconds(milliseconds / 1e3))
        }
        _ => None,
    }
}

fn positive(number: Option<f64>) -> Option<f64> {
    number.filter(|number| *number >= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_that_request_a_pause() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_784_111_777); // 2026-07-15T10:36:17Z
        for (body, expected) in [
            (r#"{"retry_after":7}"#, Some(7_000)),
            (r#"{"retry_after":0.5}"#, Some(500)),
            (r#"{"retry_after":"7"}"#, Some(7_000)),
            (r#"{"retry_after":"7s"}"#, Some(7_000)),
            (r#"{"retry_after":1784111780}"#, Some(3_000)),
            (r#"{"retry_after":1784111780000}"#, Some(3_000)),
            (r#"{"retry_after":"2026-07-15T10:36:20Z"}"#, Some(3_000)),
            (r#"{"error":{"retryAfter":7}}"#, Some(7_000)),
            (r#"{"error":{"retry_after_ms":1500}}"#, Some(1_500)),
            (r#"{"error":{"metadata":{"retry_after_seconds":7}}}"#, Some(7_000)),
            (r#"[{"error":{"details":[{"retryDelay":"2.5s"}]}}]"#, Some(2_500)),
            (
                r#"{"details":[{"retryDelay":{"seconds":2,"nanos":500000000}}]}"#,
                Some(2_500),
            ),
            (
                r#"{"error":{"metadata":{"raw":"{\"error\":{\"details\":[{\"retryDelay\":\"4s\"}]}}"}}}"#,
                Some(4_000),
            ),
            (
                r#"{"error":{"metadata":{"headers":{"Retry-After":"4"}}}}"#,
                Some(4_000),
            ),
            (
                r#"{"error":{"metadata":{"headers":{"retry-after-ms":4}}}}"#,
                Some(4),
            ),
            (
                r#"{"error":{"type":"usage_limit_reached","resets_in_seconds":5}}"#,
                Some(5_000),
            ),
            (r#"{"error":"is loading","estimated_time":20.5}"#, Some(20_500)),
            (r#"{"retry_after":-1}"#, None),
            (r#"{"retry_after":null}"#, None),
            (r#"{"retry_after":"soon"}"#, None),
            (r#"{"error":{"message":"no"}}"#, None),
            ("7", None),
        ] {
            let json = serde_json::from_str(body).unwrap();
            let found = retry_after(&json, now).map(|pause| pause.as_millis());
            assert_eq!(found, expected, "{body}");
        }
    }
}
