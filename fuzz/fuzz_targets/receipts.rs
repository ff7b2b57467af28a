//! A receipt in which nothing is wrong is written again to the same bytes.

#![no_main]

use documents::receipt::examine;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let examined = examine(bytes);
    if !examined.faults.is_empty() || !examined.unknown.is_empty() {
        return;
    }
    let receipt = examined.receipt.expect("a receipt without faults");
    assert_eq!(receipt.to_bytes().expect("a receipt is JSON"), bytes);
    assert!(receipt.global_path().is_some());
});
