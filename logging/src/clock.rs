//! Wall-clock and monotonic time that tests can fix.

use std::time::{Duration, Instant, SystemTime};

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

    /// The wall clock.
    #[must_use]
    pub fn now(self) -> SystemTime {
        match self.0 {
            Source::System => SystemTime::now(),
            Source::Fixed(now) => now,
        }
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
