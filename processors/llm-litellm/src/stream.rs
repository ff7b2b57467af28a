//! An answer that comes as a stream: its chunks are kept byte for byte, and assembled to the completion that they come to.

mod assembly;
mod events;
mod pattern;
mod pieces;

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::Duration;

use reqwest::{Response, StatusCode};
use runtime::http::LARGEST_BODY;
use runtime::{ErrorCode, ProcessorError};
use tokio::task::JoinSet;

use crate::completion;
use crate::failure::Failure;
use assembly::Assembly;
use events::{Events, TooLong};
use pieces::Pieces;

/// The most that is kept of a stream, in bytes: 1 GiB.
const LARGEST: u64 = 1 << 30;

const PROGRESS: Duration = Duration::from_secs(1);

/// What ends a stream; it is no chunk.
const DONE: &[u8] = b"[DONE]";

struct Stream {
    status: StatusCode,
    chunks: BufWriter<File>,
    assembly: Assembly,
    count: u64,
    bytes: u64,
    is_done: bool,
}

/// Reads a stream to its end: writes its chunks to a file, one a line, and gives the completion. `timeout` is for the pause
/// between two pieces, not for the whole.
///
/// # Errors
///
/// `ERR_PROVIDER_RESPONSE` for a stream without its end mark, a chunk that is none, or more than there may be;
/// `ERR_PROVIDER_UNAVAILABLE` where it breaks off; what a chunk tells of.
pub(crate) async fn read(
    response: Response,
    path: &Path,
    timeout: Option<Duration>,
) -> Result<Vec<u8>, Failure> {
    let stream = Stream {
        status: response.status(),
        chunks: BufWriter::with_capacity(128 * 1024, File::create(path).map_err(unwritable)?),
        assembly: Assembly::default(),
        count: 0,
        bytes: 0,
        is_done: false,
    };
    // a task of its own: tokio wakes it without a system call for each piece, as it wakes the one that everything began with
    let mut task = JoinSet::new(); // which ends what is in it when it is dropped
    task.spawn(stream.read(Pieces::new(response, timeout)));
    match task.join_next().await {
        Some(Ok(completion)) => completion,
        Some(Err(error)) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(wrong("a stream that was not read to its end".to_owned())),
        },
        None => Err(wrong("a stream that was not read".to_owned())),
    }
}

impl Stream {
    async fn read(mut self, mut pieces: Pieces) -> Result<Vec<u8>, Failure> {
        let mut events = Events::default();
        let mut told = pieces.since;
        while !self.is_done {
            let Some(piece) = pieces.next().await? else { break };
            self.bytes += piece.len() as u64;
            if self.bytes > LARGEST {
                return Err(wrong(format!(
                    "a stream of more than {LARGEST} bytes; ask it for less"
                )));
            }
            events.feed(&piece, |data| self.take(data))?;
            if pieces.since - told >= PROGRESS {
                told = pieces.since;
                self.tell("progress");
            }
        }
        self.finish()
    }

    fn take(&mut self, data: &[u8]) -> Result<(), Failure> {
        if self.is_done {
            return Ok(());
        }
        if data == DONE {
            self.is_done = true;
            return Ok(());
        }
        self.count += 1;
        if !self.assembly.repeat(data) {
            if let Some(error) = completion::error_in(data) {
                return Err(Failure::of_success(self.status, error));
            }
            self.assembly
                .add(data)
                .map_err(|_| wrong(format!("a stream whose chunk {} is none", self.count)))?;
        }
        self.chunks
            .write_all(data)
            .and_then(|()| self.chunks.write_all(b"\n"))
            .map_err(|error| unwritable(error).into())
    }

    fn finish(mut self) -> Result<Vec<u8>, Failure> {
        if !self.is_done {
            return Err(wrong(
                "a stream that ended before its end mark; ask again".to_owned(),
            ));
        }
        if self.count == 0 {
            return Err(wrong(
                "a stream without a chunk; check the model and the parameters".to_owned(),
            ));
        }
        self.chunks.flush().map_err(unwritable)?;
        self.tell("stream_read");
        let completion = self
            .assembly
            .finish()
            .map_err(|_| wrong("a stream that comes to no completion".to_owned()))?;
        match completion.len() {
            0..=LARGEST_BODY => Ok(completion),
            _ => Err(wrong(format!(
                "a completion of more than {LARGEST_BODY} bytes; ask it for less"
            ))),
        }
    }

    fn tell(&self, event: &'static str) {
        tracing::info!(
            chunks = self.count,
            tokens = self.assembly.tokens,
            bytes = self.bytes,
            "{event}"
        );
    }
}

impl From<TooLong> for Failure {
    fn from(_: TooLong) -> Self {
        wrong("a stream with an event of more than 16 MiB; ask it for less".to_owned())
    }
}

fn wrong(what: String) -> Failure {
    let message = format!("the provider answered with {what}");
    ProcessorError::new(ErrorCode::ProviderResponse, message).into()
}

fn unwritable(error: std::io::Error) -> ProcessorError {
    ProcessorError::new(
        ErrorCode::OutputWrite,
        format!("the stream cannot be kept: {error}"),
    )
}
