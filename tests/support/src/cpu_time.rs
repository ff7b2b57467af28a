//! How long something takes on the CPU, which a busy machine does not change.

use std::time::{Duration, Instant};

/// The time that this thread needs for it. Where the system does not say, the time that passes.
pub fn cpu_time<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let (started, before) = (Instant::now(), used());
    let done = run();
    let took = started.elapsed();
    let used = before.and_then(|before| used()?.checked_sub(before));
    (done, used.unwrap_or(took))
}

/// What this thread has used so far.
fn used() -> Option<Duration> {
    std::thread::yield_now(); // the kernel counts when it schedules
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = told.split(' ').next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}
