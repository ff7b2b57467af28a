//! The artifacts below a directory of this machine.

use std::io;

use documents::WorldPath;
use rustix::io::Errno;

use super::dir::Dir;
use crate::artifacts::{Artifact, Artifacts, Entry, ReadError, fill};

impl Artifacts for Dir {
    fn open(&self, path: &WorldPath) -> Result<Artifact, ReadError> {
        let (dirs, name) = path.split();
        let file = self.open_below(&dirs).and_then(|dir| dir.open_file(name));
        let opened = file.and_then(|file| Ok((file.metadata()?.len(), file)));
        let (size_bytes, file) = opened.map_err(read_error)?;
        Ok(Artifact::new(size_bytes, Box::new(file)))
    }

    fn list(&self, dir: &[&str]) -> Result<Vec<Entry>, ReadError> {
        let dir = self.open_below(dir).map_err(read_error)?;
        dir.entries().map_err(read_error)
    }

    fn read_small<'a>(&self, path: &WorldPath, buffer: &'a mut [u8]) -> Result<&'a [u8], ReadError> {
        let below = path.as_str().trim_start_matches("world://artifacts/");
        match self.open_beneath(below).map_err(read_error)? {
            Some(file) => fill(file, buffer),
            None => fill(Artifacts::open(self, path)?, buffer),
        }
        .map_err(ReadError::Io)
    }
}

/// What is missing, or is not a file any more, does not come back; any other error may pass.
pub(super) fn read_error(error: io::Error) -> ReadError {
    match Errno::from_io_error(&error) {
        Some(Errno::NOENT | Errno::NOTDIR) => ReadError::Missing,
        Some(Errno::LOOP) => ReadError::Link,
        None if error.kind() == io::ErrorKind::InvalidInput => ReadError::NotAFile,
        _ => ReadError::Io(error),
    }
}

/// The opened directory or file, if it is there.
pub(super) fn if_there<T>(opened: io::Result<T>) -> io::Result<Option<T>> {
    match opened {
        Ok(opened) => Ok(Some(opened)),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
