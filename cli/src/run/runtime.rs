//! The asynchronous runtime of a run.

/// For one thread: what a run waits for wakes the thread that it runs on, and no other in between.
pub(super) fn new() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
