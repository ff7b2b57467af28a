//! AWS's event streams, which are binary:
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html>.

use serde_json::json;

use crate::failure::Failure;

/// The lengths and their checksum.
const PRELUDE: usize = 12;
const CHECKSUM: usize = 4;
/// The longest frame, in bytes: 16 MiB.
const LONGEST: usize = 16 * 1024 * 1024;

/// The kinds of exceptions, and the statuses that they stand for
/// (<https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html>).
const EXCEPTIONS: [(&str, u16); 7] = [
    ("accessDeniedException", 403),
    ("internalServerException", 500),
    ("modelStreamErrorException", 424),
    ("modelTimeoutException", 408),
    ("serviceUnavailableException", 503),
    ("throttlingException", 429),
    ("validationException", 400),
];

/// Splits bytes, which may come in chunks of any size, into frames.
#[derive(Debug, Default)]
pub(super) struct Frames {
    incomplete: Vec<u8>,
}

/// A frame.
#[derive(Debug)]
pub(super) struct Frame {
    /// The payload below the name of its event: `{"messageStart":{"role":"assistant"}}`.
    pub(super) chunk: Vec<u8>,
    /// What it reports, if it is an error, as JSON.
    pub(super) error: Option<Vec<u8>>,
}

impl Frames {
    /// Whether a body that begins so has frames. No text begins with the length of a frame, which is below 16 MiB.
    pub(super) fn is_at(head: &[u8]) -> bool {
        head.first() == Some(&0)
    }

    /// Reads the next bytes, and passes on each frame that ends in them.
    ///
    /// # Errors
    ///
    /// `ERR_PROVIDER_RESPONSE` for a damaged frame, which [`rest`](Self::rest) returns; those of `take`.
    pub(super) fn feed(
        &mut self,
        bytes: &[u8],
        mut take: impl FnMut(Frame) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.incomplete.extend_from_slice(bytes);
        let mut rest = self.incomplete.as_slice();
        let mut taken = Ok(());
        while taken.is_ok() {
            match split(rest) {
                Split::Frame(frame, after) => {
                    taken = take(read(frame));
                    rest = if taken.is_ok() { after } else { &[] };
                }
                Split::Incomplete => break,
                Split::Damaged => {
                    taken = Err(Failure::from_stream("a stream with a damaged frame; ask again"));
                }
            }
        }
        self.incomplete = rest.to_vec();
        taken
    }

    /// Whether a frame has begun.
    pub(super) fn is_incomplete(&self) -> bool {
        !self.incomplete.is_empty()
    }

    /// The bytes that belong to no frame so far: the end of the body has cut one off, or it is damaged.
    pub(super) fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.incomplete)
    }
}

/// The beginning of some bytes.
enum Split<'a> {
    /// A frame's headers and payload, and what comes after it.
    Frame((&'a [u8], &'a [u8]), &'a [u8]),
    Incomplete,
    Damaged,
}

fn split(bytes: &[u8]) -> Split<'_> {
    let Some((prelude, _)) = bytes.split_at_checked(PRELUDE) else {
        return Split::Incomplete;
    };
    let number = |at: usize| {
        let bytes = prelude.get(at..)?.first_chunk::<4>()?;
        usize::try_from(u32::from_be_bytes(*bytes)).ok()
    };
    let (Some(length), Some(headers)) = (number(0), number(4)) else {
        return Split::Damaged;
    };
    if !has_checksum(prelude) || length > LONGEST {
        return Split::Damaged;
    }
    let Some((frame, after)) = bytes.split_at_checked(length) else {
        return Split::Incomplete;
    };
    let content = frame
        .len()
        .checked_sub(CHECKSUM)
        .and_then(|end| frame.get(PRELUDE..end))
        .and_then(|content| content.split_at_checked(headers))
        .filter(|_| has_checksum(frame));
    content.map_or(Split::Damaged, |content| Split::Frame(content, after))
}

/// Whether the last four bytes are the checksum of those before.
fn has_checksum(bytes: &[u8]) -> bool {
    bytes
        .split_last_chunk::<CHECKSUM>()
        .is_some_and(|(content, checksum)| crc32fast::hash(content) == u32::from_be_bytes(*checksum))
}

fn read((headers, payload): (&[u8], &[u8])) -> Frame {
    let header = |name| find(headers, name);
    let kind = header(":message-type");
    let name = [":event-type", ":exception-type", ":error-code"]
        .into_iter()
        .find_map(header)
        .filter(|name| name.bytes().all(|b| b.is_ascii_alphanumeric()))
        .unwrap_or("unknown");
    let is_error = matches!(kind, Some("exception" | "error"));
    let payload = if payload.trim_ascii().is_empty() {
        b"{}"
    } else {
        payload
    };
    let error = is_error.then(|| {
        let status = EXCEPTIONS
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        let parsed: serde_json::Value = serde_json::from_slice(payload).unwrap_or_default();
        let message = ["message", "Message", "originalMessage"]
            .iter()
            .find_map(|member| parsed.get(*member)?.as_str())
            .or_else(|| header(":error-message"));
        let code = status.map(|(_, status)| *status);
        json!({"error": {"code": code, "type": name, "message": message}})
            .to_string()
            .into_bytes()
    });
    let chunk = [b"{\"", name.as_bytes(), b"\":", payload, b"}"].concat();
    Frame { chunk, error }
}

