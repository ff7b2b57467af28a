//! Lone surrogates in JSON, which many parsers refuse.

use memchr::memmem;

const REPLACEMENT: &[u8] = br"\ufffd";

/// The character that stands for U+D800. It and those after it are private, at the end of Unicode.
const FIRST_HELD: u32 = 0x10_f800;
/// How the UTF-8 of each such character begins.
const HELD: &[u8] = b"\xf4\x8f";

/// Replaces the escape of each lone surrogate by that of U+FFFD.
pub(crate) fn replace_lone(json: Vec<u8>) -> Vec<u8> {
    replace(json, |_, out| out.extend_from_slice(REPLACEMENT))
}

/// Replaces the escape of each lone surrogate by a character that [`join`] knows.
pub(crate) fn hold_lone(json: Vec<u8>) -> Vec<u8> {
    replace(json, |unit, out| {
        let held = char::from_u32(FIRST_HELD + u32::from(unit - 0xd800));
        let held = held.unwrap_or(char::REPLACEMENT_CHARACTER);
        out.extend_from_slice(held.encode_utf8(&mut [0; 4]).as_bytes());
    })
}

/// Joins the halves of pairs that [`hold_lone`] held apart, and replaces what stays alone by U+FFFD.
pub(crate) fn join(json: Vec<u8>) -> Vec<u8> {
    if memmem::find(&json, HELD).is_none() {
        return json;
    }
    let json = String::from_utf8_lossy(&json);
    let mut joined = String::with_capacity(json.len());
    let mut characters = json.chars().peekable();
    while let Some(character) = characters.next() {
        let Some(unit) = held(character) else {
            joined.push(character);
            continue;
        };
        let pair = characters.peek().and_then(|next| held(*next));
        let pair = pair.and_then(|second| char::decode_utf16([unit, second]).next()?.ok());
        if pair.is_some() {
            characters.next();
        }
        joined.push(pair.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    joined.into_bytes()
}

/// The surrogate for which a character stands.
fn held(character: char) -> Option<u16> {
    let offset = u32::from(character).checked_sub(FIRST_HELD)?;
    u16::try_from(offset + 0xd800).ok()
}

fn replace(json: Vec<u8>, write: impl Fn(u16, &mut Vec<u8>)) -> Vec<u8> {
    if memmem::find(&json, br"\ud").is_none() && memmem::find(&json, br"\uD").is_none() {
        return json;
    }
    let mut repaired = Vec::with_capacity(json.len());
    let mut rest = json.as_slice();
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (before, escape) = rest.split_at(at);
        repaired.extend_from_slice(before);
        let second = escape.get(6..).and_then(surrogate);
        let (taken, lone) = match (surrogate(escape), second) {
            (Some(0xd800..0xdc00), Some(0xdc00..)) => (12, None),
            (Some(unit), _) => (6, Some(unit)),
            (None, _) => (2, None),
        };
        let (escape, after) = escape.split_at(taken.min(escape.len()));
        match lone {
            Some(unit) => write(unit, &mut repaired),
            None => repaired.extend_from_slice(escape),
        }
        rest = after;
    }
    repaired.extend_from_slice(rest);
    repaired
}

/// The surrogate that an escape stands for.
fn surrogate(escape: &[u8]) -> Option<u16> {
    let digits = escape.strip_prefix(br"\u")?.get(..4)?;
    let unit = u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    (0xd800..0xe000).contains(&unit).then_some(unit)
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

    #[test]
    fn halves_are_joined() {
        for (pieces, expected) in [
            ([r"a\ud83d", r"\ude00b"], "a😀b"),
            ([r"\ude00", r"\ud83d"], "\u{fffd}\u{fffd}"),
            ([r"\ud83d", r"é\ude00"], "\u{fffd}é\u{fffd}"),
            ([r"\ud83d\ud83d", r"\ude00"], "\u{fffd}😀"),
            ([r"\udfff", r"\udbff"], "\u{fffd}\u{fffd}"),
            ([r"\udbff", r"\udfff"], "\u{10ffff}"),
            ([r"\ud83d\ude00", "é"], r"\ud83d\ude00é"),
        ] {
            let held = pieces.map(|piece| hold_lone(piece.into()));
            assert_eq!(String::from_utf8(join(held.concat())).unwrap(), expected);
        }
    }
}
