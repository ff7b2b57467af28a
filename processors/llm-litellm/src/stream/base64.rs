//! Base64 that comes in chunks (RFC 4648, section 4).

use std::borrow::Cow;

use ::base64::Engine as _;
use ::base64::engine::general_purpose::STANDARD;

/// Decodes padded chunks and encodes them as one, so that the whole is base64, too. Chunks that cannot be decoded stay as they are.
pub(super) fn join(chunks: Cow<'_, str>) -> Cow<'_, str> {
    if !chunks.trim_end_matches('=').contains('=') {
        return chunks;
    }
    let mut bytes = Vec::with_capacity(chunks.len() / 4 * 3);
    let mut rest = chunks.as_ref();
    while !rest.is_empty() {
        let letters = rest.find('=').unwrap_or(rest.len());
        let padding = rest
            .bytes()
            .skip(letters)
            .take_while(|byte| *byte == b'=')
            .count();
        let (chunk, after) = rest.split_at(letters + padding);
        if STANDARD.decode_vec(chunk, &mut bytes).is_err() {
            return chunks;
        }
        rest = after;
    }
    STANDARD.encode(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padded_chunks_become_one() {
        for (chunks, expected) in [
            (&["QUJD", "REVG"][..], "QUJDREVG"),     // ABC, DEF
            (&["QQ==", "QkM=", "RA=="], "QUJDRA=="), // A, BC, D
            (&["QU", "JDRA=="], "QUJDRA=="),
            (&["QQ==", "QUJD"], "QUFCQw=="), // A, ABC
            (&["Q=", "QUJD"], "Q=QUJD"),
            (&["?=", "="], "?=="),
            (&[], ""),
        ] {
            assert_eq!(join(chunks.concat().into()), expected, "{chunks:?}");
        }
    }
}