/// The value of a header, if it is a string.
fn find<'a>(mut headers: &'a [u8], name: &str) -> Option<&'a str> {
    loop {
        let (length, rest) = headers.split_first()?;
        let (found, rest) = rest.split_at_checked((*length).into())?;
        let (kind, rest) = rest.split_first()?;
        let (length, rest) = match kind {
            0 | 1 => (0, rest), // true, false
            2 => (1, rest),
            3 => (2, rest),
            4 => (4, rest),
            5 | 8 => (8, rest), // a long, a time
            9 => (16, rest),    // a UUID
            6 | 7 => {
                let (length, rest) = rest.split_first_chunk::<2>()?;
                (usize::from(u16::from_be_bytes(*length)), rest)
            }
            _ => return None,
        };
        let (value, rest) = rest.split_at_checked(length)?;
        if *kind == 7 && found == name.as_bytes() {
            return std::str::from_utf8(value).ok();
        }
        headers = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
        let mut head = vec![1, b'x', 4, 0, 0, 0, 7, 1, b'y', 0]; // an integer and a boolean
        for (name, value) in headers {
            head.push(name.len() as u8);
            head.extend(name.as_bytes());
            head.push(7);
            head.extend((value.len() as u16).to_be_bytes());
            head.extend(value.as_bytes());
        }
        let length = (PRELUDE + head.len() + payload.len() + CHECKSUM) as u32;
        let mut frame = length.to_be_bytes().to_vec();
        frame.extend((head.len() as u32).to_be_bytes());
        frame.extend(crc32fast::hash(&frame).to_be_bytes());
        frame.extend(head);
        frame.extend(payload);
        frame.extend(crc32fast::hash(&frame).to_be_bytes());
        frame
    }

    #[test]
    fn what_is_no_frame_is_left() {
        let bytes = frame(&[(":event-type", "metadata")], b"{}");
        let mut damaged = bytes.clone();
        damaged[9] ^= 1;
        let whole = |frames: &mut Frames, bytes: &[u8]| frames.feed(bytes, |_| Ok(()));
        let mut frames = Frames::default();
        whole(&mut frames, &[bytes.as_slice(), &bytes[..20]].concat()).unwrap();
        assert!(frames.is_incomplete());
        assert_eq!(frames.rest(), &bytes[..20]);
        assert!(!frames.is_incomplete());
        assert!(whole(&mut frames, &[bytes, damaged.clone()].concat()).is_err());
        assert_eq!(frames.rest(), damaged);
    }

    fn read_all(bytes: &[u8]) -> Result<Vec<String>, Failure> {
        let mut chunks = Vec::new();
        let mut frames = Frames::default();
        for byte in bytes.chunks(3) {
            frames.feed(byte, |frame| {
                chunks.push(String::from_utf8(frame.chunk).unwrap());
                Ok(())
            })?;
        }
        Ok(chunks)
    }

    #[test]
    fn payloads_get_the_names_of_their_events() {
        let start = frame(
            &[(":event-type", "messageStart"), (":message-type", "event")],
            br#"{"role":"assistant"}"#,
        );
        let stop = frame(&[(":event-type", "odd\"name")], b"");
        assert!(Frames::is_at(&start));
        let chunks = read_all(&[start, stop].concat()).unwrap();
        assert_eq!(
            chunks,
            [r#"{"messageStart":{"role":"assistant"}}"#, r#"{"unknown":{}}"#]
        );
    }

    #[test]
    fn exceptions_are_errors_with_a_status() {
        for (headers, payload, expected) in [
            (
                [
                    (":message-type", "exception"),
                    (":exception-type", "throttlingException"),
                ],
                r#"{"message":"slow down"}"#,
                json!({"error": {"code": 429, "type": "throttlingException", "message": "slow down"}}),
            ),
            (
                [(":message-type", "error"), (":error-message", "no")],
                "",
                json!({"error": {"code": null, "type": "unknown", "message": "no"}}),
            ),
        ] {
            let bytes = frame(&headers, payload.as_bytes());
            let mut errors = Vec::new();
            Frames::default()
                .feed(&bytes, |frame| {
                    errors.push(serde_json::from_slice::<serde_json::Value>(&frame.error.unwrap()).unwrap());
                    Ok(())
                })
                .unwrap();
            assert_eq!(errors, [expected]);
        }
    }

    #[test]
    fn each_byte_is_checked() {
        let bytes = frame(&[(":event-type", "metadata")], b"{}");
        assert_eq!(read_all(&bytes).unwrap().len(), 1);
        assert!(
            read_all(bytes.get(..bytes.len() - 1).unwrap())
                .unwrap()
                .is_empty()
        );
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            let error = read_all(&damaged).unwrap_err().error;
            assert!(error.message().contains("damaged"), "{at}: {error}");
        }
    }
}
