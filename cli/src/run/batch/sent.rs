//! What one run of a line has sent to its service, as its processor logs it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::adapter::Note;

/// The requests of a run. A processor that logs none has none here.
#[derive(Debug, Default)]
pub(super) struct Sent {
    requests: AtomicU64,
    /// Whether an earlier run of the line never ended, and may have been paid for.
    is_unsettled: AtomicBool,
}

impl Sent {
    /// Takes a note of the run's processor.
    pub(super) fn take(&self, note: &Note) {
        match note {
            Note::Request => {
                self.requests.fetch_add(1, Ordering::Relaxed);
            }
            Note::EarlierAttempt => self.is_unsettled.store(true, Ordering::Relaxed),
            Note::Pause(_) | Note::Progress(_) => {}
        }
    }

    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Whether the run asked for something that may have been paid for before.
    pub(super) fn may_be_paid_twice(&self) -> bool {
        self.is_unsettled.load(Ordering::Relaxed) && self.requests() > 0
    }
}
