//! Whatever Replicate answers about a prediction is read or refused, without a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| replicate_generic::fuzzing::prediction(body));
