//! An answer that comes as a stream: its chunks are kept byte for byte, and assembled to the completion that they come to.

mod assembly;
mod events;

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use reqwest::{Response, StatusCode};
use runtime::http::{self, LARGEST_BODY};
use runtime::{ErrorCode, ProcessorError};

use crate::completion;
use crate::exchange::too_late;
use crate::failure::Failure;
use assembly::Assembly;
use events::{Events, TooLong};

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
    mut response: Response,
    path: &Path,
    timeout: Option<Duration>,
) -> Result<Vec<u8>, Failure> {
    let mut stream = Stream {
        status: response.status(),
        chunks: BufWriter::with_capacity(128 * 1024, File::create(path).map_err(unwritable)?),
        assembly: Assembly::default(),
        count: 0,
        bytes: 0,
        is_done: false,
    };
    let mut events = Events::default();
    let mut told = Instant::now();
    while !stream.is_done {
        let piece = match timeout {
            None => response.chunk().await,
            Some(timeout) => tokio::time::timeout(timeout, response.chunk())
                .await
                .map_err(|_| Failure::of_connection(too_late(timeout), true))?,
        };
        let piece = piece.map_err(|error| Failure::of_connection(http::send_error(error), true))?;
        let Some(piece) = piece else { break };
        stream.bytes += piece.len() as u64;
        if stream.bytes > LARGEST {
            return Err(wrong(format!(
                "a stream of more than {LARGEST} bytes; ask it for less"
            )));
        }
        events.feed(&piece, |data| stream.take(data))?;
        if told.elapsed() >= PROGRESS {
            told = Instant::now();
            stream.tell("progress");
        }
    }
    stream.finish()
}

impl Stream {
    fn take(&mut self, data: &[u8]) -> Result<(), Failure> {
        if self.is_done {
            return Ok(());
        }
        if data == DONE {
            self.is_done = true;
            return Ok(());
        }
        self.count += 1;
        if let Some(error) = completion::error_in(data) {
            return Err(Failure::of_success(self.status, error));
        }
        self.assembly
            .add(data)
            .map_err(|_| wrong(format!("a stream whose chunk {} is none", self.count)))?;
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
