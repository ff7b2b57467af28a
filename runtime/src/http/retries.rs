//! When to try again, and when to give up.

use std::time::{Duration, Instant};

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};

use crate::error::ProcessorError;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(8);

/// Bounds of the shortest pause, which grows: for a service that requests almost no pause again and again.
const FIRST_FLOOR: Duration = Duration::from_millis(50);
const LONGEST_FLOOR: Duration = Duration::from_secs(1);

/// The longest sum of all pauses without a deadline.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// How long before the deadline the last try is.
const LAST_TRY: Duration = Duration::from_secs(1);

/// Added at random to a requested pause, besides up to a tenth of it, so that many callers do not return at once.
const JITTER: Duration = Duration::from_millis(100);
const LONGEST_JITTER: Duration = Duration::from_secs(5);

/// Whether there may be another try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// It would fail again.
    Never,
    /// It counts as one of the tries.
    Counted,
    /// The same, but the count begins again: this try made progress.
    Recounted,
    /// It does not count: the service has done nothing yet.
    Unlimited,
}

/// Why a try failed.
#[derive(Debug)]
pub struct AttemptError {
    /// The error to return if there is no other try.
    pub error: ProcessorError,
    /// Whether there may be another try.
    pub retry: Retry,
    /// The pause that the service requests, see [`requested_pause`](super::requested_pause).
    pub requested_pause: Option<Duration>,
}

impl AttemptError {
    /// An error that another try would not change.
    #[must_use]
    pub const fn permanent(error: ProcessorError) -> Self {
        Self {
            error,
            retry: Retry::Never,
            requested_pause: None,
        }
    }
}

impl From<ProcessorError> for AttemptError {
    fn from(error: ProcessorError) -> Self {
        Self::permanent(error)
    }
}

/// Says how often to try again, and how long to wait before that.
///
/// A pause that the service requests is granted and does not count as a try; up to a tenth of it is added at random. Otherwise the
/// pauses are half a second, then twice as long each time up to 8 seconds, each with up to as much again at random. All of them end
/// before the deadline, or, without one, after 10 minutes of waiting.
#[derive(Debug)]
pub struct Retries {
    provider: String,
    count: u32,
    left: u32,
    pauses: ExponentialBackoff,
    floors: ExponentialBackoff,
    deadline: Option<Instant>,
    waited: Duration,
    is_patient: bool,
    counts_requested: bool,
}

impl Retries {
    /// At most `count` further tries without a requested pause, and none at all if `count` is 0. `provider` is what the log calls the
    /// service: a short name, or a host.
    #[must_use]
    pub fn new(provider: impl Into<String>, count: u32, deadline: Option<Instant>) -> Self {
        Self {
            provider: provider.into(),
            count,
            left: count,
            pauses: pauses(FIRST, LONGEST).with_jitter().build(),
            floors: pauses(FIRST_FLOOR, LONGEST_FLOOR).build(),
            deadline,
            waited: Duration::ZERO,
            is_patient: false,
            counts_requested: false,
        }
    }

    /// Also counts tries after requested pauses, for those who have another service to ask.
    #[must_use]
    pub const fn counting_requested(mut self, counts_requested: bool) -> Self {
        self.counts_requested = counts_requested;
        self
    }

    /// Cuts pauses short, so that there is a last try just before the deadline; for paid work that continues meanwhile.
    #[must_use]
    pub const fn patient(mut self) -> Self {
        self.is_patient = true;
        self
    }

