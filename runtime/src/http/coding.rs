//! Bodies with a Content-Encoding, which services use without being asked (RFC 9110, section 8.4).

use std::io::{self, Write};

use bytes::Bytes;
use documents::ErrorCode;
use flate2::write::{DeflateDecoder, GzDecoder, ZlibDecoder};
use reqwest::header::{CONTENT_ENCODING, HeaderMap};

use crate::error::ProcessorError;

/// How much is decoded at a time, in bytes; the result may be a thousand times as large.
const STEP: usize = 4 * 1024;

/// The longest encoded body, in bytes: one that decodes to nothing could be endless.
const LARGEST: u64 = 1 << 30;

/// A longer name of an encoding is not shown.
const LONGEST_NAME: usize = 40;

const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Decodes a body chunk by chunk; one that is not encoded stays as it is.
#[derive(Debug, Default)]
pub struct Decoder {
    state: State,
    /// The input that is not decoded yet.
    encoded: Bytes,
    read: u64,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Plain,
    /// Until there are two bytes, which show the actual encoding.
    Announced(Coding, Vec<u8>),
    Gzip(Box<GzDecoder<Vec<u8>>>),
    Zlib(ZlibDecoder<Vec<u8>>),
    Deflate(DeflateDecoder<Vec<u8>>),
    /// The rest is ignored.
    Ended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
}

/// Why a body cannot be decoded.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The encoding is unknown.
    #[error(
        "the provider's answer comes in the Content-Encoding {0}, which nobody has asked for; take what recodes it out of the way, such as a proxy"
    )]
    Unknown(String),
    /// It is invalid, or ends too early.
    #[error("the provider's answer is broken: its {0} cannot be decoded; try again")]
    Broken(&'static str),
}

impl From<DecodeError> for ProcessorError {
    fn from(error: DecodeError) -> Self {
        Self::new(ErrorCode::ProviderResponse, error.to_string())
    }
}

impl Decoder {
    /// For a body with these headers: gzip, and deflate with the zlib header or without, as servers disagree on it.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Unknown`] for another encoding, and for several.
    pub fn from_headers(headers: &HeaderMap) -> Result<Self, DecodeError> {
        let values: Vec<_> = headers
            .get_all(CONTENT_ENCODING)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase())
            .collect();
        let codings: Vec<&str> = values
            .iter()
            .flat_map(|value| value.split(','))
            .map(str::trim)
            // some servers mean the character set, or nothing
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
                return Err(DecodeError::Unknown(name));
            }
        };
        Ok(Self {
            state,
            ..Self::default()
        })
    }

    /// Whether there is nothing to decode.
    pub(super) const fn is_plain(&self) -> bool {
        matches!(self.state, State::Plain)
    }

    /// Adds the next chunk of the body. Call [`Decoder::next_chunk`] until it returns `None` before.
    pub fn feed(&mut self, chunk: Bytes) {
        self.read += chunk.len() as u64;
        self.encoded = chunk;
    }

    /// The next decoded chunk, if there is more: a few megabytes at most.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Broken`].
    pub fn next_chunk(&mut self) -> Result<Option<Bytes>, DecodeError> {
        while !self.encoded.is_empty() {
            if self.is_plain() {
                return Ok(Some(std::mem::take(&mut self.encoded)));
            }
            if self.read > LARGEST {
                return Err(self.broken());
            }
            let step = self.encoded.split_to(self.encoded.len().min(STEP));
            let broken = self.broken();
            let decoded = self.decode(&step).map_err(|_| broken)?;
            if !decoded.is_empty() {
                return Ok(Some(decoded.into()));
            }
        }
        Ok(None)
    }

    /// Ends the body, and returns the few bytes that are still missing.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Broken`] if the body ends too early or its checksum differs.
    pub fn finish(self) -> Result<Vec<u8>, DecodeError> {
        match self.state {
            State::Plain | State::Ended => Ok(Vec::new()),
            State::Announced(_, held_back) => Ok(held_back),
            State::Gzip(gzip) => gzip.finish().map_err(|_| DecodeError::Broken("gzip")),
            State::Zlib(zlib) => zlib.finish().map_err(|_| DecodeError::Broken("deflate")),
            State::Deflate(deflate) => deflate.finish().map_err(|_| DecodeError::Broken("deflate")),
        }
    }

    const fn broken(&self) -> DecodeError {
        DecodeError::Broken(match self.state {
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
                State::Gzip(gzip) => decode_step(gzip.as_mut(), step, &mut decoded, GzDecoder::get_mut)?,
                State::Zlib(zlib) => decode_step(zlib, step, &mut decoded, ZlibDecoder::get_mut)?,
                State::Deflate(deflate) => decode_step(deflate, step, &mut decoded, DeflateDecoder::get_mut)?,
                State::Plain | State::Announced(..) | State::Ended => return Ok(decoded),
            };
            step = step.get(taken..).unwrap_or_default();
            if taken == 0 {
                let was = std::mem::replace(&mut self.state, State::Ended);
                if let State::Gzip(mut gzip_member) = was {
                    gzip_member.try_finish()?; // checks the sum
                    decoded.append(gzip_member.get_mut());
                    if step.starts_with(&GZIP[..1]) {
                        self.state = gzip(); // another member
                    }
                }
            }
        }
        Ok(decoded)
    }
}

