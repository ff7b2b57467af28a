//! How fast lines of one provider may start.
//!
//! A pause that a service requests is kept. At a limit without one, starts stop for a pause that grows as long as nothing
//! gets through, with one line to try it out after each. From then on they are paced by what has got
//! through since the start: that is the rate which the service grants, whatever its windows are. It grows with every
//! start, so that a limit that is lifted is noticed, and shrinks where the limit is met again.

use std::time::{Duration, Instant};

use crate::run::pause::ShownPause;

/// The first pause, and the longest.
const PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How much the rate grows with a start, until the limit is met again and from then on; in a second at most.
const GROWTH: [f64; 2] = [0.05, 0.01];
const MOST_IN_A_SECOND: f64 = 0.05;
/// How much of the rate is left where the limit is met again.
const LEFT: f64 = 0.85;
/// What got through says more, where it was this much.
const SAMPLE: u32 = 5;
/// After so many lines in a row that met the limit, starts stop.
const IN_A_ROW: u32 = 3;
/// The lowest rate, in a second: where it is lower, the pauses do the rest.
const LOWEST: f64 = 1.0 / 60.0;
/// Where the lines start faster than this, nothing is left to pace.
const HIGHEST: f64 = 1_000.0;

/// The starts of one provider's lines.
#[derive(Debug, Default)]
pub(super) struct Flow {
    /// Until when the service requested to wait.
    requested: Option<Instant>,
    /// When a limit without a request was met: what was running then says nothing new about it.
    met: Option<Instant>,
    /// Lines in a row that met it since something got through.
    refused: u32,
    stop: Option<Stop>,
    rate: Option<Rate>,
    /// What got through, since then.
    passed: u32,
    since: Option<Instant>,
}

/// Nothing starts after a limit.
#[derive(Clone, Copy, Debug)]
struct Stop {
    pause: Duration,
    until: Instant,
    /// Whether a line tries out if it is over.
    is_tried: bool,
}

#[derive(Clone, Copy, Debug)]
struct Rate {
    /// Starts in a second.
    starts: f64,
    next: Instant,
    /// Whether the limit has been met at this pace.
    is_settled: bool,
}

/// When a line may start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opens {
    Now,
    At(Instant),
    /// When a line that tries it out has got through, or has not.
    Later,
}

impl Flow {
    pub(super) fn opens(&self, now: Instant) -> Opens {
        let next = self.rate.map(|rate| rate.next);
        match self.requested.max(self.stop.map(|stop| stop.until)).max(next) {
            Some(at) if at > now => Opens::At(at),
            _ if self.stop.is_some_and(|stop| stop.is_tried) => Opens::Later,
            _ => Opens::Now,
        }
    }

    /// Until when the service, or the pause after a limit, keeps everything waiting.
    pub(super) fn held_until(&self, now: Instant) -> Option<Instant> {
        let stop = self.stop.map(|stop| stop.until);
        self.requested.max(stop).filter(|at| *at > now)
    }

    /// The same for people.
    pub(super) fn pause(&self, provider: &str, now: Instant) -> Option<ShownPause> {
        let until = self.held_until(now)?;
        Some(if self.requested == Some(until) {
            ShownPause::requested(provider, until)
        } else {
            ShownPause::at_limit(provider, until)
        })
    }

    /// A line starts.
    pub(super) fn start(&mut self, now: Instant) {
        self.since.get_or_insert(now);
        if let Some(stop) = &mut self.stop {
            stop.is_tried = true;
        }
        if let Some(rate) = &mut self.rate {
            rate.start(now);
            if rate.starts > HIGHEST {
                self.rate = None;
            }
        }
    }

    /// A service requested to wait.
    pub(super) fn wait_until(&mut self, until: Instant) {
        self.requested = self.requested.max(Some(until));
    }

    /// A line that started then met a limit without a request.
    pub(super) fn met_limit(&mut self, started: Instant, now: Instant) {
        if self.met.is_some_and(|met| started <= met) {
            return;
        }
        self.met = Some(now);
        self.refused += 1;
        if self.refused == 1 {
            self.slow_down(now);
        }
        if self.rate.is_none() || self.refused >= IN_A_ROW {
            let pause = self
                .stop
                .map_or(PAUSE, |stop| (stop.pause * 2).min(LONGEST_PAUSE));
            self.stop = Some(Stop {
                pause,
                until: now + pause,
                is_tried: false,
            });
        }
    }

    fn slow_down(&mut self, now: Instant) {
        let measured = self.measured(now);
        let Some(rate) = &mut self.rate else { return };
        let passed = measured.filter(|_| self.passed >= SAMPLE).unwrap_or_default();
        rate.starts = (rate.starts * LEFT).max(passed.min(rate.starts)).max(LOWEST);
        rate.next = now + rate.pause();
        rate.is_settled = true;
        (self.since, self.passed) = (Some(now), 0);
    }

