//! What a processor's process does when it is held wrong, when its provider is bad, and when it is stopped.
//!
//! Each failure is looked at whole: exit status, stdout, both receipts, and that nothing else is left.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod checkpoint;
mod command_line;
mod heavy;
mod inputs;
mod interruption;
mod outputs;
mod prefix;
mod provider;
mod rejected;
mod secrets;
mod start;
mod streams;

use support::Test;

const PROBE: &str = env!("CARGO_BIN_EXE_probe");

/// A run of the probe with these params, a JSON object.
fn probe(params: &str) -> Test {
    bare().params(params)
}

/// A run of the probe with the inputs `{}`.
fn bare() -> Test {
    Test::processor(PROBE)
}
