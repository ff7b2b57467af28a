//! A stream makes the same completion wherever the network cuts it. The last byte says into how long parts.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((cut, body)) = data.split_last() else {
        return;
    };
    llm_litellm::fuzzing::check(body, cut & 1 == 1, usize::from(cut >> 1) + 1);
});