    /// A line that started then got through, perhaps after it had met a limit itself.
    pub(super) fn passed(&mut self, started: Instant, had_met_limit: bool, now: Instant) {
        if self.met.is_some_and(|met| had_met_limit || started > met) {
            self.refused = 0;
            self.stop = None;
            if self.rate.is_none()
                && let Some(starts) = self.measured(now)
            {
                self.rate = Some(Rate {
                    starts: starts.max(LOWEST),
                    next: now,
                    is_settled: false,
                });
                (self.since, self.passed) = (Some(now), 0);
            }
        }
        self.passed += 1;
    }

    /// How many got through in a second.
    fn measured(&self, now: Instant) -> Option<f64> {
        let took = now.saturating_duration_since(self.since?).as_secs_f64();
        (took > 0.0 && self.passed > 0).then(|| f64::from(self.passed) / took)
    }

    /// A line that had started is over, and says nothing about the limit.
    pub(super) fn ended(&mut self, started: Instant) {
        if let Some(stop) = &mut self.stop
            && self.met.is_some_and(|met| started > met)
        {
            stop.is_tried = false; // another one tries
        }
    }
}

impl Rate {
    fn start(&mut self, now: Instant) {
        let [until_settled, later] = GROWTH;
        let growth = if self.is_settled { later } else { until_settled };
        self.starts *= 1.0 + growth.min(MOST_IN_A_SECOND / self.starts);
        // a start that comes late does not make the next one late, but they do not pile up either
        let due = now.checked_sub(self.pause().min(PAUSE)).unwrap_or(now);
        self.next = self.next.max(due) + self.pause();
    }

    fn pause(&self) -> Duration {
        Duration::from_secs_f64(1.0 / self.starts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(start: Instant, ms: u64) -> Instant {
        start + Duration::from_millis(ms)
    }

    #[test]
    fn a_requested_pause_is_kept() {
        let now = Instant::now();
        let mut flow = Flow::default();
        assert_eq!(flow.opens(now), Opens::Now);
        flow.wait_until(after(now, 2_000));
        flow.wait_until(after(now, 1_000)); // a shorter one takes nothing back
        assert_eq!(flow.opens(now), Opens::At(after(now, 2_000)));
        assert_eq!(flow.opens(after(now, 2_000)), Opens::Now);
    }

    #[test]
    fn a_limit_that_stays_makes_pauses_longer_and_lets_one_line_try() {
        let now = Instant::now();
        let mut flow = Flow::default();
        flow.start(now);
        flow.met_limit(now, after(now, 1));
        flow.met_limit(now, after(now, 2)); // of the same burst
        assert_eq!(flow.opens(after(now, 2)), Opens::At(after(now, 501)));
        flow.start(after(now, 501));
        assert_eq!(flow.opens(after(now, 501)), Opens::Later);
        flow.met_limit(after(now, 501), after(now, 510));
        assert_eq!(flow.opens(after(now, 510)), Opens::At(after(now, 1_510)));
        flow.start(after(now, 1_510));
        assert_eq!(flow.opens(after(now, 1_520)), Opens::Later);
        flow.ended(after(now, 1_510)); // for a reason of its own: another line tries
        assert_eq!(flow.opens(after(now, 1_520)), Opens::Now);
        flow.start(after(now, 1_520));
        flow.passed(after(now, 1_520), false, after(now, 1_530));
        assert_eq!(flow.opens(after(now, 1_530)), Opens::Now);
    }

    #[test]
    fn what_was_under_way_says_nothing_of_a_limits_end() {
        let now = Instant::now();
        let mut flow = Flow::default();
        flow.start(now);
        flow.met_limit(now, after(now, 10));
        flow.passed(now, false, after(now, 20));
        assert_eq!(flow.opens(after(now, 20)), Opens::At(after(now, 510)));
        flow.passed(now, true, after(now, 30));
        assert_eq!(flow.opens(after(now, 30)), Opens::Now);
    }

    #[test]
    fn what_gets_through_becomes_the_pace() {
        let begin = Instant::now();
        let mut flow = Flow::default();
        flow.start(begin);
        for _ in 0..10 {
            flow.passed(begin, false, after(begin, 1));
        }
        flow.met_limit(begin, after(begin, 2));
        flow.passed(begin, true, after(begin, 2_000));
        // 10 in 2 s
        let now = after(begin, 2_000);
        flow.start(now);
        let Opens::At(next) = flow.opens(now) else {
            panic!("it is paced")
        };
        let pace = next - now;
        assert!((180..=200).contains(&pace.as_millis()), "{pace:?}");
        // where nothing meets a limit any more, nothing is left of it in the end
        let mut now = next;
        for _ in 0..100_000 {
            flow.start(now);
            now = match flow.opens(now) {
                Opens::At(next) => next,
                Opens::Now => break,
                Opens::Later => panic!("nothing is tried out"),
            };
        }
        assert!(flow.rate.is_none(), "{flow:?}");
    }
}
