//! An answer that comes as a stream: its chunks are kept byte for byte, and assembled to the completion that they come to.

mod assembly;
mod base64;
#[cfg(test)]
mod cases;
mod chunks;
#[cfg(test)]
mod cuts;
mod events;
mod framing;
mod growth;
mod items;
mod members;
mod node;
mod pieces;
mod surrogates;
mod text;

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use memchr::memmem::Finder;
use reqwest::{Response, StatusCode};
use runtime::http::LARGEST_BODY;
use runtime::{Body, ErrorCode, ProcessorError};
use tokio::task::JoinSet;

use crate::completion;
use crate::failure::Failure;
use crate::lenient::{self, Mended};
use assembly::Assembly;
pub(crate) use chunks::interrupted;
use chunks::{Chunks, FlushedAtLast, unwritable};
use events::{Event, Events, TooLong};
use framing::Framing;
use members::Members;
use pieces::Pieces;

/// The most that is kept of a stream, in bytes: 1 GiB.
const LARGEST: u64 = 1 << 30;

const PROGRESS: Duration = Duration::from_secs(1);

/// What ends a stream; it is no chunk.
const DONE: &[u8] = b"[DONE]";

/// What a body came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// The completion that a stream comes to.
    Completion(Vec<u8>),
    /// The body itself, which is no stream.
    Document(Vec<u8>),
}

/// Reads a body to its end. If it is a stream, by its first bytes, its chunks are written to a file, one a line. `timeout` is
/// for the pause between two pieces, not for the whole.
///
/// # Errors
///
/// `ERR_PROVIDER_RESPONSE` for a stream that ends before its answer does, a chunk that cannot be read, or more than there may
/// be; `ERR_PROVIDER_UNAVAILABLE` where it breaks off; what a chunk tells of. What has come of an answer goes with them.
pub(crate) async fn read(
    response: Response,
    is_declared: bool,
    path: PathBuf,
    timeout: Option<Duration>,
) -> Result<Read, Failure> {
    let chunks = Chunks::create(&path)?;
    let _guard = FlushedAtLast(chunks.clone());
    let stream = Stream::new(response.status(), is_declared, chunks);
    // a task of its own: tokio wakes it without a system call for each piece, as it wakes the one that everything began with
    let mut task = JoinSet::new(); // which ends what is in it when it is dropped
    task.spawn(stream.read(Pieces::new(response, timeout)));
    let (read, has_begun) = match task.join_next().await {
        Some(Ok(read)) => read,
        Some(Err(error)) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => (Err(wrong("a stream that was not read to its end")), false),
        },
        None => (Err(wrong("a stream that was not read")), false),
    };
    read.map_err(|failure| match has_begun {
        true => failure.keeping(Body::SearchedFile(path)),
        false => failure,
    })
}

/// Reads a body that has come as a whole; gives the chunks too, if it is a stream.
///
/// # Errors
///
/// Those of [`read`].
pub(crate) fn read_whole(
    status: StatusCode,
    is_declared: bool,
    body: Vec<u8>,
) -> Result<(Read, Vec<u8>), Failure> {
    if Framing::of(&body, is_declared, true) == Some(Framing::Document) {
        return Ok((Read::Document(body), Vec::new()));
    }
    let mut stream = Stream::new(status, is_declared, Vec::new());
    let read = stream.feed(&body).and_then(|()| stream.finish());
    match read {
        Ok(read) => Ok((read, stream.chunks)),
        Err(failure) if stream.has_begun => Err(failure.keeping(Body::Bytes(stream.chunks))),
        Err(failure) => Err(failure),
    }
}

struct Stream<W> {
    status: StatusCode,
    is_declared: bool,
    /// What has come of a body that may still be anything, or is no stream.
    head: Vec<u8>,
    /// Finds what may be an error.
    error: Finder<'static>,
    /// Known once enough has come.
    framing: Option<Framing>,
    events: Events,
    chunks: W,
    assembly: Assembly,
    count: u64,
    bytes: u64,
    is_done: bool,
    /// Whether a part of an answer has come.
    has_begun: bool,
    /// Why the chunks come to nothing; they are kept all the same, to their end.
    unusable: Option<ProcessorError>,
}

impl<W: Write> Stream<W> {
    fn new(status: StatusCode, is_declared: bool, chunks: W) -> Self {
        Self {
            status,
            is_declared,
            head: Vec::new(),
            error: Finder::new(b"\"error\""),
            framing: None,
            events: Events::default(),
            chunks,
            assembly: Assembly::default(),
            count: 0,
            bytes: 0,
            is_done: false,
            has_begun: false,
            unusable: None,
        }
    }

    /// Reads it to its end, and says whether what has come is worth keeping where that fails.
    async fn read(mut self, mut pieces: Pieces) -> (Result<Read, Failure>, bool) {
        let read = match self.feed_all(&mut pieces).await {
            Ok(()) => self.finish(),
            Err(failure) => Err(failure),
        };
        let read = match self.chunks.flush() {
            Ok(()) => read,
            Err(error) => read.and(Err(unwritable(error).into())),
        };
        (read, self.has_begun)
    }

    async fn feed_all(&mut self, pieces: &mut Pieces) -> Result<(), Failure> {
        let mut told = pieces.since;
        while !self.is_done {
            let Some(piece) = pieces.next().await? else {
                break;
            };
            self.feed(&piece)?;
            if pieces.since - told >= PROGRESS {
                told = pieces.since;
                self.tell("progress");
            }
        }
        Ok(())
    }

