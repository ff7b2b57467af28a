//! Whether the run is all that this process does.

use std::sync::atomic::{AtomicBool, Ordering};

static IS_WHOLE_PROCESS: AtomicBool = AtomicBool::new(false);

/// From here on, the events and panics of every thread belong to the run.
pub(super) fn set() {
    IS_WHOLE_PROCESS.store(true, Ordering::Relaxed);
}

pub(super) fn get() -> bool {
    IS_WHOLE_PROCESS.load(Ordering::Relaxed)
}
