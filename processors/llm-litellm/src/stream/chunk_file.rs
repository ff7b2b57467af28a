//! The file with the chunks of a stream.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

use runtime::ProcessorError;

use crate::room::not_written;

/// The size of a write, in bytes.
const SIZE: usize = 128 * 1024;

/// Its bytes, as far as they have not been written.
pub(super) type ChunkFile = BufWriter<File>;

/// # Errors
///
/// `ERR_OUTPUT_WRITE`.
pub(super) fn create(path: &Path) -> Result<ChunkFile, ProcessorError> {
    let file = File::create(path).map_err(write_error)?;
    Ok(BufWriter::with_capacity(SIZE, file))
}

pub(super) fn write_error(error: io::Error) -> ProcessorError {
    not_written("stream", &error)
}
