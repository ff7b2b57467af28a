//! How long a service asks to be left alone.

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};

/// The same in milliseconds, as OpenAI and Azure send it beside the other.
const RETRY_AFTER_MS: &str = "retry-after-ms";

/// What an answer's `Retry-After` asks for (RFC 9110, section 10.2.3): seconds, whole or not, or a date, which is taken from
/// `now` and is zero when it has passed. `retry-after-ms` counts before it. `None` without either, or for nonsense.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let number = |text: &str| {
        let number: f64 = text.parse().ok()?;
        (number >= 0.0).then_some(number)
    };
    let seconds = |seconds| Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
    if let Some(milliseconds) = text(RETRY_AFTER_MS).and_then(number) {
        return seconds(milliseconds / 1e3);
    }
    let text = text(RETRY_AFTER.as_str())?;
    if let Some(number) = number(text) {
        return seconds(number);
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn of(headers: &[(&'static str, &str)]) -> Option<Duration> {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777); // 06 Nov 1994 08:49:37
        let headers = headers
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_str(value).unwrap(),
                )
            })
            .collect();
        retry_after(&headers, now)
    }

    #[test]
    fn seconds_and_dates() {
        for (value, expected) in [
            ("0", Some(0)),
            (" 7 ", Some(7_000)),
            ("0.25", Some(250)),
            ("Sun, 06 Nov 1994 08:49:40 GMT", Some(3_000)),
            ("Sunday, 06-Nov-94 08:49:40 GMT", Some(3_000)),
            ("Sun, 06 Nov 1994 08:49:00 GMT", Some(0)),
            ("-1", None),
            ("NaN", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(
                of(&[("retry-after", value)]),
                expected.map(Duration::from_millis),
                "{value}"
            );
        }
        assert_eq!(of(&[("retry-after", "1e300")]), Some(Duration::MAX));
    }

    #[test]
    fn milliseconds_count_before_seconds() {
        let milliseconds = |value| of(&[("retry-after", "9"), ("retry-after-ms", value)]);
        assert_eq!(milliseconds("1500"), Some(Duration::from_millis(1500)));
        assert_eq!(milliseconds("x"), Some(Duration::from_secs(9)));
        assert_eq!(of(&[]), None);
    }
}
