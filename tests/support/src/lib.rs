//! For tests only: runs a processor as a process, and plays the services that it calls.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod answer;
mod golden;
mod run;
mod server;
mod tls;

pub use answer::Answer;
pub use run::{EXECUTION_ID, Finished, PREFIX, Run, assert_chain, files_below};
pub use server::{Request, Server};
pub use tls::Authority;
