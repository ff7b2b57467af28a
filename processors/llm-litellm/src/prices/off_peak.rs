//! Hours in which a model costs less.

use std::time::{SystemTime, UNIX_EPOCH};

const MINUTES_OF_A_DAY: u64 = 24 * 60;
/// 1970-01-01 was a Thursday; Monday is day 1.
const DAY_OF_THE_EPOCH: u64 = 4;

/// Hours of the week.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Hours(Vec<Window>);

#[derive(Clone, Debug, PartialEq)]
struct Window {
    first_day: u64,
    last_day: u64,
    /// Minutes of the day. A window that ends before it begins goes over midnight.
    start: u64,
    end: u64,
}

impl Hours {
    /// Reads `1-5:00:00-01:00+10:00-00:00;6-7:00:00-00:00`: for the days from Monday (1) on, the hours in UTC.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut windows = Vec::new();
        for rule in text.split(';') {
            let (days, hours) = rule.split_once(':')?;
            let (first_day, last_day) = days.split_once('-')?;
            for hours in hours.split('+') {
                let (start, end) = hours.split_once('-')?;
                windows.push(Window {
                    first_day: first_day.parse().ok()?,
                    last_day: last_day.parse().ok()?,
                    start: minute(start)?,
                    end: minute(end)?,
                });
            }
        }
        Some(Self(windows))
    }

    pub(super) fn contain(&self, time: SystemTime) -> bool {
        let Ok(since) = time.duration_since(UNIX_EPOCH) else {
            return false;
        };
        let minutes = since.as_secs() / 60;
        let day = (minutes / MINUTES_OF_A_DAY + DAY_OF_THE_EPOCH - 1) % 7 + 1;
        let now = minutes % MINUTES_OF_A_DAY;
        self.0.iter().any(|window| window.contains(day, now))
    }
}

impl Window {
    fn contains(&self, day: u64, now: u64) -> bool {
        let is_in_hours = if self.start < self.end {
            (self.start..self.end).contains(&now)
        } else {
            now >= self.start || now < self.end
        };
        is_in_hours && (self.first_day..=self.last_day).contains(&day)
    }
}

fn minute(time: &str) -> Option<u64> {
    let (hour, minute) = time.split_once(':')?;
    let (hour, minute): (u64, u64) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_of_deepseek() {
        let hours = Hours::parse("1-5:00:00-01:00+04:00-06:00+10:00-00:00;6-7:00:00-00:00").unwrap();
        for (time, expected) in [
            ("Thu, 26 Nov 2026 00:59:59 GMT", true),
            ("Thu, 26 Nov 2026 01:00:00 GMT", false),
            ("Thu, 26 Nov 2026 03:59:59 GMT", false),
            ("Thu, 26 Nov 2026 04:00:00 GMT", true),
            ("Fri, 27 Nov 2026 06:00:00 GMT", false),
            ("Fri, 27 Nov 2026 23:59:59 GMT", true),
            ("Sat, 28 Nov 2026 02:00:00 GMT", true),
            ("Sun, 29 Nov 2026 07:00:00 GMT", true),
            ("Mon, 30 Nov 2026 07:00:00 GMT", false),
        ] {
            let date = httpdate::parse_http_date(time).unwrap();
            assert_eq!(hours.contain(date), expected, "{time}");
        }
        assert!(!Hours::default().contain(SystemTime::now()));
    }

    #[test]
    fn wrong_hours() {
        for text in [
            "",
            "1-5",
            "1:00:00-01:00",
            "1-5:00:00",
            "1-5:24:00-01:00",
            "1-5:00:60-01:00",
            "a-b:00:00-01:00",
        ] {
            assert_eq!(Hours::parse(text), None, "{text}");
        }
    }
}
