//! For tests only: runs a processor as a process, and plays the services that it calls.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod run;

pub use run::{EXECUTION_ID, Finished, PREFIX, Run, assert_chain, files_below};
