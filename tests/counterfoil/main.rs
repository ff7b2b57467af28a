//! The orchestrator as a whole: its process, its files, its answers.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod doctor;
mod help;
mod program;
mod registry;
mod scaffold;
