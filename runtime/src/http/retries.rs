//! When to try again, and when to give up.

use std::time::{Duration, Instant};

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(8);

/// Without a deadline, nobody waits longer than that because a service asks for it.
const LONGEST_ASKED: Duration = Duration::from_secs(600);

/// The pauses between one request and the next: half a second, then twice as long each time up to 8 seconds, each with up to
/// as much again at random, so that many clients do not come back all at once.
#[derive(Debug)]
pub struct Retries {
    pauses: ExponentialBackoff,
    deadline: Option<Instant>,
}

/// Why there is no further try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenUp {
    /// There were as many as there may be.
    Spent,
    /// The pause would not end before the deadline, or not within 10 minutes where there is none.
    TooLong,
}

impl Retries {
    /// At most this many further tries, and none that could begin only after the deadline.
    #[must_use]
    pub fn new(count: u32, deadline: Option<Instant>) -> Self {
        let pauses = ExponentialBuilder::new()
            .with_min_delay(FIRST)
            .with_max_delay(LONGEST)
            .with_max_times(usize::try_from(count).unwrap_or(usize::MAX))
            .with_jitter()
            .build();
        Self { pauses, deadline }
    }

    /// How long to wait before the next try, where `asked` is what the service asks for, if it does.
    ///
    /// # Errors
    ///
    /// Why there is no next try.
    pub fn next(&mut self, asked: Option<Duration>) -> Result<Duration, GivenUp> {
        let own = self.pauses.next().ok_or(GivenUp::Spent)?;
        let pause = asked.unwrap_or(own);
        let left = match self.deadline {
            Some(deadline) => deadline.saturating_duration_since(Instant::now()),
            None => LONGEST_ASKED,
        };
        match pause < left {
            true => Ok(pause),
            false => Err(GivenUp::TooLong),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let mut retries = Retries::new(7, None);
        for at_least in [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000] {
            let at_least = Duration::from_millis(at_least);
            let pause = retries.next(None).unwrap();
            assert!(
                (at_least..=at_least * 2).contains(&pause),
                "{pause:?} for {at_least:?}"
            );
        }
        assert_eq!(retries.next(None), Err(GivenUp::Spent));
        assert_eq!(
            Retries::new(0, None).next(Some(Duration::ZERO)),
            Err(GivenUp::Spent)
        );
    }

    #[test]
    fn what_is_asked_for_is_obeyed_as_long_as_there_is_time() {
        let in_a_minute = Instant::now() + Duration::from_secs(60);
        for (deadline, asked, granted) in [
            (None, 0, true),
            (None, 599, true),
            (None, 600, false),
            (Some(in_a_minute), 50, true),
            (Some(in_a_minute), 60, false),
            (Some(Instant::now()), 0, false),
        ] {
            let asked = Duration::from_secs(asked);
            let expected = match granted {
                true => Ok(asked),
                false => Err(GivenUp::TooLong),
            };
            assert_eq!(Retries::new(1, deadline).next(Some(asked)), expected);
        }
    }
}