    fn feed(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.bytes += bytes.len() as u64;
        if self.bytes > LARGEST {
            let what = format!("a stream of more than {LARGEST} bytes; ask it for less");
            return Err(wrong(&what));
        }
        match self.framing {
            Some(Framing::Events | Framing::Lines) => self.cut(bytes),
            Some(Framing::Document) | None => {
                self.head.extend_from_slice(bytes);
                if self.head.len() > LARGEST_BODY {
                    let what = format!("more than {LARGEST_BODY} bytes; ask it for less");
                    return Err(wrong(&what));
                }
                self.look(false)
            }
        }
    }

    /// Finds out what the body is, if that is not known.
    fn look(&mut self, is_all: bool) -> Result<(), Failure> {
        if self.framing.is_none() {
            self.framing = Framing::of(&self.head, self.is_declared, is_all);
            if self.framing == Some(Framing::Lines) {
                self.events = Events::of_lines();
            }
        }
        match self.framing {
            Some(Framing::Events | Framing::Lines) => {
                let head = std::mem::take(&mut self.head);
                self.cut(&head)
            }
            Some(Framing::Document) | None => Ok(()),
        }
    }

    fn cut(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let mut events = std::mem::take(&mut self.events);
        let fed = events.feed(bytes, |event| self.take(event));
        self.events = events;
        fed
    }

    fn take(&mut self, event: Event<'_>) -> Result<(), Failure> {
        let data = event.data.trim_ascii();
        if self.is_done {
            return Ok(());
        }
        if event.is_error {
            self.keep(event.data)?;
            return Err(Failure::of_success(self.status, data));
        }
        if data == DONE {
            self.is_done = true;
            return Ok(());
        }
        if data.is_empty() || data == b"null" {
            return Ok(()); // a sign of life
        }
        self.count += 1;
        self.keep(event.data)?;
        match self.unusable {
            None => self.add(data),
            Some(_) => Ok(()),
        }
    }

    fn keep(&mut self, data: &[u8]) -> Result<(), Failure> {
        let written = self.chunks.write_all(data);
        written
            .and_then(|()| self.chunks.write_all(b"\n"))
            .map_err(|error| unwritable(error).into())
    }

    fn add(&mut self, data: &[u8]) -> Result<(), Failure> {
        let mut mended = Mended::default();
        let chunk = lenient::read::<Members<'_>>(data, &mut mended);
        let has_choices = chunk.as_ref().is_ok_and(|chunk| chunk.says("choices"));
        // most chunks are not read twice
        if (!has_choices || self.error.find(data).is_some())
            && let Some(error) = completion::error_in(data)
        {
            return Err(Failure::of_success(self.status, &error));
        }
        self.has_begun |= has_choices || chunk.is_err();
        let number = self.count;
        self.unusable = match chunk {
            Ok(chunk) if chunk.is_ping() => None,
            Ok(chunk) => {
                let added = self.assembly.add(&chunk);
                added
                    .is_err()
                    .then(|| format!("a stream whose chunk {number} has no choices that can be read"))
            }
            Err(position) => Some(format!(
                "a stream whose chunk {number} cannot be read at {position}"
            )),
        }
        .map(|what| wrong(&what).error);
        Ok(())
    }

    /// The end of the body.
    fn finish(&mut self) -> Result<Read, Failure> {
        self.look(true)?;
        if self.framing == Some(Framing::Document) {
            return Ok(Read::Document(std::mem::take(&mut self.head)));
        }
        std::mem::take(&mut self.events).finish(|event| self.take_last(event))?;
        self.tell("stream_read");
        if let Some(error) = self.unusable.take() {
            return Err(error.into());
        }
        if self.count == 0 && self.is_done {
            return Err(wrong(
                "a stream without a chunk; check the model and the parameters",
            ));
        }
        if !self.is_done && !self.assembly.is_finished() {
            return Err(wrong("a stream that ended before its end mark; ask again"));
        }
        let completion = std::mem::take(&mut self.assembly).finish();
        let completion = completion.map_err(|_| wrong("a stream that comes to no completion"))?;
        match completion.len() {
            0..=LARGEST_BODY => Ok(Read::Completion(completion)),
            _ => {
                let what = format!("a completion of more than {LARGEST_BODY} bytes; ask it for less");
                Err(wrong(&what))
            }
        }
    }

    /// Takes the event that the end of the body has ended; it may be cut off.
    fn take_last(&mut self, event: Event<'_>) -> Result<(), Failure> {
        let data = event.data.trim_ascii();
        let is_whole = data == DONE || lenient::read::<Members<'_>>(data, &mut Mended::default()).is_ok();
        match is_whole || event.is_error {
            true => self.take(event),
            false if self.assembly.is_finished() => Ok(()), // the end mark, or what nobody waits for
            false => self.keep(event.data),
        }
    }

    fn tell(&self, event: &'static str) {
        tracing::info!(
            chunks = self.count,
            tokens = self.assembly.pieces,
            bytes = self.bytes,
            "{event}"
        );
    }
}

impl Members<'_> {
    fn says(&self, name: &str) -> bool {
        self.get(name).is_some_and(|raw| raw.get() != "null")
    }

    /// A sign of life, as Anthropic has it.
    fn is_ping(&self) -> bool {
        let kind = self.get("type").map(|kind| kind.get());
        kind == Some(r#""ping""#) && !self.says("choices")
    }
}

impl Failure {
    /// With an answer that cannot be used.
    pub(crate) fn keeping(self, answer: Body) -> Self {
        Self {
            error: self.error.with_rejected(answer),
            ..self
        }
    }
}

impl From<TooLong> for Failure {
    fn from(_: TooLong) -> Self {
        wrong("a stream with an event of more than 16 MiB; ask it for less")
    }
}

fn wrong(what: &str) -> Failure {
    let message = format!("the provider answered with {what}");
    ProcessorError::new(ErrorCode::ProviderResponse, message).into()
}
