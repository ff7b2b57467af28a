//! How long a service asks to wait, wherever and however it says so.

mod body;
mod headers;
mod prose;
mod time;

use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use super::message::error_message;

/// The pause that an answer requests, if there is one.
///
/// It comes from the first of these: the headers `Retry-After` and `retry-after-ms`, also with a prefix that a proxy adds; the body's
/// members for programs (`retry_after`, Google's `RetryInfo`, headers that OpenRouter forwards); its message for people ("try again in
/// 2.5s"); the ends of limits, such as `x-ratelimit-reset-tokens`, which are in every answer and count only if the status says that a
/// limit was reached. A time is seconds, `1m30s`, a date (RFC 9110, RFC 3339), or the seconds or milliseconds since 1970; one in the
/// past is zero.
#[must_use]
pub fn requested_pause(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Option<Duration> {
    at(status, headers, body, SystemTime::now())
}

fn at(status: StatusCode, headers: &HeaderMap, body: &[u8], now: SystemTime) -> Option<Duration> {
    let is_limit = is_limit(status);
    let json = serde_json::from_slice(body).ok();
    let sources: [&dyn Fn() -> Option<Duration>; 5] = [
        &|| headers::retry_after(headers, now),
        &|| body::retry_after(json.as_ref()?, now),
        &|| prose::pause(&error_message(body)?, is_limit, now),
        &|| headers::end_of_limit(headers, now).filter(|_| is_limit),
        &|| body::end_of_limit(json.as_ref()?, now).filter(|_| is_limit),
    ];
    let mut pauses = sources.iter().filter_map(|source| source());
    let first = pauses.next()?;
    // zero is "at once", unless another source says more
    std::iter::once(first)
        .chain(pauses)
        .find(|pause| !pause.is_zero())
        .or(Some(first))
}

/// Whether a status says that a limit was reached: 429, for some services 420, and 498, which is Groq's for a tier without capacity.
fn is_limit(status: StatusCode) -> bool {
    matches!(status.as_u16(), 420 | 429 | 498)
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    const NOW: Duration = Duration::from_secs(1_784_111_777); // 2026-07-15T10:36:17Z

    fn pause(status: u16, headers: &[(&'static str, &str)], body: &str) -> Option<f64> {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                let value = HeaderValue::from_str(value).unwrap();
                (HeaderName::from_static(name), value)
            })
            .collect();
        let status = StatusCode::from_u16(status).unwrap();
        let found = at(status, &headers, body.as_bytes(), SystemTime::UNIX_EPOCH + NOW)?;
        Some(found.as_secs_f64())
    }

    #[test]
    fn the_first_source_counts() {
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
            assert_eq!(pause(429, headers, body), Some(expected), "{headers:?} {body}");
        }
        assert_eq!(pause(429, &[], r#"{"error":"no"}"#), None);
    }

    #[test]
    fn the_end_of_a_limit_says_nothing_about_another_failure() {
        let reset = [("x-ratelimit-reset", "9"), ("x-ratelimit-remaining", "0")];
        for status in [429, 498] {
            assert_eq!(pause(status, &reset, ""), Some(9.0));
        }
        let body = r#"{"error":{"message":"timed out after 20 seconds","metadata":{"headers":{"X-RateLimit-Reset":"9"}}}}"#;
        assert_eq!(pause(429, &[], body), Some(20.0));
        for status in [500, 503, 529, 400] {
            assert_eq!(pause(status, &reset, body), None, "{status}");
            assert_eq!(pause(status, &[("retry-after", "1")], ""), Some(1.0));
            assert_eq!(pause(status, &[], "is loading, try again in 20s"), Some(20.0));
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
            assert_eq!(pause(429, headers, body), Some(expected), "{headers:?} {body}");
        }
    }
}
