//! Wall-clock and monotonic time, as a value that tests can fix.

use std::time::{Duration, Instant, SystemTime};

/// Where a run takes its times from.
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

    /// Always this time; nothing takes longer than zero. Deadlines still pass as they really do.
    #[must_use]
    pub const fn fixed(now: SystemTime) -> Self {
        Self(Source::Fixed(now))
    }

    /// The wall clock.
    pub fn now(self) -> SystemTime {
        match self.0 {
            Source::System => SystemTime::now(),
            Source::Fixed(now) => now,
        }
    }

    /// The wall clock as receipts give it: `YYYY-MM-DDTHH:MM:SSZ` (RFC 3339, UTC).
    #[must_use]
    pub fn timestamp(self) -> String {
        humantime::format_rfc3339_seconds(self.now()).to_string()
    }

    /// Time since `start`, on the monotonic clock.
    pub fn since(self, start: Instant) -> Duration {
        match self.0 {
            Source::System => start.elapsed(),
            Source::Fixed(_) => Duration::ZERO,
        }
    }
}
