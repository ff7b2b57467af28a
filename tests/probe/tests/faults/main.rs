//! What a run leaves when the machine fails it: killed at any moment, a full or broken disk, others at the same time.
//!
//! After every fault the same holds (docs/spec.md#commit-order): a success receipt names files that are there,
//! whole; every document that is there is whole; and the same command, run again, ends as if nothing had been.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and tells what it measured"
)]

mod concurrent;
mod durable;
mod full_disk;
mod injected;
mod killed;
mod leftovers;
mod repeated;

use std::path::Path;

use serde_json::Value;
use support::Test;

/// A run of the probe in this artifacts directory.
fn probe(artifacts: &Path, inputs: &Value) -> Test {
    Test::processor(env!("CARGO_BIN_EXE_probe"))
        .artifacts(artifacts)
        .inputs(inputs.to_string())
}
