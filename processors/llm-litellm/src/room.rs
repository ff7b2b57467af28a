//! Room on the disk for what is written whatever the answer is.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use runtime::{Body, ErrorCode, ProcessorError};

/// More than an index, two receipts and the directory of a rejected answer take.
const SIZE: usize = 64 * 1024;
const NAME: &str = "room";
/// What is not larger fits beside them, in bytes.
pub(crate) const SMALL: usize = 8 * 1024;
/// Where a rejected answer is put.
const REJECTED: &str = "rejected";

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

    /// Puts the rejected answer of an error on the disk, as far as it fits: later it would take the room of the receipts.
    pub(crate) fn keep(&self, mut error: ProcessorError) -> ProcessorError {
        let bytes = match error.take_rejected() {
            Some(Body::Bytes(bytes)) if bytes.len() > SMALL => bytes,
            Some(other) => return error.with_rejected(other),
            None => return error,
        };
        let path = self.0.with_file_name(REJECTED);
        let Err(cause) = fs::write(&path, &bytes) else {
            return error.with_rejected(Body::SearchedFile(path));
        };
        match path.metadata().map_or(0, |file| file.len()) {
            0 => error.map_message(|message| format!("{message}; its answer cannot be kept: {cause}")),
            fits => error
                .map_message(|message| {
                    format!(
                        "{message}; {fits} of the {} bytes of its answer fit on the disk",
                        bytes.len()
                    )
                })
                .with_rejected(Body::SearchedFile(path)),
        }
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
