//! The orchestrator as a whole: its process, its answers, the files that it leaves.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod attached;
mod containers;
mod disks;
mod lies;
mod orchestrated;
mod parity;
mod refused;
mod run;
mod secrets;
mod stand_in;
mod stopped;
mod terminal;
