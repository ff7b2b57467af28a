//! How long a service asks to be left alone, wherever and however it says so.

mod body;
mod headers;
mod time;
mod words;

use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use reqwest::header::HeaderMap;

/// The pause that an answer asks for, if it asks for one.
///
/// The most telling counts: `Retry-After` and `retry-after-ms`, also where a proxy puts another name before them; then what the
/// body has for programs (`retry_after`, Google's `RetryInfo`, headers that OpenRouter hands on) and for people ("try again in 2.5s");
/// then the ends of limits, such as `x-ratelimit-reset-tokens`. Those stand in every answer, and count only where the status
/// says that a limit was met. A time is seconds, `1m30s`, a date (RFC 9110, RFC 3339), or the seconds or milliseconds since 1970; one that
/// has passed is zero.
#[must_use]
pub fn told_pause(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Option<Duration> {
    at(status, headers, body, SystemTime::now())
}

fn at(status: StatusCode, headers: &HeaderMap, body: &[u8], now: SystemTime) -> Option<Duration> {
    let is_limit = is_limit(status);
    let json = serde_json::from_slice(body).ok();
    let sentence = || super::sentence(body);
    let sources: [&dyn Fn() -> Option<Duration>; 5] = [
        &|| headers::retry_after(headers, now),
        &|| body::retry_after(json.as_ref()?, now),
        &|| words::pause(&sentence()?, is_limit, now),
        &|| headers::end_of_limit(headers, now).filter(|_| is_limit),
        &|| body::end_of_limit(json.as_ref()?, now).filter(|_| is_limit),
    ];
    let mut told = None;
    for pause in sources.iter().filter_map(|source| source()) {
        if !pause.is_zero() {
            return Some(pause);
        }
        told = Some(pause); // "at once", unless something else says more
    }
    told
}

/// Whether a status says that a limit was met: 429, as some have it 420, and 498, which is Groq's word for a full tier.
fn is_limit(status: StatusCode) -> bool {
    matches!(status.as_u16(), 420 | 429 | 498)
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    const NOW: Duration = Duration::from_secs(1_784_111_777); // 2026-07-15T10:36:17Z

    fn of(status: u16, headers: &[(&'static str, &str)], body: &str) -> Option<f64> {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                let value = HeaderValue::from_str(value).unwrap();
                (HeaderName::from_static(name), value)
            })
            .collect();
        let status = StatusCode::from_u16(status).unwrap();
        let pause = at(status, &headers, body.as_bytes(), SystemTime::UNIX_EPOCH + NOW)?;
        Some(pause.as_secs_f64())
    }

    #[test]
    fn the_most_telling_counts() {
        let reset = ("x-ratelimit-reset-requests", "9s");
        for (headers, body, expected) in [
            (&[("retry-after", "2"), reset][..], "wait 5 seconds", 2.0),
            (&[("retry-after", "0"), reset], "wait 5 seconds", 5.0),
            (&[("retry-after", "0"), reset], "", 9.0),
            (&[reset], "wait 5 seconds", 5.0),
            (
                &[reset],
                r#"{"retry_after":3,"detail":"Try again in 5 seconds."}"#,
                3.0,
            ),
            (&[("retry-after", "0")], "", 0.0),
        ] {
            assert_eq!(of(429, headers, body), Some(expected), "{headers:?} {body}");
        }
        assert_eq!(of(429, &[], r#"{"error":"no"}"#), None);
    }

    #[test]
    fn the_end_of_a_limit_says_nothing_about_another_failure() {
        let reset = [("x-ratelimit-reset", "9"), ("x-ratelimit-remaining", "0")];
        for status in [429, 498] {
            assert_eq!(of(status, &reset, ""), Some(9.0));
        }
        let body = r#"{"error":{"message":"timed out after 20 seconds","metadata":{"headers":{"X-RateLimit-Reset":"9"}}}}"#;
        assert_eq!(of(429, &[], body), Some(20.0));
        for status in [500, 503, 529, 400] {
            assert_eq!(of(status, &reset, body), None, "{status}");
            assert_eq!(of(status, &[("retry-after", "1")], ""), Some(1.0));
            assert_eq!(of(status, &[], "is loading, try again in 20s"), Some(20.0));
        }
    }

    #[test]
    fn what_services_really_send() {
        for (headers, body, expected) in [
            (
                // Gemini's layer that is compatible with OpenAI's answers with a list
                &[][..],
                r#"[{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details.","status":"RESOURCE_EXHAUSTED",
                    "details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure"},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"2.5s"}]}}]"#,
                2.5,
            ),
            (
                &[],
                r#"{"error":{"message":"Rate limit exceeded: free-models-per-min. ","code":429,"metadata":{"headers":{"X-RateLimit-Limit":"16","X-RateLimit-Remaining":"0","X-RateLimit-Reset":"1784111780000"}}}}"#,
                3.0,
            ),
            (
                &[],
                r#"{"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"m is temporarily rate-limited upstream. Please retry in 12s","provider_name":"X"}}}"#,
                12.0,
            ),
            (
                &[],
                r#"{"error":{"message":"Rate limit reached for m in organization o on tokens per min (TPM): Limit 6000, Used 5000, Requested 2000. Please try again in 1m26.4s. Visit https://x.","type":"tokens","code":"rate_limit_exceeded"}}"#,
                86.4,
            ),
            (
                &[],
                r#"{"detail":"Request was throttled. Your rate limit resets in ~30s.","status":429}"#,
                30.0,
            ),
            (
                &[],
                r#"{"error":{"code":"429","message":"Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2024-10-21 have exceeded call rate limit of your current OpenAI S0 pricing tier. Please retry after 20 seconds."}}"#,
                20.0,
            ),
            (
                &[
                    ("llm_provider-retry-after", "7"),
                    ("llm_provider-x-ratelimit-reset-requests", "60s"),
                ],
                r#"{"error":{"message":"litellm.RateLimitError: no","code":"429"}}"#,
                7.0,
            ),
            (
                &[
                    ("anthropic-ratelimit-requests-remaining", "3"),
                    ("anthropic-ratelimit-requests-reset", "2026-07-15T11:00:00Z"),
                    ("anthropic-ratelimit-tokens-remaining", "0"),
                    ("anthropic-ratelimit-tokens-reset", "2026-07-15T10:36:27Z"),
                ],
                r#"{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}"#,
                10.0,
            ),
        ] {
            assert_eq!(of(429, headers, body), Some(expected), "{headers:?} {body}");
        }
    }
}
