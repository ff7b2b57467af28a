//! What services have answered so far in a run. It was paid for, and has to be kept if the run fails, however it ends.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use runtime::http::Received;
use runtime::{Body, ErrorCode, ProcessorError};

/// The answers of a run, as far as they are not its outputs.
#[derive(Default)]
pub(crate) struct Paid {
    /// The file for the chunks of a stream, if one is requested.
    pub(crate) chunk_file: Option<PathBuf>,
    /// The document that is coming.
    pub(crate) document: Received,
    /// The last answer that cannot be used.
    rejected: RefCell<Option<Body>>,
}

impl Paid {
    pub(crate) fn new(chunk_file: Option<PathBuf>) -> Self {
        Self {
            chunk_file,
            ..Self::default()
        }
    }

    /// What has come of a document, unless that is nothing.
    pub(crate) fn take_document(&self) -> Option<Body> {
        let document = self.document.take();
        (!document.trim_ascii().is_empty()).then_some(Body::Bytes(document))
    }

    /// Takes over the rejected answer of an error, if it has one: the next attempt would overwrite its file.
    pub(crate) fn take_over(&self, error: &mut ProcessorError) {
        let Some(answer) = error.take_rejected() else {
            return;
        };
        let answer = match answer {
            Body::SearchedFile(path) => {
                let aside = path.with_extension("rejected");
                let is_moved = std::fs::rename(&path, &aside).is_ok();
                Body::SearchedFile(if is_moved { aside } else { path })
            }
            other => other,
        };
        self.rejected.replace(Some(answer));
    }

    /// Adds the answer that is kept to the error of the run: what has come before an interruption, else the last one that could not
    /// be used.
    pub(crate) fn keep(&self, mut error: ProcessorError) -> ProcessorError {
        let own = error.take_rejected();
        let is_interrupted = matches!(error.code(), ErrorCode::Timeout | ErrorCode::Cancelled(_));
        let chunk_file = self.chunk_file.as_deref().filter(|path| has_bytes(path));
        let interrupted = || {
            let chunks = chunk_file.map(|path| Body::SearchedFile(path.to_owned()));
            chunks.or_else(|| self.take_document())
        };
        let answer = own
            .or_else(|| is_interrupted.then(interrupted).flatten())
            .or_else(|| self.rejected.take());
        match answer {
            Some(answer) => error.with_rejected(answer),
            None => error,
        }
    }
}

fn has_bytes(path: &Path) -> bool {
    path.metadata().is_ok_and(|file| file.len() > 0)
}
