//! Lengths of time, as options and variables give them.

use std::time::Duration;

/// Reads a number of seconds above 0; fractions are fine.
#[must_use]
pub fn parse_seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.trim().parse().ok()?;
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|timeout| !timeout.is_zero())
}
