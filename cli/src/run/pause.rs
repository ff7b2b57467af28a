//! A pause, as a part of the line that shows how far a run or a batch is.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crate::columns::cut;
use crate::printable::Printable;
use crate::quantity::duration;

/// The name of a provider is cut to this.
const PROVIDER_COLUMNS: usize = 24;

/// Who asked for a pause, and until when.
#[derive(Clone, Debug)]
pub(crate) struct ShownPause {
    text: String,
    pub(crate) until: Instant,
}

/// The pause that goes on, if there is one.
#[derive(Clone, Debug, Default)]
pub(super) struct CurrentPause(Arc<Mutex<Option<ShownPause>>>);

impl ShownPause {
    /// One that a service asked for; `provider` is empty where it has no name.
    pub(crate) fn requested(provider: &str, until: Instant) -> Self {
        let text = format!("paused by {}", named(provider));
        Self { text, until }
    }

    /// One that nobody asked for, after a limit was met.
    pub(crate) fn at_limit(provider: &str, until: Instant) -> Self {
        let text = format!("paused at a limit of {}", named(provider));
        Self { text, until }
    }

    /// What is left of it.
    fn write(&self, now: Instant, f: &mut dyn fmt::Write) -> fmt::Result {
        let left = self.until.saturating_duration_since(now);
        if left.is_zero() {
            return Ok(());
        }
        let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        let left = match seconds {
            0..60 => format!("{seconds} s"),
            _ => duration(seconds.saturating_mul(1_000)),
        };
        write!(f, "{}, goes on in {left}  ", self.text)
    }
}

impl CurrentPause {
    /// Returns whether it begins.
    pub(super) fn set(&self, pause: Option<ShownPause>) -> bool {
        let is_some = pause.is_some();
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *current, pause).is_none() && is_some
    }

    pub(super) fn write(&self, f: &mut dyn fmt::Write) {
        let pause = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pause) = &*pause {
            let _ = pause.write(Instant::now(), f); // the line is then shorter
        }
    }
}

fn named(provider: &str) -> String {
    if provider.is_empty() {
        return "the service".to_owned();
    }
    cut(&Printable(provider).to_string(), PROVIDER_COLUMNS)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_pause_counts_down_and_is_gone() {
        let now = Instant::now();
        let shown = |pause: &ShownPause, ms| {
            let mut text = String::new();
            pause.write(now + Duration::from_millis(ms), &mut text).unwrap();
            text
        };
        let pause = ShownPause::requested("openai", now + Duration::from_secs(61));
        assert_eq!(shown(&pause, 0), "paused by openai, goes on in 1m01s  ");
        assert_eq!(shown(&pause, 49_500), "paused by openai, goes on in 12 s  ");
        assert_eq!(shown(&pause, 61_000), "");
        let unnamed = ShownPause::requested("", now + Duration::from_secs(1));
        assert_eq!(shown(&unnamed, 0), "paused by the service, goes on in 1 s  ");
        let limit = ShownPause::at_limit("a\u{1b}b", now + Duration::from_secs(1));
        assert_eq!(
            shown(&limit, 0),
            r"paused at a limit of a\u{1b}b, goes on in 1 s  "
        );
    }
}
