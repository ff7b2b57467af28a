//! Headers that request a pause.

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::time::{number, seconds, until};

const SECONDS: &str = "retry-after";
/// OpenAI and Azure send it beside the other.
const MILLISECONDS: &str = "retry-after-ms";

/// The pause of `retry-after-ms` or `Retry-After` (RFC 9110, section 10.2.3). A proxy such as LiteLLM's forwards those of its
/// upstream with a prefix: `llm_provider-retry-after`.
pub(super) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let milliseconds = |value: &str| match number(value.trim())? {
        (number, "") => Some(seconds(number / 1e3)),
        _ => None,
    };
    let seconds = |value: &str| until(value, now);
    named(headers, |name| name == MILLISECONDS, milliseconds)
        .or_else(|| named(headers, |name| name == SECONDS, seconds))
        .or_else(|| named(headers, |name| is_forwarded(name, MILLISECONDS), milliseconds))
        .or_else(|| named(headers, |name| is_forwarded(name, SECONDS), seconds))
}

/// When a limit ends: `ratelimit-reset`, `x-ratelimit-reset-tokens`, `anthropic-ratelimit-requests-reset` and their like, and
/// `RateLimit` itself.
///
/// Of several limits, one that is used up counts first, then one that may not have enough left for a request; of those the one that
/// ends last.
pub(super) fn end_of_limit(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let limits = headers.iter().filter_map(|(name, value)| {
        let value = value.to_str().ok()?;
        if is_named(name.as_str(), "ratelimit") {
            return structured(value);
        }
        let left = name.as_str().strip_suffix("reset").map_or_else(
            || name.as_str().replace("-reset-", "-remaining-"),
            |start| format!("{start}remaining"),
        );
        let is_reset = name.as_str().contains("ratelimit") && left != name.as_str();
        let left = headers.get(left).and_then(whole_number);
        let rank = match left {
            Some(0) => 2,
            Some(_) if name.as_str().contains("request") => 0,
            Some(_) | None => 1, // there may be too few tokens left
        };
        is_reset
            .then(|| until(value, now))
            .flatten()
            .map(|end| (rank, end))
    });
    limits.max().map(|(_, end)| end)
}

/// <https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/>, in the present form (`"a";r=0;t=30`) and an older one
/// (`limit=9, remaining=0, reset=30`).
fn structured(value: &str) -> Option<(u8, Duration)> {
    let member = |names: [&str; 2]| {
        value.split([';', ',']).find_map(|member| {
            let (name, value) = member.split_once('=')?;
            let is_it = names.contains(&name.trim());
            value.trim().parse().ok().filter(|_| is_it)
        })
    };
    let left: Option<u64> = member(["r", "remaining"]);
    let rank = if left == Some(0) { 2 } else { 1 };
    Some((rank, Duration::from_secs(member(["t", "reset"])?)))
}

fn whole_number(value: &HeaderValue) -> Option<u64> {
    value.to_str().ok()?.trim().parse().ok()
}

/// The longest of the values of headers with such names.
fn named(
    headers: &HeaderMap,
    is_it: impl Fn(&str) -> bool,
    read: impl Fn(&str) -> Option<Duration>,
) -> Option<Duration> {
    let found = headers.iter().filter(|(name, _)| is_it(name.as_str()));
    found.filter_map(|(_, value)| read(value.to_str().ok()?)).max()
}

fn is_forwarded(name: &str, own: &str) -> bool {
    name != own && is_named(name, own)
}

fn is_named(name: &str, own: &str) -> bool {
    let before = name.strip_suffix(own);
    before.is_some_and(|before| before.is_empty() || before.ends_with('-'))
}

/// Headers that a body forwards, without invalid ones.
pub(super) fn forwarded(fields: &serde_json::Map<String, serde_json::Value>) -> HeaderMap {
    let text = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    fields
        .iter()
        .filter_map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            Some((name, HeaderValue::from_str(&text(value)).ok()?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(headers: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |&(name, value): &(&'static str, &str)| {
            let value = HeaderValue::from_str(value).unwrap();
            (HeaderName::from_static(name), value)
        };
        headers.iter().map(pair).collect()
    }

    #[test]
    fn milliseconds_count_before_seconds_and_own_headers_before_forwarded_ones() {
        let pause = |pairs: &[_]| retry_after(&headers(pairs), SystemTime::now()).map(|d| d.as_millis());
        for (pairs, expected) in [
            (
                &[("retry-after", "9"), ("retry-after-ms", "1500")][..],
                Some(1_500),
            ),
            (&[("retry-after", "9"), ("retry-after-ms", "x")], Some(9_000)),
            (
                &[("llm_provider-retry-after", "9"), ("retry-after", "1")],
                Some(1_000),
            ),
            (&[("llm_provider-retry-after-ms", "90")], Some(90)),
            (&[("x-retry-after", "0.5")], Some(500)),
            (&[("retry-after", "inf")], None),
            (&[("retry-after", "-1")], None),
            (&[("noretry-after", "1")], None),
            (&[], None),
        ] {
            assert_eq!(pause(pairs), expected, "{pairs:?}");
        }
    }

    #[test]
    fn of_several_limits_the_one_that_was_reached_counts() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_784_111_777);
        for (pairs, expected) in [
            (&[("ratelimit-reset", "3")][..], Some(3_000)),
            (&[("x-ratelimit-reset", "3")], Some(3_000)),
            (&[("x-ratelimit-reset", "1784111780")], Some(3_000)),
            (&[("x-ratelimit-reset", "1784111780000")], Some(3_000)),
            (&[("x-ratelimit-reset", "2026-07-15T10:36:20Z")], Some(3_000)),
            (&[("x-ratelimit-reset-requests", "120ms")], Some(120)),
            (
                &[
                    ("x-ratelimit-reset-requests", "2.1s"),
                    ("x-ratelimit-reset-tokens", "6m0s"),
                ],
                Some(360_000),
            ),
            (
                &[
                    ("x-ratelimit-reset-requests", "2.1s"),
                    ("x-ratelimit-remaining-requests", "0"),
                    ("x-ratelimit-reset-tokens", "6m0s"),
                    ("x-ratelimit-remaining-tokens", "5000"),
                ],
                Some(2_100),
            ),
            (
                // requests are left, so that there must be too few tokens
                &[
                    ("x-ratelimit-reset-requests-day", "33011.38"),
                    ("x-ratelimit-remaining-requests-day", "14370"),
                    ("x-ratelimit-reset-tokens-minute", "11.38"),
                    ("x-ratelimit-remaining-tokens-minute", "1500"),
                ],
                Some(11_380),
            ),
            (
                &[
                    ("llm_provider-x-ratelimit-reset-tokens", "4"),
                    ("llm_provider-x-ratelimit-remaining-tokens", "0"),
                ],
                Some(4_000),
            ),
            (&[("ratelimit", r#""default";r=0;t=30"#)], Some(30_000)),
            (&[("ratelimit", "limit=9, remaining=0, reset=31")], Some(31_000)),
            (
                &[
                    ("ratelimit-policy", r#""default";q=9;w=60"#),
                    ("ratelimit-limit", "9"),
                ],
                None,
            ),
            (&[("x-reset", "3"), ("x-ratelimit-remaining", "0")], None),
        ] {
            let found = end_of_limit(&headers(pairs), now).map(|end| end.as_millis());
            assert_eq!(found, expected, "{pairs:?}");
        }
    }
}
