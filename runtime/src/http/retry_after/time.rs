//! Times as services write them: numbers, durations, dates.

use std::time::{Duration, SystemTime};

/// A larger number is the seconds or, above the second bound, the milliseconds since 1970.
const SECONDS_OF_A_DATE: f64 = 1e9;
const MILLISECONDS_OF_A_DATE: f64 = 1e12;

/// The time from now until what a text says: a number of seconds, a duration such as `1m30s`, or a date.
pub(super) fn until(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    if let Some((number, "")) = number(text) {
        return Some(after(number, now));
    }
    match duration(text) {
        Some((duration, "")) => Some(duration),
        _ => until_date(text, now),
    }
}

/// The same for a number: seconds, or a date if it is too large for that.
pub(super) fn after(number: f64, now: SystemTime) -> Duration {
    let since_1970 = match number {
        milliseconds if milliseconds > MILLISECONDS_OF_A_DATE => seconds(milliseconds / 1e3),
        number if number > SECONDS_OF_A_DATE => seconds(number),
        number => return seconds(number),
    };
    let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    since_1970.saturating_sub(now)
}

/// A duration of this many seconds, which must not be negative.
pub(super) fn seconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number).unwrap_or(Duration::MAX)
}

/// The time from now until a date of HTTP or RFC 3339.
pub(super) fn until_date(text: &str, now: SystemTime) -> Option<Duration> {
    let date = httpdate::parse_http_date(text).ok().or_else(|| rfc3339(text))?;
    Some(date.duration_since(now).unwrap_or_default())
}

/// Parses a date with any offset; humantime only reads `Z`.
fn rfc3339(text: &str) -> Option<SystemTime> {
    let text = text.to_ascii_uppercase();
    let Some((local, offset)) = text
        .char_indices()
        .nth("1994-11-06T08:49:37".len())
        .and_then(|(end, _)| {
            let at = end + text.get(end..)?.find(['+', '-'])?;
            Some(text.split_at(at))
        })
    else {
        return humantime::parse_rfc3339(&text).ok();
    };
    let (hours, minutes) = offset.get(1..)?.split_once(':')?;
    let (hours, minutes): (u64, u64) = (hours.parse().ok()?, minutes.parse().ok()?);
    let offset_s = Duration::from_secs(hours.checked_mul(60)?.checked_add(minutes)?.checked_mul(60)?);
    let local = humantime::parse_rfc3339(&format!("{local}Z")).ok()?;
    if offset.starts_with('+') {
        local.checked_sub(offset_s)
    } else {
        local.checked_add(offset_s)
    }
}

/// Splits a text after a number without sign and exponent at its start.
pub(super) fn number(text: &str) -> Option<(f64, &str)> {
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let mut end = match digits(text) {
        0 => return None,
        end => end,
    };
    if let Some(fraction) = text.get(end..).and_then(|rest| rest.strip_prefix('.')) {
        match digits(fraction) {
            0 => {} // the end of a sentence
            more => end += 1 + more,
        }
    }
    let (number, rest) = text.split_at(end);
    Some((number.parse().ok()?, rest))
}

/// Splits a text after a duration with units at its start: `2.1s`, `6m0s`, `1 minute and 30 seconds`.
pub(super) fn duration(text: &str) -> Option<(Duration, &str)> {
    let (mut duration, mut rest) = part(text)?;
    loop {
        let next = rest.trim_start_matches([' ', ',']);
        let next = next.strip_prefix("and ").unwrap_or(next);
        match part(next) {
            Some((more, after)) => (duration, rest) = (duration.saturating_add(more), after),
            None => return Some((duration, rest)),
        }
    }
}

fn part(text: &str) -> Option<(Duration, &str)> {
    let (number, rest) = number(text)?;
    let rest = rest.trim_start_matches([' ', '-']);
    let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(end);
    Some((seconds(number * in_seconds(unit)?), rest))
}

fn in_seconds(unit: &str) -> Option<f64> {
    Some(match unit.to_ascii_lowercase().as_str() {
        "ns" => 1e-9,
        "us" | "µs" | "μs" => 1e-6,
        "ms" | "msec" | "msecs" | "millis" | "millisecond" | "milliseconds" => 1e-3,
        "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600.0,
        "d" | "day" | "days" => 86_400.0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_every_spelling() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_784_111_777); // 2026-07-15T10:36:17Z
        for (text, expected) in [
            ("0", Some(0.0)),
            (" 7 ", Some(7.0)),
            ("0.25", Some(0.25)),
            ("2.1s", Some(2.1)),
            ("6m0s", Some(360.0)),
            ("120ms", Some(0.12)),
            ("1h2m3.5s", Some(3_723.5)),
            ("1d", Some(86_400.0)),
            ("30 seconds", Some(30.0)),
            ("1784111779", Some(2.0)),
            ("1784111779.5", Some(2.5)),
            ("1784111779500", Some(2.5)),
            ("1784111000", Some(0.0)),
            ("2026-07-15T10:36:19Z", Some(2.0)),
            ("2026-07-15t10:36:19.500z", Some(2.5)),
            ("2026-07-15T12:36:19+02:00", Some(2.0)),
            ("2026-07-15T05:06:19.5-05:30", Some(2.5)),
            ("2026-07-15T10:36:16Z", Some(0.0)),
            ("Wed, 15 Jul 2026 10:36:20 GMT", Some(3.0)),
            ("Wednesday, 15-Jul-26 10:36:20 GMT", Some(3.0)),
            ("", None),
            ("-1", None),
            ("+5", None),
            ("inf", None),
            ("NaN", None),
            ("1e400", None),
            ("1e3", None),
            (".5", None),
            ("5.", None),
            ("5x", None),
            ("soon", None),
            ("2026-07-15", None),
            ("2026-07-15T10:36:19+99:99:99", None),
            ("ééééééééééééééééééé+é", None),
        ] {
            let found = until(text, now).map(|found| found.as_secs_f64());
            let is_equal = match (found, expected) {
                (Some(found), Some(expected)) => (found - expected).abs() < 1e-6,
                (found, expected) => found == expected,
            };
            assert!(is_equal, "{text}: {found:?}");
        }
        assert!(until(&"9".repeat(400), now).unwrap() > Duration::from_secs(1 << 40));
    }

    #[test]
    fn a_duration_ends_where_another_word_begins() {
        for (text, seconds, rest) in [
            ("20 seconds. Then", 20.0, ". Then"),
            ("1 minute and 30 seconds or so", 90.0, " or so"),
            ("2.5s.", 2.5, "."),
            ("20-second pause", 20.0, " pause"),
            ("1 hour, 2 minutes, 3 requests", 3_720.0, ", 3 requests"),
        ] {
            let (duration, after) = duration(text).unwrap();
            assert_eq!((duration.as_secs_f64(), after), (seconds, rest));
        }
        assert_eq!(duration("3 requests"), None);
        assert_eq!(duration("3"), None);
    }
}
