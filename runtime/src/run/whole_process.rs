//! Whether the run is all that this process does.

use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

static IS_WHOLE_PROCESS: AtomicBool = AtomicBool::new(false);

/// From here on, the events and panics of every thread belong to the run.
pub(super) fn set() {
    IS_WHOLE_PROCESS.store(true, Ordering::Relaxed);
}

pub(super) fn get() -> bool {
    IS_WHOLE_PROCESS.load(Ordering::Relaxed)
}

/// Keeps the process's memory, which has keys in it from here on, out of core files and from debuggers of the same user.
pub(super) fn protect() {
    if !get() {
        return; // the process is a test's
    }
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    // neither can fail: a limit may always be lowered
    let _ = setrlimit(Resource::Core, none);
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}
