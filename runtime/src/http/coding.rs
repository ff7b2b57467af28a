//! Bodies that come in a Content-Encoding, though none is asked for (RFC 9110, section 8.4).

use std::io::{self, Write};

use bytes::Bytes;
use flate2::write::{DeflateDecoder, GzDecoder, ZlibDecoder};
use reqwest::header::{CONTENT_ENCODING, HeaderMap};

use crate::error::ProcessorError;
use documents::ErrorCode;

/// How much is decoded at a time, in bytes: what comes out is at most about a thousand times as much.
const STEP: usize = 4 * 1024;

/// The most that is read of a coded body, in bytes: one that decodes to nothing could go on for ever.
const LARGEST: u64 = 1 << 30;

/// A longer name of a coding is not told.
const LONGEST_NAME: usize = 40;

const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Decodes a body piece by piece; one that is not coded goes through as it is.
#[derive(Debug, Default)]
pub struct Decoder {
    state: State,
    /// What has come and is not decoded yet.
    coded: Bytes,
    read: u64,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Plain,
    /// Until there are two bytes, which tell whether it is true, and how it is meant.
    Announced(Coding, Vec<u8>),
    Gzip(Box<GzDecoder<Vec<u8>>>),
    Zlib(ZlibDecoder<Vec<u8>>),
    Deflate(DeflateDecoder<Vec<u8>>),
    /// What comes after the end.
    Ended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
}

/// Why a body cannot be decoded.
#[derive(Debug, thiserror::Error)]
pub enum Undecodable {
    /// In a coding that is not known here.
    #[error(
        "the provider's answer comes in the Content-Encoding {0}, which nobody has asked for; take what recodes it out of the way, such as a proxy"
    )]
    Unknown(String),
    /// It breaks its coding's rules, or ends too early.
    #[error("the provider's answer is broken: its {0} cannot be decoded; try again")]
    Broken(&'static str),
}

impl From<Undecodable> for ProcessorError {
    fn from(error: Undecodable) -> Self {
        Self::new(ErrorCode::ProviderResponse, error.to_string())
    }
}

