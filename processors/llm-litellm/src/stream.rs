//! An answer that comes as a stream: its chunks are stored byte for byte, and assembled into a completion.

mod assembler;
mod assembly;
mod base64;
mod body;
#[cfg(test)]
mod cases;
mod chunk_file;
#[cfg(test)]
mod cuts;
mod events;
mod frames;
mod framing;
#[cfg(fuzzing)]
#[path = "../../../fuzz/hooks/stream.rs"]
pub mod fuzzing;
mod growth;
mod items;
#[cfg(test)]
mod lengths;
mod matching;
mod measure;
mod members;
mod merge;
mod node;
mod reader;
mod reading;
mod text;

use std::path::PathBuf;
use std::time::Duration;

use reqwest::{Response, StatusCode};
use runtime::Body;
use runtime::http::Received;
use tokio::task::JoinSet;

use crate::failure::Failure;
use crate::native::interface::NativeApi;
use body::BodyChunks;
use frames::Frames;
use framing::Framing;
use reader::StreamReader;
use reading::{KeepOnDrop, Reading};

pub(crate) use reader::Content;

/// Reads a body to its end, in chunks of a native API or of chat completions. If its first bytes are those of a
/// stream, the chunks are written to a file, one a line; else they go into `document`, until the whole has come. `timeout` is for the
/// pause before each part of the body, not for the whole.
///
/// # Errors
///
/// `ERR_PROVIDER_RESPONSE` for a stream that ends too early, a chunk that cannot be read, or a body that is too large;
/// `ERR_PROVIDER_UNAVAILABLE` for a broken connection; the error that a chunk reports. The chunks that came before are the
/// rejected answer of the error.
pub(crate) async fn read(
    response: Response,
    is_declared: bool,
    api: Option<&dyn NativeApi>,
    (path, document): (PathBuf, Received),
    timeout: Option<Duration>,
) -> Result<Content, Failure> {
    let chunks = chunk_file::create(&path)?;
    let reader = StreamReader::new(response.status(), is_declared, api, chunks).with_head(document);
    let reading = Reading::new(reader);
    let _guard = KeepOnDrop(reading.clone());
    // tokio wakes a spawned task without a system call for each part, unlike the task of `block_on`
    let mut task = JoinSet::new(); // aborts the task when it is dropped
    task.spawn(reading.read(BodyChunks::new(response, timeout)));
    let (content, has_begun) = match task.join_next().await {
        Some(Ok(read)) => read,
        Some(Err(error)) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => (
                Err(Failure::from_stream("a stream that was not read to its end")),
                false,
            ),
        },
        None => (Err(Failure::from_stream("a stream that was not read")), false),
    };
    match content {
        Err(failure) if has_begun => Err(failure.with_rejected(Body::SearchedFile(path))),
        content => content,
    }
}

/// Reads a body that has come as a whole; returns the chunks, too, if it is a stream.
///
/// # Errors
///
/// Those of [`read`].
pub(crate) fn read_whole(
    status: StatusCode,
    is_declared: bool,
    api: Option<&dyn NativeApi>,
    body: Vec<u8>,
) -> Result<(Content, Vec<u8>), Failure> {
    let has_frames = api.is_some() && Frames::is_at(&body);
    if !has_frames && Framing::detect(&body, is_declared, true) == Some(Framing::Document) {
        return Ok((Content::Document(body), Vec::new()));
    }
    let mut reader = StreamReader::new(status, is_declared, api, Vec::new());
    let content = reader.feed(&body).and_then(|()| reader.finish());
    if content.is_err() {
        reader.keep_rest();
    }
    match content {
        Ok(content) => Ok((content, reader.chunks)),
        Err(failure) if reader.has_begun => Err(failure.with_rejected(Body::Bytes(reader.chunks))),
        Err(failure) => Err(failure),
    }
}
