//! The crate's behaviour through its public face, without a process.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod canonical;
mod compile_fail;
mod estimates;
mod logging;
mod memory;
mod provider;
mod secrets;
mod secrets_dir;
