//! The asynchronous runtime of a run.

use std::time::Instant;

/// For one thread: what a run waits for wakes the thread that it runs on, and no other in between.
pub(super) fn new() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// Waits until then; where there is no time, for ever.
pub(super) async fn wait_until(until: Option<Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until.into()).await,
        None => std::future::pending().await,
    }
}
