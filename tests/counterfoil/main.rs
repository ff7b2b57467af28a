//! `counterfoil` as a process.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod ls;
mod show;
mod tree;
mod verify;
