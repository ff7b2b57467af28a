//! The entry of the fuzz target `streams`.

#![allow(missing_docs, clippy::panic)]

use reqwest::StatusCode;

use super::read_whole;
use super::reader::{Content, StreamReader};

/// Reads a body in one piece and cut into parts, and then the chunks of the completion: all three must come to the same.
pub fn check(body: &[u8], is_declared: bool, part: usize) {
    let whole = read_whole(StatusCode::OK, is_declared, None, body.to_vec());
    let mut reader = StreamReader::new(StatusCode::OK, is_declared, None, Vec::new());
    let mut parts = body.chunks(part);
    let mut fed = Ok(());
    while fed.is_ok()
        && !reader.is_done
        && let Some(part) = parts.next()
    {
        fed = reader.feed(part);
    }
    let cut = fed.and_then(|()| reader.finish());
    match (whole, cut) {
        (Ok((whole, chunks)), Ok(cut)) => {
            assert_eq!(whole, cut);
            assert_eq!(chunks, reader.chunks);
            if let Content::Completion(_) = whole {
                let mut events = Vec::new();
                for chunk in chunks.split_inclusive(|byte| *byte == b'\n') {
                    events.extend([b"data: ", chunk, b"\n"].concat());
                }
                events.extend(b"data: [DONE]\n\n"); // the end mark is no chunk
                let again = read_whole(StatusCode::OK, true, None, events);
                assert!(matches!(again, Ok(again) if again == (whole, chunks)));
            }
        }
        (Err(whole), Err(cut)) => assert_eq!(whole.error.code(), cut.error.code()),
        (whole, cut) => panic!("in one piece {:?}, in parts {:?}", whole.is_ok(), cut.is_ok()),
    }
}
