//! How fast lines of one provider may start.
//!
//! A pause that a service tells is kept to. Where a limit is met that tells nothing, starts stop for a pause that grows as
//! long as nothing gets through, with one line to try it out after each; and from then on they are paced by what got
//! through since the limit before: that is the rate which the service grants, whatever its windows are. It grows a little
//! all the time, so that a limit that is lifted is noticed.

use std::time::{Duration, Instant};

/// The first pause, and the longest.
const PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How much the rate grows in a second.
const GROWTH: f64 = 1.05;
/// How much of what got through is a rate, and over what time at least.
const SAMPLE: u32 = 5;
const SAMPLE_TIME: Duration = Duration::from_millis(300);
/// The lowest rate: where it is lower, the pauses do the rest.
const LOWEST: f64 = 1.0 / 60.0;
/// Where the lines start faster than this by themselves, nothing is left to pace.
const HIGHEST: f64 = 1_000.0;

/// The starts of one provider's lines.
#[derive(Debug, Default)]
pub(super) struct Flow {
    /// Until when the service has told to wait.
    told: Option<Instant>,
    /// Until when nothing starts after a limit.
    own: Option<Instant>,
    pause: Option<Duration>,
    /// Since when nothing has got through; one line tries it out.
    limited: Option<Instant>,
    is_tried: bool,
    /// What got through since the last limit.
    since: Option<Instant>,
    passed: u32,
    rate: Option<Rate>,
}

#[derive(Clone, Copy, Debug)]
struct Rate {
    /// Starts in a second, at this time.
    starts: f64,
    at: Instant,
    next: Instant,
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
        let held = self.told.max(self.own);
        let next = self.rate.map(|rate| rate.next);
        match held.max(next) {
            Some(at) if at > now => Opens::At(at),
            _ if self.limited.is_some() && self.is_tried => Opens::Later,
            _ => Opens::Now,
        }
    }

    /// Until when the service, or the pause after a limit, keeps everything waiting.
    pub(super) fn held_until(&self, now: Instant) -> Option<Instant> {
        self.told.max(self.own).filter(|at| *at > now)
    }

    /// A line starts.
    pub(super) fn start(&mut self, now: Instant) {
        self.is_tried = true;
        if let Some(rate) = &mut self.rate {
            let starts = rate.now(now);
            // a start that comes late does not make the next one late, but they do not pile up either
            let due = rate.next.max(now - Duration::from_secs_f64(1.0 / starts).min(PAUSE));
            rate.next = due + Duration::from_secs_f64(1.0 / starts);
            if starts > HIGHEST {
                self.rate = None;
            }
        }
    }

    /// A service told how long to wait.
    pub(super) fn told(&mut self, until: Instant) {
        self.told = self.told.max(Some(until));
    }

    /// A line that started then met a limit that tells nothing.
    pub(super) fn met_limit(&mut self, started: Instant, now: Instant) {
        if self.limited.is_some_and(|limited| started <= limited) || self.own.is_some_and(|own| own > now) {
            return; // the same limit, met by those that were under way
        }
        let was_passing = self.limited.is_none();
        let pause = match (was_passing, self.pause) {
            (false, Some(pause)) => (pause * 2).min(LONGEST_PAUSE),
            _ => PAUSE,
        };
        self.pause = Some(pause);
        self.own = Some(now + pause);
        self.limited = Some(now);
        self.is_tried = false;
        if !was_passing {
            return;
        }
        let took = self.since.map(|since| now.saturating_duration_since(since));
        let measured = took
            .filter(|took| self.passed >= SAMPLE && *took >= SAMPLE_TIME)
            .map(|took| f64::from(self.passed) / took.as_secs_f64());
        let slower = self.rate.map(|rate| rate.now(now) * 0.7);
        if let Some(starts) = measured.or(slower) {
            self.rate = Some(Rate {
                starts: starts.max(LOWEST),
                at: now,
                next: now,
            });
        }
        self.since = Some(now);
        self.passed = 0;
    }

    /// A line that started then got through, perhaps after it had met a limit itself.
    pub(super) fn passed(&mut self, started: Instant, had_met_limit: bool) {
        self.passed += 1;
        if self.limited.is_some_and(|limited| had_met_limit || started > limited) {
            self.limited = None;
            self.own = None;
        }
    }

    /// A line that had started is over, and has told nothing of the limit.
    pub(super) fn ended(&mut self, started: Instant) {
        if self.limited.is_some_and(|limited| started > limited) {
            self.is_tried = false; // another one tries
        }
    }
}

impl Rate {
    fn now(&self, now: Instant) -> f64 {
        let seconds = now.saturating_duration_since(self.at).as_secs_f64();
        self.starts * GROWTH.powf(seconds.min(1_000.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(start: Instant, ms: u64) -> Instant {
        start + Duration::from_millis(ms)
    }

    #[test]
    fn a_told_pause_is_kept_to() {
        let now = Instant::now();
        let mut flow = Flow::default();
        assert_eq!(flow.opens(now), Opens::Now);
        flow.told(after(now, 2_000));
        flow.told(after(now, 1_000)); // a shorter one takes nothing back
        assert_eq!(flow.opens(now), Opens::At(after(now, 2_000)));
        assert_eq!(flow.opens(after(now, 2_000)), Opens::Now);
    }

    #[test]
    fn a_limit_that_stays_makes_pauses_longer_and_lets_one_line_try() {
        let now = Instant::now();
        let mut flow = Flow::default();
        flow.met_limit(now, after(now, 1));
        flow.met_limit(now, after(now, 2)); // of the same burst
        assert_eq!(flow.opens(after(now, 2)), Opens::At(after(now, 501)));
        flow.start(after(now, 501));
        assert_eq!(flow.opens(after(now, 501)), Opens::Later);
        flow.met_limit(after(now, 501), after(now, 510));
        assert_eq!(flow.opens(after(now, 510)), Opens::At(after(now, 1_510)));
        flow.start(after(now, 1_510));
        flow.passed(after(now, 1_510), false);
        assert_eq!(flow.opens(after(now, 1_520)), Opens::Now);
        // and the next limit begins with a short pause
        flow.met_limit(after(now, 1_530), after(now, 1_540));
        assert_eq!(flow.opens(after(now, 1_540)), Opens::At(after(now, 2_040)));
    }

    #[test]
    fn what_was_under_way_says_nothing_of_a_limits_end() {
        let now = Instant::now();
        let mut flow = Flow::default();
        flow.met_limit(now, after(now, 10));
        flow.passed(now, false);
        assert_eq!(flow.opens(after(now, 20)), Opens::At(after(now, 510)));
        flow.passed(now, true);
        assert_eq!(flow.opens(after(now, 30)), Opens::Now);
    }

    #[test]
    fn what_gets_through_becomes_the_pace() {
        let begin = Instant::now();
        let mut flow = Flow::default();
        flow.met_limit(begin, after(begin, 1));
        for _ in 0..10 {
            flow.passed(after(begin, 600), true);
        }
        // 10 in 2 s
        flow.met_limit(after(begin, 1_900), after(begin, 2_001));
        flow.passed(after(begin, 1_900), true);
        let now = after(begin, 2_001);
        flow.start(now);
        let Opens::At(next) = flow.opens(now) else {
            panic!("it is paced")
        };
        let pace = next - now;
        assert!((190..=201).contains(&pace.as_millis()), "{pace:?}");
        // in a quarter of an hour nothing is left of it
        flow.start(after(begin, 900_000));
        assert_eq!(flow.opens(after(begin, 900_001)), Opens::Now);
    }
}
