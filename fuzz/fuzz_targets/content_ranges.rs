//! A `Content-Range` that is read means the same when it is written and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use replicate_generic::fuzzing::content_range;

fuzz_target!(|header: &[u8]| {
    let Some((start, whole)) = content_range(header) else {
        return;
    };
    let length = whole.map_or_else(|| "*".to_owned(), |whole| whole.to_string());
    let written = format!("bytes {start}-{start}/{length}");
    assert_eq!(content_range(written.as_bytes()), Some((start, whole)));
});
