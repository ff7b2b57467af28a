//! Room on the disk for what is written whatever the answer is.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use runtime::{ErrorCode, ProcessorError};

/// More than an index, two receipts and the directory of a rejected answer take.
const SIZE: usize = 64 * 1024;
const NAME: &str = "room";

/// A file that takes the room until it is dropped. With it, a full disk is found before anything is paid; and if an answer fills the
/// disk, what has come of it can be kept, and the receipts can be written.
pub(crate) struct Room(PathBuf);

impl Room {
    /// # Errors
    ///
    /// `ERR_OUTPUT_WRITE` if there is no room.
    pub(crate) fn reserve(scratch: &Path) -> Result<Self, ProcessorError> {
        let room = Self(scratch.join(NAME));
        fs::write(&room.0, vec![0; SIZE]).map_err(|error| not_written("outputs", &error))?;
        Ok(room)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0); // the run removes it otherwise
    }
}

/// The error of something that does not fit on the disk.
pub(crate) fn not_written(what: &str, error: &io::Error) -> ProcessorError {
    let message = format!(
        "the {what} cannot be written: {error}; free space or fix the permissions, then run it again"
    );
    ProcessorError::new(ErrorCode::OutputWrite, message)
}
