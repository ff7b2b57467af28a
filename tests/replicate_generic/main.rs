//! `replicate/generic@1` as a process, in mock mode and against a scripted service.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod mock;
mod real;
