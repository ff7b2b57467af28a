//! Lone surrogates in values that are kept as they come.

use memchr::memmem;

const REPLACEMENT: &[u8] = br"\ufffd";

/// Replaces the escape of each lone surrogate, which many parsers refuse, by that of U+FFFD.
pub(super) fn replace_lone(json: Vec<u8>) -> Vec<u8> {
    if memmem::find(&json, br"\ud").is_none() && memmem::find(&json, br"\uD").is_none() {
        return json;
    }
    let mut repaired = Vec::with_capacity(json.len());
    let mut rest = json.as_slice();
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (before, escape) = rest.split_at(at);
        repaired.extend_from_slice(before);
        let second = escape.get(6..).unwrap_or_default();
        let (taken, new) = match (half(escape), half(second)) {
            (Some(Half::High), Some(Half::Low)) => (12, None),
            (Some(_), _) => (6, Some(REPLACEMENT)),
            (None, _) => (2, None),
        };
        let (escape, after) = escape.split_at(taken.min(escape.len()));
        repaired.extend_from_slice(new.unwrap_or(escape));
        rest = after;
    }
    repaired.extend_from_slice(rest);
    repaired
}

#[derive(PartialEq, Eq)]
enum Half {
    High,
    Low,
}

/// The half of a surrogate pair that an escape stands for.
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
    fn only_lone_surrogates_are_replaced() {
        for (json, expected) in [
            (r#"["\ud83d\ude00","\uD83D"]"#, r#"["\ud83d\ude00","\ufffd"]"#),
            (r#"["\ude00\ud83d","\\ud83d"]"#, r#"["\ufffd\ufffd","\\ud83d"]"#),
            (r#"["\ud83d\ud83d\ude00\n"]"#, r#"["\ufffd\ud83d\ude00\n"]"#),
            (r#"["\ud7ff\ue000é"]"#, r#"["\ud7ff\ue000é"]"#),
        ] {
            let repaired = replace_lone(json.as_bytes().to_vec());
            assert_eq!(String::from_utf8(repaired).unwrap(), expected);
        }
    }
}
