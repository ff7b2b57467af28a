//! Base64 that comes in pieces (RFC 4648, section 4).

use std::borrow::Cow;

use ::base64::Engine as _;
use ::base64::engine::general_purpose::STANDARD;

/// Joins padded pieces: they are decoded and encoded as one, so that the whole is base64, too. Pieces that cannot be decoded stay as
/// they are.
pub(super) fn join(pieces: Cow<'_, str>) -> Cow<'_, str> {
    if !pieces.trim_end_matches('=').contains('=') {
        return pieces;
    }
    let mut bytes = Vec::with_capacity(pieces.len() / 4 * 3);
    let mut rest = pieces.as_ref();
    while !rest.is_empty() {
        let letters = rest.find('=').unwrap_or(rest.len());
        let padding = rest
            .bytes()
            .skip(letters)
            .take_while(|byte| *byte == b'=')
            .count();
        let (piece, after) = rest.split_at(letters + padding);
        if STANDARD.decode_vec(piece, &mut bytes).is_err() {
            return pieces;
        }
        rest = after;
    }
    STANDARD.encode(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padded_pieces_become_one() {
        for (pieces, expected) in [
            (&["QUJD", "REVG"][..], "QUJDREVG"),     // ABC, DEF
            (&["QQ==", "QkM=", "RA=="], "QUJDRA=="), // A, BC, D
            (&["QU", "JDRA=="], "QUJDRA=="),
            (&["QQ==", "QUJD"], "QUFCQw=="), // A, ABC
            (&["Q=", "QUJD"], "Q=QUJD"),
            (&["?=", "="], "?=="),
            (&[], ""),
        ] {
            assert_eq!(join(pieces.concat().into()), expected, "{pieces:?}");
        }
    }
}