impl Decoder {
    /// For a body with these headers: gzip, and deflate with its envelope or without, as servers disagree on it.
    ///
    /// # Errors
    ///
    /// [`Undecodable::Unknown`] for another coding, and for several.
    pub fn of(headers: &HeaderMap) -> Result<Self, Undecodable> {
        let values: Vec<_> = headers
            .get_all(CONTENT_ENCODING)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase())
            .collect();
        let codings: Vec<&str> = values
            .iter()
            .flat_map(|value| value.split(','))
            .map(str::trim)
            // servers that mean the character set or nothing by it say so
            .filter(|coding| !matches!(*coding, "" | "identity" | "none" | "utf-8" | "utf8" | "binary"))
            .collect();
        let state = match codings[..] {
            [] => State::Plain,
            ["gzip" | "x-gzip"] => State::Announced(Coding::Gzip, Vec::new()),
            ["deflate" | "x-deflate"] => State::Announced(Coding::Deflate, Vec::new()),
            _ => {
                let name = codings.join(", ");
                let is_name = name.len() <= LONGEST_NAME && name.is_ascii();
                let name = if is_name {
                    name
                } else {
                    "of an unknown name".to_owned()
                };
                return Err(Undecodable::Unknown(name));
            }
        };
        Ok(Self {
            state,
            ..Self::default()
        })
    }

    /// Whether there is anything to decode.
    pub(super) const fn is_plain(&self) -> bool {
        matches!(self.state, State::Plain)
    }

    /// Takes what comes next of the body. Take everything out by [`Decoder::next_piece`] before.
    pub fn feed(&mut self, piece: Bytes) {
        self.read += piece.len() as u64;
        self.coded = piece;
    }

    /// The next decoded piece of what was fed, if there is more: a few megabytes at most.
    ///
    /// # Errors
    ///
    /// [`Undecodable::Broken`].
    pub fn next_piece(&mut self) -> Result<Option<Bytes>, Undecodable> {
        while !self.coded.is_empty() {
            if self.is_plain() {
                return Ok(Some(std::mem::take(&mut self.coded)));
            }
            if self.read > LARGEST {
                return Err(self.broken());
            }
            let step = self.coded.split_to(self.coded.len().min(STEP));
            let decoded = self.decode(&step).map_err(|_| self.broken())?;
            if !decoded.is_empty() {
                return Ok(Some(decoded.into()));
            }
        }
        Ok(None)
    }

    /// After the last piece: what was held back, which is next to nothing.
    ///
    /// # Errors
    ///
    /// [`Undecodable::Broken`] where the body has ended too early, or another sum is promised for it.
    pub fn finish(self) -> Result<Vec<u8>, Undecodable> {
        match self.state {
            State::Plain | State::Ended => Ok(Vec::new()),
            State::Announced(_, held_back) => Ok(held_back),
            State::Gzip(gzip) => gzip.finish().map_err(|_| Undecodable::Broken("gzip")),
            State::Zlib(zlib) => zlib.finish().map_err(|_| Undecodable::Broken("deflate")),
            State::Deflate(deflate) => deflate.finish().map_err(|_| Undecodable::Broken("deflate")),
        }
    }

    const fn broken(&self) -> Undecodable {
        Undecodable::Broken(match self.state {
            State::Gzip(_) | State::Announced(Coding::Gzip, _) => "gzip",
            _ => "deflate",
        })
    }

    fn decode(&mut self, step: &[u8]) -> io::Result<Vec<u8>> {
        let mut decoded = Vec::new();
        let joined;
        let mut step = step;
        if let State::Announced(coding, first) = &mut self.state {
            first.extend_from_slice(step);
            joined = std::mem::take(first);
            let &[a, b, ..] = joined.as_slice() else {
                *first = joined;
                return Ok(decoded);
            };
            self.state = coding.begin([a, b]);
            if self.is_plain() {
                return Ok(joined);
            }
            step = &joined;
        }
        while !step.is_empty() {
            let taken = match &mut self.state {
                State::Gzip(gzip) => piece(gzip.as_mut(), step, &mut decoded, GzDecoder::get_mut)?,
                State::Zlib(zlib) => piece(zlib, step, &mut decoded, ZlibDecoder::get_mut)?,
                State::Deflate(deflate) => piece(deflate, step, &mut decoded, DeflateDecoder::get_mut)?,
                State::Plain | State::Announced(..) | State::Ended => return Ok(decoded),
            };
            step = step.get(taken..).unwrap_or_default();
            if taken == 0 {
                self.end(&mut decoded)?;
                self.state = match &self.state {
                    State::Gzip(_) if step.starts_with(&GZIP[..1]) => gzip(), // another member
                    _ => State::Ended,
                };
            }
        }
        Ok(decoded)
    }

    /// Checks the end of what has ended, a member of gzip or all.
    fn end(&mut self, decoded: &mut Vec<u8>) -> io::Result<()> {
        if let State::Gzip(gzip) = &mut self.state {
            gzip.try_finish()?;
            decoded.append(gzip.get_mut());
        }
        Ok(())
    }
}

impl Coding {
    /// What comes is not always what was announced: some say gzip and send text.
    fn begin(self, first: [u8; 2]) -> State {
        let [a, b] = first;
        let is_zlib = a & 0x0f == 8 && u16::from_be_bytes(first).is_multiple_of(31); // RFC 1950, section 2.2
        match self {
            Self::Gzip if first == GZIP => gzip(),
            Self::Gzip => State::Plain,
            Self::Deflate if is_zlib => State::Zlib(ZlibDecoder::new(Vec::new())),
            Self::Deflate if a == b'{' && (b == b'"' || b.is_ascii_whitespace()) => State::Plain,
            Self::Deflate => State::Deflate(DeflateDecoder::new(Vec::new())),
        }
    }
}

fn gzip() -> State {
    State::Gzip(Box::new(GzDecoder::new(Vec::new())))
}

