//! Wall-clock and monotonic time that tests can fix.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The last day of the year 9999, which leaves room for times that are a little later.
const LATEST: Duration = Duration::from_secs(253_402_214_400);

/// The clock of a run.
#[derive(Clone, Copy, Debug)]
pub struct Clock(Source);

#[derive(Clone, Copy, Debug)]
enum Source {
    System,
    Fixed(SystemTime),
}

impl Clock {
    /// The machine's own clocks.
    #[must_use]
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// Always this time, and no time passes. Deadlines still pass as usual.
    #[must_use]
    pub const fn fixed(now: SystemTime) -> Self {
        Self(Source::Fixed(now))
    }

    /// The wall clock. One that is set wrong is at the first or the last time that RFC 3339 can write.
    #[must_use]
    pub fn now(self) -> SystemTime {
        let now = match self.0 {
            Source::System => SystemTime::now(),
            Source::Fixed(now) => now,
        };
        now.clamp(UNIX_EPOCH, UNIX_EPOCH + LATEST)
    }

    /// The wall clock for receipts: `YYYY-MM-DDTHH:MM:SSZ` (RFC 3339, UTC).
    #[must_use]
    pub fn timestamp(self) -> String {
        humantime::format_rfc3339_seconds(self.now()).to_string()
    }

    /// The time since `start`, by the monotonic clock.
    #[must_use]
    pub fn since(self, start: Instant) -> Duration {
        match self.0 {
            Source::System => start.elapsed(),
            Source::Fixed(_) => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_wrong_has_a_time_all_the_same() {
        let day = Duration::from_secs(24 * 60 * 60);
        for (now, timestamp) in [
            (UNIX_EPOCH - day, "1970-01-01T00:00:00Z"),
            (UNIX_EPOCH + day, "1970-01-02T00:00:00Z"),
            (UNIX_EPOCH + day * 4_000_000, "9999-12-31T00:00:00Z"),
        ] {
            assert_eq!(Clock::fixed(now).timestamp(), timestamp);
        }
    }
}
