//! Whatever is read as an inputs document means the same when it is written and read again.

#![no_main]

use documents::inputs::{normalize, parse, parse_json};
use documents::json::{Order, to_bytes};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|document: &[u8]| {
    let Ok(node) = parse_json(document) else { return };
    let canonical = to_bytes(&node, Order::Canonical);
    let given = to_bytes(&node, Order::Given);

    let from_canonical = parse_json(&canonical).expect("the canonical form is JSON");
    assert_eq!(to_bytes(&from_canonical, Order::Canonical), canonical);
    let from_given = parse_json(&given).expect("the ordered form is JSON");
    assert_eq!(to_bytes(&from_given, Order::Given), given);
    assert_eq!(to_bytes(&from_given, Order::Canonical), canonical);

    let Ok(inputs) = normalize(node) else { return };
    let sorted = parse(&canonical).expect("the canonical form is an inputs document");
    let ordered = parse(&given).expect("the ordered form is an inputs document");
    assert_eq!(sorted.hashes.inputs_hash, inputs.hashes.inputs_hash);
    assert_eq!(ordered.hashes, inputs.hashes);
});