/// Decodes as much as it takes, and takes out what comes of it.
fn piece<D: Write>(
    decoder: &mut D,
    step: &[u8],
    decoded: &mut Vec<u8>,
    inner: impl Fn(&mut D) -> &mut Vec<u8>,
) -> io::Result<usize> {
    let taken = decoder.write(step)?;
    decoder.flush()?;
    decoded.append(inner(decoder));
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    const TEXT: &[u8] = br#"{"choices":[{"message":{"content":"hello hello hello hello"}}]}"#;

    fn headers(coding: &str) -> HeaderMap {
        HeaderMap::from_iter([(CONTENT_ENCODING, coding.parse().unwrap())])
    }

    fn gzipped(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn zlibbed(text: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn deflated(text: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn decode(coding: &str, body: &[u8], size: usize) -> Result<Vec<u8>, Undecodable> {
        let mut decoder = Decoder::of(&headers(coding))?;
        let mut all = Vec::new();
        for piece in body.chunks(size) {
            decoder.feed(Bytes::copy_from_slice(piece));
            while let Some(decoded) = decoder.next_piece()? {
                all.extend_from_slice(&decoded);
            }
        }
        all.extend(decoder.finish()?);
        Ok(all)
    }

    #[test]
    fn what_is_coded_is_decoded_whatever_the_pieces() {
        let large: Vec<u8> = (0..200_000_u32)
            .flat_map(|n| (n.wrapping_mul(n) % 251).to_be_bytes())
            .collect();
        for text in [TEXT, b"", &large] {
            let members = [gzipped(&text[..text.len() / 2]), gzipped(&text[text.len() / 2..])].concat();
            let padded = [gzipped(text), vec![0; 9]].concat();
            for (coding, body) in [
                ("gzip", gzipped(text)),
                ("X-GZIP", gzipped(text)),
                ("identity, gzip", gzipped(text)),
                ("gzip", members),
                ("gzip", padded),
                ("deflate", zlibbed(text)),
                ("deflate", deflated(text)),
                ("identity", text.to_vec()),
                ("utf-8", text.to_vec()),
                ("", text.to_vec()),
            ] {
                for size in [1, 2, 7, 4_096, 1 << 20] {
                    let decoded = decode(coding, &body, size).unwrap();
                    assert!(decoded == text, "{coding} in pieces of {size}");
                    if text.len() > 10_000 && size < 4_096 {
                        break;
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_called_coded_and_is_not_goes_through() {
        for coding in ["gzip", "deflate"] {
            for size in [1, 2, 7, 4_096] {
                assert_eq!(decode(coding, TEXT, size).unwrap(), TEXT);
            }
        }
        assert_eq!(decode("gzip", b"x", 1).unwrap(), b"x");
    }

    #[test]
    fn each_piece_is_given_as_it_comes() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let mut decoder = Decoder::of(&headers("gzip")).unwrap();
        for event in ["data: one\n\n", "data: two\n\n"] {
            encoder.write_all(event.as_bytes()).unwrap();
            encoder.flush().unwrap();
            decoder.feed(std::mem::take(encoder.get_mut()).into());
            let mut all = Vec::new();
            while let Some(piece) = decoder.next_piece().unwrap() {
                all.extend_from_slice(&piece);
            }
            assert_eq!(String::from_utf8(all).unwrap(), event);
        }
    }

    #[test]
    fn a_bomb_comes_out_in_small_pieces() {
        let bomb = gzipped(&vec![0; 64 << 20]);
        let mut decoder = Decoder::of(&headers("gzip")).unwrap();
        decoder.feed(bomb.into());
        let mut all = 0;
        while let Some(piece) = decoder.next_piece().unwrap() {
            assert!(piece.len() <= 8 << 20, "{}", piece.len());
            all += piece.len();
        }
        assert_eq!(all, 64 << 20);
    }

    #[test]
    fn what_is_broken_is_told() {
        let whole = gzipped(TEXT);
        let mut other_sum = whole.clone();
        let at = other_sum.len() - 6;
        other_sum[at] ^= 1;
        let mut other_bits = whole.clone();
        other_bits[12] ^= 0xff;
        for (coding, body) in [
            ("gzip", &whole[..whole.len() - 9]),
            ("gzip", &whole[..whole.len() - 1]),
            ("gzip", &whole[..5]),
            ("gzip", &other_sum),
            ("gzip", &other_bits),
            ("deflate", &zlibbed(TEXT)[..20]),
            ("deflate", b"\xff\xff\xff"),
        ] {
            let error = decode(coding, body, 7).unwrap_err();
            assert!(
                matches!(error, Undecodable::Broken(name) if name == coding),
                "{error}"
            );
        }
    }

    #[test]
    fn another_coding_is_named() {
        for coding in ["br", "zstd", "compress", "gzip, br", "gzip, gzip"] {
            let error = Decoder::of(&headers(coding)).unwrap_err().to_string();
            assert!(error.contains(&format!("Content-Encoding {coding},")), "{error}");
        }
        let error = Decoder::of(&headers(&"x".repeat(100))).unwrap_err().to_string();
        assert!(error.contains("Content-Encoding of an unknown name"), "{error}");
    }
}
