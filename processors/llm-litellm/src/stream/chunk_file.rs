//! The file with the chunks of a stream.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use runtime::ProcessorError;

use crate::room::not_written;

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

pub(super) fn write_error(error: io::Error) -> ProcessorError {
    not_written("stream", &error)
}