    /// How long to wait before the next try; `None` if there is none. Logs the requested and the actual pause, and adds to the error
    /// that there is no time for a requested one.
    pub fn next(&mut self, failed: &mut AttemptError) -> Option<Duration> {
        let (provider, code) = (self.provider.as_str(), failed.error.code().as_str());
        if failed.retry == Retry::Never {
            return None;
        }
        if let Some(requested) = failed.requested_pause {
            tracing::warn!(provider, code, pause_ms = in_ms(requested), "told_pause");
        }
        if failed.retry == Retry::Recounted {
            self.left = self.count;
            self.pauses = pauses(FIRST, LONGEST).with_jitter().build();
        }
        let left = match self.deadline {
            Some(deadline) => deadline.saturating_duration_since(Instant::now()),
            None => LONGEST_WAIT.saturating_sub(self.waited),
        };
        let requested = failed.requested_pause.filter(|requested| !requested.is_zero());
        let pause = match requested {
            Some(_) if self.count == 0 => return None,
            Some(requested) => requested.max(self.floors.next().unwrap_or(LONGEST_FLOOR)),
            None => self.pauses.next().unwrap_or(LONGEST),
        };
        if failed.retry != Retry::Unlimited && (requested.is_none() || self.counts_requested) {
            self.left = self.left.checked_sub(1)?;
        }
        let is_patient = self.is_patient || (failed.retry == Retry::Unlimited && requested.is_none());
        let pause = match (pause < left, requested) {
            (true, None) => pause,
            (true, Some(requested)) => pause + jitter(requested).min((left - pause) / 2),
            (false, _) if is_patient && left > LAST_TRY * 2 => left - LAST_TRY,
            (false, _) if self.is_patient && !left.is_zero() => left,
            (false, Some(requested)) => {
                let seconds = requested.as_secs_f64().ceil();
                let error = ProcessorError::new(failed.error.code(), "");
                failed.error = std::mem::replace(&mut failed.error, error).map_message(|message| {
                    format!("{message}; it asks to wait {seconds} s, which this run does not have")
                });
                return None;
            }
            (false, None) => return None,
        };
        self.waited += pause;
        let (pause_ms, told) = (in_ms(pause), requested.is_some());
        tracing::warn!(provider, code, pause_ms, told, "retry");
        Some(pause)
    }
}

/// Tries until it succeeds, or another try is of no use, or there is no time for one.
///
/// # Errors
///
/// That of the last try.
pub async fn retry<T>(
    retries: &mut Retries,
    mut attempt: impl AsyncFnMut() -> Result<T, AttemptError>,
) -> Result<T, ProcessorError> {
    loop {
        let mut failed = match attempt().await {
            Ok(done) => return Ok(done),
            Err(failed) => failed,
        };
        match retries.next(&mut failed) {
            Some(pause) => tokio::time::sleep(pause).await,
            None => return Err(failed.error),
        }
    }
}

fn pauses(first: Duration, longest: Duration) -> ExponentialBuilder {
    ExponentialBuilder::new()
        .with_min_delay(first)
        .with_max_delay(longest)
        .without_max_times()
}

fn jitter(requested: Duration) -> Duration {
    (requested / 10 + JITTER)
        .min(LONGEST_JITTER)
        .mul_f64(fastrand::f64())
}

