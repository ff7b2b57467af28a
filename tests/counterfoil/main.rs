//! The orchestrator as a whole: its process, its files, its answers.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and tells what it measured"
)]

mod attached;
mod batch;
mod build;
mod cat;
mod containers;
mod disks;
mod doctor;
mod help;
mod ls;
mod unbelieved;

mod parity;

mod engines;
mod execution;
mod faults;
mod pin;
mod proxies;
mod prune;
mod refused;
mod registry;
mod run;
mod scaffold;
mod secrets;
mod show;
mod stopped;
mod terminal;
mod verify;
mod workspace;
