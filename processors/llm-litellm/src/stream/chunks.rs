//! The file that the chunks of a stream are kept in.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use runtime::{Body, ErrorCode, ProcessorError};

/// How much is written at once, in bytes.
const SIZE: usize = 128 * 1024;

/// The file of the chunks: of the task that writes it, and of who waits for the task.
#[derive(Clone)]
pub(super) struct Chunks(Arc<Mutex<BufWriter<File>>>);

impl Chunks {
    /// # Errors
    ///
    /// `ERR_OUTPUT_WRITE`.
    pub(super) fn create(path: &Path) -> Result<Self, ProcessorError> {
        let file = File::create(path).map_err(unwritable)?;
        Ok(Self(Arc::new(Mutex::new(BufWriter::with_capacity(SIZE, file)))))
    }
}

impl Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).flush()
    }
}

/// Writes what has come, should the run be ended while it is waited for more.
pub(super) struct FlushedAtLast(pub(super) Chunks);

impl Drop for FlushedAtLast {
    fn drop(&mut self) {
        let _ = self.0.flush(); // where that matters, it has been flushed before
    }
}

/// What has ended the run, with what had come of a stream until then.
pub(crate) fn interrupted(error: ProcessorError, chunks: Option<&Path>) -> ProcessorError {
    let is_interrupted = matches!(error.code(), ErrorCode::Timeout | ErrorCode::Cancelled(_));
    let chunks = chunks.filter(|path| is_interrupted && path.metadata().is_ok_and(|file| file.len() > 0));
    match chunks {
        Some(path) => error.with_rejected(Body::SearchedFile(path.to_owned())),
        None => error,
    }
}

pub(super) fn unwritable(error: io::Error) -> ProcessorError {
    ProcessorError::new(
        ErrorCode::OutputWrite,
        format!("the stream cannot be kept: {error}"),
    )
}
