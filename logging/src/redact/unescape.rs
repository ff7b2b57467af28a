//! Undoes the backslash escapes of JSON (RFC 8259, section 7) in bytes that come in pieces.

use std::str;

/// Decodes escapes wherever they are, as strings cannot be told from the rest in a part of a document.
#[derive(Debug, Default)]
pub(super) struct Unescape {
    /// An escape whose end has not come yet.
    pending: Vec<u8>,
}

/// What an escape stands for, and how many bytes it takes.
enum Escape {
    Char(char, usize),
    Unfinished,
}

impl Unescape {
    /// The decoded piece, which may lack an escape that the next one ends.
    pub(super) fn decode(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut text = std::mem::take(&mut self.pending);
        text.extend_from_slice(piece);
        let mut decoded = Vec::with_capacity(text.len());
        let mut rest = text.as_slice();
        while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
            let (plain, from) = rest.split_at(at);
            decoded.extend_from_slice(plain);
            match escape(from) {
                Escape::Char(c, length) => {
                    decoded.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                    rest = from.get(length..).unwrap_or_default();
                }
                Escape::Unfinished => {
                    self.pending = from.to_vec();
                    return decoded;
                }
            }
        }
        decoded.extend_from_slice(rest);
        decoded
    }
}

/// The escape at the start. One that JSON does not have stands for the character after its backslash, or for the backslash.
fn escape(text: &[u8]) -> Escape {
    let Some(second) = text.get(1) else {
        return Escape::Unfinished;
    };
    match second {
        b'b' => Escape::Char('\u{8}', 2),
        b'f' => Escape::Char('\u{c}', 2),
        b'n' => Escape::Char('\n', 2),
        b'r' => Escape::Char('\r', 2),
        b't' => Escape::Char('\t', 2),
        b'u' => code_point(text),
        b'"' | b'\\' | b'/' | b'\'' => Escape::Char(char::from(*second), 2),
        _ => Escape::Char('\\', 1),
    }
}

/// `\uXXXX`, or two of them for a character beyond U+FFFF.
fn code_point(text: &[u8]) -> Escape {
    let Some(first) = unit(text) else {
        return Escape::Char('\\', 1);
    };
    let Some(first) = first else {
        return Escape::Unfinished;
    };
    if !(0xd800..0xdc00).contains(&first) {
        return Escape::Char(
            char::from_u32(first.into()).unwrap_or(char::REPLACEMENT_CHARACTER),
            6,
        );
    }
    match unit(text.get(6..).unwrap_or_default()) {
        Some(None) => Escape::Unfinished,
        Some(Some(second)) => match char::decode_utf16([first, second]).next() {
            Some(Ok(c)) => Escape::Char(c, 12),
            Some(Err(_)) | None => Escape::Char(char::REPLACEMENT_CHARACTER, 6),
        },
        None => Escape::Char(char::REPLACEMENT_CHARACTER, 6),
    }
}

/// The number in `\uXXXX`; `None` if the text is something else, and `Some(None)` if it ends too early to tell.
fn unit(text: &[u8]) -> Option<Option<u16>> {
    let start = text.len().min(2);
    if !b"\\u".starts_with(text.get(..start)?) {
        return None;
    }
    let digits = text.get(2..text.len().min(6)).unwrap_or_default();
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    match digits.len() {
        4 => Some(u16::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()),
        _ => Some(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = br#"a\u0026b\n\"\\u0026\ud83d\ude00 \ud83dx \q \u12g"#;

    #[test]
    fn pieces_of_any_size_make_the_same_text() {
        let whole = "a&b\n\"\\u0026\u{1f600} \u{fffd}x \\q \\u12g";
        for size in 1..=TEXT.len() {
            let mut unescape = Unescape::default();
            let decoded: Vec<u8> = TEXT
                .chunks(size)
                .flat_map(|piece| unescape.decode(piece))
                .collect();
            assert_eq!(String::from_utf8_lossy(&decoded), whole, "{size}");
        }
    }
}
