//! The file with the chunks of a stream.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use runtime::{Body, ErrorCode, ProcessorError};

/// The size of a write, in bytes.
const SIZE: usize = 128 * 1024;

/// The file, shared by the task that writes it and the one that waits for that task.
#[derive(Clone)]
pub(super) struct ChunkFile(Arc<Mutex<BufWriter<File>>>);

impl ChunkFile {
    /// # Errors
    ///
    /// `ERR_OUTPUT_WRITE`.
    pub(super) fn create(path: &Path) -> Result<Self, ProcessorError> {
        let file = File::create(path).map_err(write_error)?;
        Ok(Self(Arc::new(Mutex::new(BufWriter::with_capacity(SIZE, file)))))
    }
}

impl Write for ChunkFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).flush()
    }
}

/// Flushes the file when it is dropped, in case the run ends in the middle of the stream.
pub(super) struct FlushOnDrop(pub(super) ChunkFile);

impl Drop for FlushOnDrop {
    fn drop(&mut self) {
        let _ = self.0.flush(); // a complete stream has been flushed, and its errors reported, before
    }
}

/// Keeps the rejected answer of a try from being overwritten by the next one.
pub(crate) fn set_aside(answer: Body) -> Body {
    match answer {
        Body::SearchedFile(path) => {
            let aside = aside(&path);
            let is_moved = std::fs::rename(&path, &aside).is_ok();
            Body::SearchedFile(if is_moved { aside } else { path })
        }
        other => other,
    }
}

fn aside(path: &Path) -> PathBuf {
    path.with_extension("rejected")
}

/// Makes the chunks that came before an interruption the rejected answer of its error, or else those of an earlier try.
pub(crate) fn reject_chunks(error: ProcessorError, chunk_file: Option<&Path>) -> ProcessorError {
    let is_interrupted = matches!(error.code(), ErrorCode::Timeout | ErrorCode::Cancelled(_));
    let has_chunks = |path: &PathBuf| path.metadata().is_ok_and(|file| file.len() > 0);
    let files = chunk_file.map(|path| [path.to_owned(), aside(path)]);
    let mut files = files.into_iter().flatten();
    match files.find(|path| is_interrupted && has_chunks(path)) {
        Some(path) => error.with_rejected(Body::SearchedFile(path)),
        None => error,
    }
}

pub(super) fn write_error(error: io::Error) -> ProcessorError {
    let message = format!("the stream cannot be written: {error}");
    ProcessorError::new(ErrorCode::OutputWrite, message)
}
