//! Reads a stream: finds its framing, writes each chunk, and adds it to the completion.

use memchr::memmem::Finder;
use reqwest::StatusCode;
use runtime::http::lenient_json::{self, Repaired};
use runtime::http::{LARGEST_BODY, Received};
use runtime::{ErrorCode, ProcessorError};
use serde_json::Value;
use std::io::Write;

use super::assembler::Assembler;
use super::chunk_file::write_error;
use super::events::{Event, Events};
use super::frames::{Frame, Frames};
use super::framing::Framing;
use super::measure::{self, Measure};
use super::members::Members;
use crate::completion;
use crate::failure::Failure;
use crate::native::interface::NativeApi;
use crate::native::{digits, document};
use crate::surrogates;

/// The largest stream, in bytes: 1 GiB.
const LARGEST: u64 = 1 << 30;

/// The end mark of a stream, which is no chunk.
const DONE: &[u8] = b"[DONE]";

/// What a body contains.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// A stream; here the completion that it makes.
    Completion(Vec<u8>),
    /// No stream; here the body itself.
    Document(Vec<u8>),
}

pub(super) struct StreamReader<W> {
    status: StatusCode,
    /// Whether the service calls the body a stream of events.
    is_declared: bool,
    /// The body as long as its framing is unknown, if it is a document, or if no event has come.
    head: Received,
    /// Finds chunks that may report an error.
    error: Finder<'static>,
    framing: Option<Framing>,
    events: Events,
    frames: Frames,
    pub(super) chunks: W,
    assembler: Assembler,
    count: u64,
    /// How many bytes have come.
    bytes: u64,
    measure: Measure,
    pub(super) is_done: bool,
    /// Whether a part of an answer has come.
    pub(super) has_begun: bool,
    /// The last event, if the end of the body has cut it off.
    cut_off: Vec<u8>,
    /// Whether chunks of a native API have surrogates that the end has to join.
    has_halves: bool,
    /// Why the chunks make no completion. The rest of them is written nevertheless.
    unusable: Option<ProcessorError>,
}

impl<W: Write> StreamReader<W> {
    pub(super) fn new(status: StatusCode, is_declared: bool, api: Option<&dyn NativeApi>, chunks: W) -> Self {
        Self {
            status,
            is_declared,
            head: Received::default(),
            error: Finder::new(b"\"error\""),
            framing: None,
            events: Events::default(),
            frames: Frames::default(),
            chunks,
            assembler: Assembler::new(api),
            count: 0,
            bytes: 0,
            measure: Measure::default(),
            is_done: false,
            has_begun: false,
            cut_off: Vec::new(),
            has_halves: false,
            unusable: None,
        }
    }

    /// Collects the head where it outlives this reader.
    pub(super) fn with_head(self, head: Received) -> Self {
        Self { head, ..self }
    }

    /// Writes what makes no chunk: what has come of a document, of a stream that is still in its first line, of an event or of a
    /// frame, and a body that is no stream although the service calls it one. That is an answer, or a part of one.
    pub(super) fn keep_rest(&mut self) {
        let head = self.head.take();
        let mut events = std::mem::take(&mut self.events);
        let mut rest = std::mem::take(&mut self.cut_off);
        let _ = events.finish(|event| {
            if !event.is_error {
                rest.extend_from_slice(event.data);
            }
            Ok(())
        });
        let is_stream = matches!(self.framing, Some(Framing::Events | Framing::Lines));
        let rests = if is_stream && !events.has_strays {
            [rest, self.frames.rest()]
        } else if is_stream {
            [if head.is_empty() { rest } else { head }, Vec::new()]
        } else {
            [head, self.frames.rest()]
        };
        for rest in rests.iter().filter(|rest| !rest.trim_ascii().is_empty()) {
            self.has_begun |= self.chunks.write_all(rest).is_ok();
        }
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.bytes += bytes.len() as u64;
        if self.bytes > LARGEST {
            return Err(too_large("a stream", LARGEST));
        }
        // what makes no completion is written, and not collected
        if self.measure.is_due(self.bytes) && self.measure.is_too_large(self.bytes, self.assembler.size()) {
            return Err(takes_too_much());
        }
        if matches!(
            self.framing,
            Some(Framing::Events | Framing::Frames | Framing::Lines)
        ) {
            return self.split(bytes);
        }
        self.head.push(bytes);
        if self.head.len() > LARGEST_BODY {
            let what = format!("more than {LARGEST_BODY} bytes; ask it for less");
            return Err(Failure::from_stream(&what));
        }
        self.detect_framing(false)
    }

