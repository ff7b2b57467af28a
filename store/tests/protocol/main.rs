//! The protocol of an execution (`docs/spec.md#commit-order`), on every store.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[macro_use]
mod backend;

mod artifacts;
mod checkpoint;
mod commit;
mod failure;
mod lease;
mod prepare;
mod previous;
mod scratch;
mod verify;