fn in_ms(pause: Duration) -> u64 {
    pause.as_millis().try_into().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use documents::ErrorCode;

    use super::*;

    fn failed(retry: Retry, requested_ms: Option<u64>) -> AttemptError {
        AttemptError {
            error: ProcessorError::new(ErrorCode::ProviderRateLimit, "slow down"),
            retry,
            requested_pause: requested_ms.map(Duration::from_millis),
        }
    }

    fn next(retries: &mut Retries, retry: Retry, requested_ms: Option<u64>) -> Option<u128> {
        let pause = retries.next(&mut failed(retry, requested_ms));
        pause.map(|pause| pause.as_millis())
    }

    #[test]
    fn pauses_that_nobody_has_asked_for_grow_and_end() {
        let mut retries = Retries::new("x", 7, None);
        for at_least in [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000] {
            let pause = next(&mut retries, Retry::Counted, None).unwrap();
            assert!(
                (at_least..=at_least * 2).contains(&pause),
                "{pause} for {at_least}"
            );
        }
        assert_eq!(next(&mut retries, Retry::Counted, None), None);
        assert_eq!(next(&mut retries, Retry::Never, Some(1)), None);
        assert!(next(&mut retries, Retry::Recounted, None).is_some_and(|pause| pause <= 1_000));
        assert_eq!(next(&mut Retries::new("x", 0, None), Retry::Counted, None), None);
    }

    #[test]
    fn a_requested_pause_is_granted_and_counts_as_no_try() {
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut retries = Retries::new("x", 1, Some(deadline));
        for _ in 0..100 {
            let pause = next(&mut retries, Retry::Counted, Some(2_500)).unwrap();
            assert!((2_500..=2_850).contains(&pause), "{pause}");
        }
        assert!(next(&mut retries, Retry::Counted, None).is_some());
        assert_eq!(next(&mut retries, Retry::Counted, None), None);
        assert_eq!(
            next(&mut Retries::new("x", 0, None), Retry::Counted, Some(1)),
            None
        );
    }

    #[test]
    fn who_has_another_service_to_ask_does_not_wait_for_ever() {
        let mut retries = Retries::new("x", 2, None).counting_requested(true);
        assert!(next(&mut retries, Retry::Counted, Some(1_000)).is_some());
        assert!(next(&mut retries, Retry::Counted, None).is_some());
        assert_eq!(next(&mut retries, Retry::Counted, Some(1_000)), None);
    }

    #[test]
    fn pauses_differ() {
        let mut retries = Retries::new("x", 1, Some(Instant::now() + Duration::from_secs(600)));
        let mut requested = || next(&mut retries, Retry::Counted, Some(30_000)).unwrap();
        let first = requested();
        assert!((0..50).any(|_| requested() != first));
    }

    #[test]
    fn who_says_at_once_is_not_hammered() {
        let mut retries = Retries::new("x", 2, None);
        assert!(next(&mut retries, Retry::Counted, Some(0)).unwrap() >= 500);
        assert!(next(&mut retries, Retry::Counted, Some(0)).unwrap() >= 1_000);
        assert_eq!(next(&mut retries, Retry::Counted, Some(0)), None);

        let mut retries = Retries::new("x", 2, None);
        let pauses: Vec<_> = std::iter::from_fn(|| next(&mut retries, Retry::Counted, Some(1))).collect();
        assert!(pauses[8] >= 1_000, "{pauses:?}");
        assert!((500..650).contains(&pauses.len()), "{}", pauses.len());
    }

    #[test]
    fn there_is_no_more_than_time_for() {
        let in_a_minute = Instant::now() + Duration::from_secs(60);
        for (deadline, requested, granted) in [
            (None, 599, true),
            (None, 600, false),
            (Some(in_a_minute), 50, true),
            (Some(in_a_minute), 60, false),
            (Some(Instant::now()), 1, false),
        ] {
            let mut refused = failed(Retry::Unlimited, Some(requested * 1_000));
            let pause = Retries::new("x", 1, deadline).next(&mut refused);
            assert_eq!(pause.is_some(), granted, "{requested}");
            let message = refused.error.message();
            let expected = format!("slow down; it asks to wait {requested} s, which this run does not have");
            assert_eq!(message == expected, !granted, "{message}");
        }
        let mut retries = Retries::new("x", 1, None);
        assert!(next(&mut retries, Retry::Counted, Some(400_000)).is_some());
        assert_eq!(next(&mut retries, Retry::Counted, Some(400_000)), None);
    }

    #[test]
    fn what_has_not_been_begun_is_tried_until_the_end() {
        let mut retries = Retries::new("x", 1, None);
        let waited: u128 = std::iter::from_fn(|| next(&mut retries, Retry::Unlimited, None)).sum();
        assert!((595_000..600_000).contains(&waited), "{waited}");
    }

    #[test]
    fn what_goes_on_is_asked_for_just_before_the_end() {
        let left = |seconds| Some(Instant::now() + Duration::from_secs_f64(seconds));
        let mut patient = Retries::new("x", 8, left(20.0)).patient();
        let pause = next(&mut patient, Retry::Counted, Some(30_000)).unwrap();
        assert!((18_000..=19_000).contains(&pause), "{pause}");
        let mut patient = Retries::new("x", 8, left(1.5)).patient();
        assert!(next(&mut patient, Retry::Counted, Some(30_000)).is_some_and(|pause| pause > 1_000));
        let mut patient = Retries::new("x", 8, left(0.2)).patient();
        assert!(next(&mut patient, Retry::Counted, None).is_some_and(|pause| pause <= 200));
    }
}
