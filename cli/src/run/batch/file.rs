//! The file of a batch, whose lines can be read as often as needed.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use super::spool::spool;
use super::unusable::unusable;
use crate::error::Error;
use crate::session::Session;

/// A regular file, or a copy of what came through a pipe.
#[derive(Debug)]
pub(super) struct BatchFile {
    file: File,
    /// As the caller named it.
    path: PathBuf,
    is_copy: bool,
}

impl BatchFile {
    /// Opens a file, or standard input for `-`. What is no regular file can be read only once: it is copied to its end.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE`.
    pub(super) fn open(path: &Path, artifacts: Option<&Path>, session: &Session) -> Result<Self, Error> {
        let this = |file, is_copy| Self {
            file,
            path: path.to_owned(),
            is_copy,
        };
        if path.as_os_str() == "-" {
            let copy = spool(session.stdin(), path, artifacts, session)?;
            return Ok(this(copy, true));
        }
        let not_opened = |error: io::Error| unusable(path, &format!("cannot be opened: {error}"));
        let file = File::open(session.environment.path(path)).map_err(not_opened)?;
        let metadata = file.metadata().map_err(not_opened)?;
        if metadata.is_dir() {
            return Err(unusable(path, "is a directory").hint("name a file of JSON lines"));
        }
        if metadata.is_file() {
            return Ok(this(file, false));
        }
        Ok(this(spool(file, path, artifacts, session)?, true))
    }

    /// The path of a regular file: another call finds the same lines there.
    pub(super) fn path(&self) -> Option<&Path> {
        (!self.is_copy).then_some(&*self.path)
    }

    /// Reads from an offset, as much as the buffer holds.
    pub(super) fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(buffer, offset)
    }

    /// Reads so many bytes from an offset.
    pub(super) fn read(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, offset)?;
        Ok(bytes)
    }

    /// The error of a file that cannot be used.
    pub(super) fn unusable(&self, why: &str) -> Error {
        unusable(&self.path, why)
    }
}
