//! Halves of surrogate pairs in values that are taken as they come.

use memchr::memmem;

const REPLACEMENT: &[u8] = br"\ufffd";

/// JSON in which the escape of each half that stands alone, which many readers refuse, is that of U+FFFD.
pub(super) fn mend(json: Vec<u8>) -> Vec<u8> {
    if memmem::find(&json, br"\ud").is_none() && memmem::find(&json, br"\uD").is_none() {
        return json;
    }
    let mut mended = Vec::with_capacity(json.len());
    let mut rest = json.as_slice();
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (before, escape) = rest.split_at(at);
        mended.extend_from_slice(before);
        let second = escape.get(6..).unwrap_or_default();
        let (taken, new) = match (half(escape), half(second)) {
            (Some(Half::High), Some(Half::Low)) => (12, None),
            (Some(_), _) => (6, Some(REPLACEMENT)),
            (None, _) => (2, None),
        };
        let (escape, after) = escape.split_at(taken.min(escape.len()));
        mended.extend_from_slice(new.unwrap_or(escape));
        rest = after;
    }
    mended.extend_from_slice(rest);
    mended
}

#[derive(PartialEq, Eq)]
enum Half {
    High,
    Low,
}

/// The half that an escape is.
fn half(escape: &[u8]) -> Option<Half> {
    let digits = escape.strip_prefix(br"\u")?.get(..4)?;
    match u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()? {
        0xd800..0xdc00 => Some(Half::High),
        0xdc00..0xe000 => Some(Half::Low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_half_alone_is_replaced() {
        for (json, expected) in [
            (r#"["\ud83d\ude00","\uD83D"]"#, r#"["\ud83d\ude00","\ufffd"]"#),
            (r#"["\ude00\ud83d","\\ud83d"]"#, r#"["\ufffd\ufffd","\\ud83d"]"#),
            (r#"["\ud83d\ud83d\ude00\n"]"#, r#"["\ufffd\ud83d\ude00\n"]"#),
            (r#"["\ud7ff\ue000é"]"#, r#"["\ud7ff\ue000é"]"#),
        ] {
            let mended = mend(json.as_bytes().to_vec());
            assert_eq!(String::from_utf8(mended).unwrap(), expected);
        }
    }
}
