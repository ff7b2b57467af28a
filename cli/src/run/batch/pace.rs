//! How far a batch is, and how fast.

use std::fmt;
use std::time::{Duration, Instant};

use super::totals::Totals;
use crate::quantity::{duration, grouped, usd};

/// The lines of a batch, and since when it runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    pub(super) lines: u64,
    pub(super) started: Instant,
}

/// The facts of one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Facts {
    pub(super) lines: u64,
    /// Lines that were done, now or before, or have failed.
    pub(super) ended: u64,
    pub(super) before: u64,
    pub(super) failed: u64,
    pub(super) cost_usd: Option<f64>,
    /// Lines that ended in a second; `None` until one has.
    pub(super) per_second: Option<f64>,
    pub(super) left: Option<Duration>,
}

impl Pace {
    pub(super) fn at(self, totals: &Totals, now: Instant) -> Facts {
        let seconds = now.saturating_duration_since(self.started).as_secs_f64();
        let [ended, before] = [totals.ended(), totals.done_before()];
        // what was done before takes no time
        let run = ended.saturating_sub(before);
        let per_second = (run > 0 && seconds > 0.0).then(|| run as f64 / seconds);
        let left = self.lines.saturating_sub(ended) as f64;
        Facts {
            lines: self.lines,
            ended,
            before,
            failed: totals.failed(),
            cost_usd: totals.cost(),
            per_second,
            left: per_second.and_then(|rate| Duration::try_from_secs_f64((left / rate).ceil()).ok()),
        }
    }
}

/// What comes after the bar: `4 failed  $0.0067  21/s  10 s left`.
impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if self.failed > 0 {
            parts.push(format!("{} failed", grouped(self.failed)));
        }
        parts.extend(self.cost_usd.map(|cost| format!("${}", usd(cost))));
        parts.extend(self.per_second.map(|rate| match rate {
            10.0.. => format!("{rate:.0}/s"),
            0.1.. => format!("{rate:.1}/s"),
            _ => format!("{:.1}/min", rate * 60.0),
        }));
        match self.left.map(|left| left.as_secs()) {
            Some(0) | None => {}
            Some(seconds) if seconds < 60 => parts.push(format!("{seconds} s left")),
            Some(seconds) => parts.push(format!("{} left", duration(seconds.saturating_mul(1_000)))),
        }
        f.write_str(&parts.join("  "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_facts_follow_the_bar() {
        let facts = Facts {
            lines: 500,
            ended: 299,
            before: 0,
            failed: 4,
            cost_usd: Some(0.0067),
            per_second: Some(21.3),
            left: Some(Duration::from_secs(10)),
        };
        assert_eq!(facts.to_string(), "4 failed  $0.0067  21/s  10 s left");
        let slow = Facts {
            failed: 0,
            cost_usd: None,
            per_second: Some(0.05),
            left: Some(Duration::from_secs(4_020)),
            ..facts
        };
        assert_eq!(slow.to_string(), "3.0/min  1h07m left");
    }

    #[test]
    fn what_was_done_before_takes_no_time() {
        let started = Instant::now();
        let pace = Pace { lines: 10, started };
        let facts = pace.at(&Totals::default(), started);
        assert_eq!((facts.per_second, facts.left), (None, None));
    }
}