impl Coding {
    /// Goes by the first bytes: some servers announce gzip and send text.
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

/// Decodes a part of the input; returns the length of that part.
fn decode_step<D: Write>(
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

    fn decode(coding: &str, body: &[u8], size: usize) -> Result<Vec<u8>, DecodeError> {
        let mut decoder = Decoder::from_headers(&headers(coding))?;
        let mut all = Vec::new();
        for chunk in body.chunks(size) {
            decoder.feed(Bytes::copy_from_slice(chunk));
            while let Some(decoded) = decoder.next_chunk()? {
                all.extend_from_slice(&decoded);
            }
        }
        all.extend(decoder.finish()?);
        Ok(all)
    }

    #[test]
    fn an_encoded_body_is_decoded_from_chunks_of_any_size() {
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
                    assert!(decoded == text, "{coding} in chunks of {size}");
                    if text.len() > 10_000 && size < 4_096 {
                        break;
                    }
                }
            }
        }
    }

    #[test]
    fn a_body_that_is_only_announced_as_encoded_stays_as_it_is() {
        for coding in ["gzip", "deflate"] {
            for size in [1, 2, 7, 4_096] {
                assert_eq!(decode(coding, TEXT, size).unwrap(), TEXT);
            }
        }
        assert_eq!(decode("gzip", b"x", 1).unwrap(), b"x");
    }

    #[test]
    fn each_chunk_is_returned_as_it_comes() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let mut decoder = Decoder::from_headers(&headers("gzip")).unwrap();
        for event in ["data: one\n\n", "data: two\n\n"] {
            encoder.write_all(event.as_bytes()).unwrap();
            encoder.flush().unwrap();
            decoder.feed(std::mem::take(encoder.get_mut()).into());
            let mut all = Vec::new();
            while let Some(chunk) = decoder.next_chunk().unwrap() {
                all.extend_from_slice(&chunk);
            }
            assert_eq!(String::from_utf8(all).unwrap(), event);
        }
    }

    #[test]
    fn a_bomb_comes_out_in_small_chunks() {
        let bomb = gzipped(&vec![0; 64 << 20]);
        let mut decoder = Decoder::from_headers(&headers("gzip")).unwrap();
        decoder.feed(bomb.into());
        let mut all = 0;
        while let Some(chunk) = decoder.next_chunk().unwrap() {
            assert!(chunk.len() <= 8 << 20, "{}", chunk.len());
            all += chunk.len();
        }
        assert_eq!(all, 64 << 20);
    }

    #[test]
    fn a_broken_body_is_an_error() {
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
                matches!(error, DecodeError::Broken(name) if name == coding),
                "{error}"
            );
        }
    }

    #[test]
    fn another_encoding_is_named() {
        for coding in ["br", "zstd", "compress", "gzip, br", "gzip, gzip"] {
            let error = Decoder::from_headers(&headers(coding)).unwrap_err().to_string();
            assert!(error.contains(&format!("Content-Encoding {coding},")), "{error}");
        }
        let error = Decoder::from_headers(&headers(&"x".repeat(100)))
            .unwrap_err()
            .to_string();
        assert!(error.contains("Content-Encoding of an unknown name"), "{error}");
    }
}