    fn detect_framing(&mut self, is_whole: bool) -> Result<(), Failure> {
        if self.framing.is_some() {
            return Ok(());
        }
        let is_native = matches!(self.assembler, Assembler::Native { .. });
        self.framing = self.head.with(|head| {
            if is_native && Frames::is_at(head) {
                Some(Framing::Frames)
            } else {
                Framing::detect(head, self.is_declared, is_whole)
            }
        });
        if self.framing == Some(Framing::Lines) {
            self.events = Events::lines();
        }
        if self.framing.is_none() && self.assembler.is_whole(&self.head) {
            self.framing = Some(Framing::Document);
            self.is_done = true;
        }
        match self.framing {
            Some(Framing::Events | Framing::Frames | Framing::Lines) => {
                let head = self.head.take();
                self.split(&head)
            }
            Some(Framing::Document) | None => Ok(()),
        }
    }

    fn split(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        if self.framing == Some(Framing::Frames) {
            let mut frames = std::mem::take(&mut self.frames);
            let fed = frames.feed(bytes, |frame| self.take_frame(&frame));
            self.frames = frames;
            return fed;
        }
        if self.framing == Some(Framing::Events) && self.count == 0 && self.head.len() <= LARGEST_BODY {
            self.head.push(bytes);
        }
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
            let _ = self.head.take();
            self.write_chunk(event.data)?;
            return Err(Failure::from_error_body(self.status, data));
        }
        if data == DONE {
            let _ = self.head.take();
            self.is_done = true;
            return Ok(());
        }
        if data.is_empty() || data == b"null" {
            return Ok(()); // a keep-alive
        }
        if self.count == 0 {
            let _ = self.head.take(); // it is a stream
        }
        self.count += 1;
        self.write_chunk(event.data)?;
        match self.unusable {
            Some(_) => Ok(()),
            None if measure::has_too_many_values(data) => Err(takes_too_much()),
            None if matches!(self.assembler, Assembler::Native { .. }) => self.add_native(data),
            None => self.add(data),
        }
    }

    fn take_frame(&mut self, frame: &Frame) -> Result<(), Failure> {
        self.count += 1;
        self.write_chunk(&frame.chunk)?;
        if let Some(error) = &frame.error {
            return Err(Failure::from_error_body(self.status, error));
        }
        match self.unusable {
            Some(_) => Ok(()),
            None => self.add_native(&frame.chunk),
        }
    }

    fn write_chunk(&mut self, data: &[u8]) -> Result<(), Failure> {
        let written = self.chunks.write_all(data);
        written
            .and_then(|()| self.chunks.write_all(b"\n"))
            .map_err(|error| write_error(error).into())
    }

    fn add(&mut self, data: &[u8]) -> Result<(), Failure> {
        let mut repaired = Repaired::default();
        let chunk = lenient_json::read::<Members<'_>>(data, &mut repaired);
        let has_choices = chunk.as_ref().is_ok_and(Members::has_choices);
        // most chunks are parsed only once
        if (!has_choices || self.error.find(data).is_some())
            && let Some(error) = completion::find_error(data)
        {
            return Err(Failure::from_error_body(self.status, &error));
        }
        self.has_begun |= has_choices || chunk.is_err();
        let error = match chunk {
            Ok(chunk) if chunk.is_ping() => return Ok(()),
            Ok(chunk) => match &mut self.assembler {
                Assembler::Chat(assembly) => match assembly.add(&chunk) {
                    Ok(()) => return Ok(()),
                    Err(_) => "has no choices that can be read".to_owned(),
                },
                Assembler::Native { .. } => return Ok(()),
            },
            Err(position) => format!("cannot be read at {position}"),
        };
        let failure = Failure::from_stream(&format!("a stream whose chunk {} {error}", self.count));
        self.unusable = Some(failure.error);
        Ok(())
    }

    fn add_native(&mut self, data: &[u8]) -> Result<(), Failure> {
        if self.error.find(data).is_some()
            && let Some(error) = completion::find_reported_error(data)
        {
            return Err(Failure::from_error_body(self.status, &error));
        }
        self.has_begun = true;
        let added = match (document::read_chunk(&digits::hold(data)), &mut self.assembler) {
            (Ok((Value::Object(chunk), has_halves)), Assembler::Native { stream, chunks, .. }) => {
                *chunks += 1;
                self.has_halves |= has_halves;
                let added = stream.add(chunk);
                self.is_done |= stream.is_ended();
                added
            }
            (Ok(_), Assembler::Native { .. }) => Err(Failure::from_stream(
                "a stream of something that is not a JSON object",
            )),
            (Ok(_), Assembler::Chat(_)) => Ok(()),
            (Err(position), _) => {
                let what = format!("a stream whose chunk {} cannot be read at {position}", self.count);
                Err(Failure::from_stream(&what))
            }
        };
        match added {
            Err(failure) if failure.error.code() == ErrorCode::ProviderResponse => {
                self.unusable = Some(failure.error);
                Ok(())
            }
            added => added,
        }
    }

    /// Reads the end of the body.
    pub(super) fn finish(&mut self) -> Result<Content, Failure> {
        self.detect_framing(true)?;
        if self.framing == Some(Framing::Document) {
            return Ok(Content::Document(self.head.take()));
        }
        let mut events = std::mem::take(&mut self.events);
        let ended = events.finish(|event| self.take_last(event));
        self.events = events;
        ended?;
        let is_cut_off = !self.is_done && self.frames.is_incomplete();
        self.keep_rest();
        self.log("stream_read");
        if let Some(error) = self.unusable.take() {
            return Err(error.into());
        }
        if self.count == 0 && self.is_done {
            return Err(Failure::from_stream(
                "a stream without a chunk; check the model and the parameters",
            ));
        }
        // the last frame has the usage
        if is_cut_off || !self.is_done && !self.assembler.is_finished() {
            return Err(Failure::from_stream(
                "a stream that ended before its end mark; ask again",
            ));
        }
        let completion = std::mem::replace(&mut self.assembler, Assembler::new(None)).finish();
        let completion = completion.map_err(|_| Failure::from_stream("a stream that makes no completion"))?;
        let completion = if self.has_halves {
            surrogates::join(completion)
        } else {
            completion
        };
        if completion.len() > LARGEST_BODY {
            return Err(too_large("a completion", LARGEST_BODY));
        }
        Ok(Content::Completion(completion))
    }

    /// Takes the last event, which the end of the body may cut off.
    fn take_last(&mut self, event: Event<'_>) -> Result<(), Failure> {
        if self.is_done {
            return Ok(());
        }
        let data = event.data.trim_ascii();
        let is_whole =
            data == DONE || lenient_json::read::<Members<'_>>(data, &mut Repaired::default()).is_ok();
        if is_whole || event.is_error {
            self.take(event)
        } else if self.assembler.is_finished() {
            Ok(()) // a part of the end mark, or of a chunk that nobody needs
        } else {
            self.cut_off = event.data.to_vec();
            Ok(())
        }
    }

    pub(super) fn log(&self, event: &'static str) {
        let (chunks, bytes, tokens) = (self.count, self.bytes, self.assembler.deltas());
        tracing::info!(chunks, tokens, bytes, "{event}");
    }
}

fn too_large(what: &str, largest: impl std::fmt::Display) -> Failure {
    Failure::from_stream(&format!("{what} of more than {largest} bytes; ask it for less"))
}

fn takes_too_much() -> Failure {
    let largest = measure::LARGEST;
    Failure::from_stream(&format!(
        "a completion that takes more than {largest} bytes of memory; ask it for less"
    ))
}
