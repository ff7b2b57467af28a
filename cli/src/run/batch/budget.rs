//! `--rpm` and `--max-cost`: what a batch may do at all.

use std::num::NonZeroU32;
use std::time::Instant;

use governor::clock::MonotonicClock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

/// Up to this many starts may make up for time that was lost: those of a tenth of a second, and one at least.
const BURSTS_IN_A_MINUTE: u32 = 600;

type Starts = RateLimiter<NotKeyed, InMemoryState, MonotonicClock, NoOpMiddleware<Instant>>;

/// What is left of both.
#[derive(Default)]
pub(super) struct Budget {
    starts: Option<Starts>,
    max_cost: Option<f64>,
    allows_unknown_cost: bool,
    spent: f64,
    has_unknown_cost: bool,
}

impl Budget {
    /// Starts in a minute, and USD in all; whether runs may cost something that is not known.
    pub(super) fn new(rpm: Option<NonZeroU32>, max_cost: Option<f64>, allows_unknown_cost: bool) -> Self {
        let starts = rpm.map(|rpm| {
            let burst = NonZeroU32::new(rpm.get() / BURSTS_IN_A_MINUTE).unwrap_or(NonZeroU32::MIN);
            RateLimiter::direct_with_clock(Quota::per_minute(rpm).allow_burst(burst), MonotonicClock)
        });
        Self {
            starts,
            max_cost,
            allows_unknown_cost,
            spent: 0.0,
            has_unknown_cost: false,
        }
    }

    /// Takes one start; returns when the next is free if there is none.
    pub(super) fn start(&self) -> Result<(), Instant> {
        match self.starts.as_ref().map(RateLimiter::check) {
            None | Some(Ok(())) => Ok(()),
            Some(Err(until)) => Err(until.earliest_possible()),
        }
    }

    pub(super) fn spend(&mut self, usd: f64) {
        self.spent += usd;
    }

    /// A run has cost something that is not known.
    pub(super) fn spend_unknown(&mut self) {
        self.has_unknown_cost = true;
    }

    pub(super) fn is_spent(&self) -> bool {
        self.max_cost.is_some_and(|max| self.spent >= max) || self.is_unknown()
    }

    /// Whether nothing starts any more because a cost is not known.
    pub(super) const fn is_unknown(&self) -> bool {
        self.max_cost.is_some() && self.has_unknown_cost && !self.allows_unknown_cost
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn starts_are_paced() {
        let budget = Budget::new(NonZeroU32::new(60), None, false);
        assert!(budget.start().is_ok());
        let wait = budget.start().unwrap_err() - Instant::now();
        assert!(
            wait > Duration::from_millis(900) && wait <= Duration::from_secs(1),
            "{wait:?}"
        );
        let free = Budget::new(None, None, false);
        assert!((0..100).all(|_| free.start().is_ok()));
    }

    #[test]
    fn what_is_spent_is_spent() {
        let mut budget = Budget::new(None, Some(0.5), false);
        budget.spend(0.25);
        assert!(!budget.is_spent());
        budget.spend(0.25);
        assert!(budget.is_spent());
        assert!(Budget::new(None, Some(0.0), false).is_spent());
    }

    #[test]
    fn what_is_not_known_is_too_much() {
        for (max_cost, allows, is_spent) in [
            (Some(1.0), false, true),
            (Some(1.0), true, false),
            (None, false, false),
        ] {
            let mut budget = Budget::new(None, max_cost, allows);
            budget.spend_unknown();
            assert_eq!(budget.is_spent(), is_spent, "{max_cost:?} {allows}");
        }
    }
}
