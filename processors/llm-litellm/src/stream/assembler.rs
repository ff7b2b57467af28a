//! What the chunks of a stream make, whatever API they belong to.

use runtime::http::Received;
use serde_json::Value;

use super::assembly::Assembly;
use crate::native::document;
use crate::native::interface::{NativeApi, NativeStream};

pub(super) enum Assembler {
    /// A chat completion.
    Chat(Assembly),
    /// The answer of a native API.
    Native {
        stream: Box<dyn NativeStream>,
        /// Judges a first line, which may be the whole answer.
        probe: Box<dyn NativeStream>,
        chunks: u64,
    },
}

impl Assembler {
    pub(super) fn new(api: Option<&dyn NativeApi>) -> Self {
        match api {
            None => Self::Chat(Assembly::default()),
            Some(api) => Self::Native {
                stream: api.stream(),
                probe: api.stream(),
                chunks: 0,
            },
        }
    }

    /// Whether the answer is complete, also without an end mark.
    pub(super) fn is_finished(&self) -> bool {
        match self {
            Self::Chat(assembly) => assembly.is_finished(),
            Self::Native { stream, .. } => stream.is_finished(),
        }
    }

    /// Whether a first line says that nothing follows. Nobody has to wait for the end of such a body.
    pub(super) fn is_whole(&mut self, line: &Received) -> bool {
        let Self::Native { probe, .. } = self else {
            return false;
        };
        let chunk = line.with(|line| {
            let is_line = line.ends_with(b"\n") || line.ends_with(b"\r");
            is_line.then(|| document::read_chunk(line).ok()).flatten()
        });
        match chunk {
            Some((Value::Object(chunk), _)) => probe.add(chunk).is_ok() && probe.is_ended(),
            _ => false,
        }
    }

    /// How many parts of the answer have come.
    pub(super) fn deltas(&self) -> u64 {
        match self {
            Self::Chat(assembly) => assembly.deltas,
            Self::Native { chunks, .. } => *chunks,
        }
    }

    /// The size of the answer so far, in bytes, about.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Chat(assembly) => assembly.size(),
            Self::Native { stream, .. } => stream.size(),
        }
    }

    /// The whole answer as JSON.
    ///
    /// # Errors
    ///
    /// serde_json's.
    pub(super) fn finish(self) -> serde_json::Result<Vec<u8>> {
        match self {
            Self::Chat(assembly) => assembly.finish(),
            Self::Native { stream, .. } => serde_json::to_vec(&stream.finish()),
        }
    }
}
