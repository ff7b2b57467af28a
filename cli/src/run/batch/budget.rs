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
    spent: f64,
}

impl Budget {
    /// Starts in a minute, and USD in all.
    pub(super) fn new(rpm: Option<NonZeroU32>, max_cost: Option<f64>) -> Self {
        let starts = rpm.map(|rpm| {
            let burst = NonZeroU32::new(rpm.get() / BURSTS_IN_A_MINUTE).unwrap_or(NonZeroU32::MIN);
            RateLimiter::direct_with_clock(Quota::per_minute(rpm).allow_burst(burst), MonotonicClock)
        });
        Self {
            starts,
            max_cost,
            spent: 0.0,
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

    pub(super) fn is_spent(&self) -> bool {
        self.max_cost.is_some_and(|max| self.spent >= max)
    }

    pub(super) const fn is_bounded(&self) -> bool {
        self.max_cost.is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn starts_are_paced() {
        let budget = Budget::new(NonZeroU32::new(60), None);
        assert!(budget.start().is_ok());
        let wait = budget.start().unwrap_err() - Instant::now();
        assert!(
            wait > Duration::from_millis(900) && wait <= Duration::from_secs(1),
            "{wait:?}"
        );
        let free = Budget::new(None, None);
        assert!((0..100).all(|_| free.start().is_ok()));
    }

    #[test]
    fn what_is_spent_is_spent() {
        let mut budget = Budget::new(None, Some(0.5));
        budget.spend(0.25);
        assert!(!budget.is_spent());
        budget.spend(0.25);
        assert!(budget.is_spent());
        assert!(Budget::new(None, Some(0.0)).is_spent());
    }
}
