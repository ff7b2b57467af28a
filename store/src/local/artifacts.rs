//! The artifacts below a directory of this machine.

use std::ffi::CString;
use std::io;

use documents::WorldPath;
use rustix::fs::FileType;
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
        let entry = |(name, file_type): (CString, FileType)| {
            let file_type = match file_type {
                FileType::Unknown => dir.file_type(name.as_c_str())?,
                known => known,
            };
            Ok(Entry {
                name: (name.into_string()) // without a copy: there may be very many
                    .unwrap_or_else(|error| error.into_cstring().to_string_lossy().into_owned()),
                is_dir: file_type.is_dir(),
            })
        };
        let entries = dir.entries().map_err(read_error)?.into_iter();
        entries.map(entry).collect::<Result<_, _>>().map_err(read_error)
    }

    fn read_small<'a>(&self, path: &WorldPath, buffer: &'a mut [u8]) -> Result<&'a [u8], ReadError> {
        match self.open_beneath(below_root(path)).map_err(read_error)? {
            Some(file) => fill(file, buffer),
            None => fill(Artifacts::open(self, path)?, buffer),
        }
        .map_err(ReadError::Io)
    }

    fn has_file(&self, path: &WorldPath) -> bool {
        match self.has_beneath(below_root(path)) {
            Ok(Some(is_there)) => is_there,
            Ok(None) => Artifacts::open(self, path).is_ok(),
            Err(_) => false,
        }
    }

    fn is_leased(&self, dir: &[&str]) -> bool {
        let locked = self.open_below(dir).and_then(|dir| dir.is_locked());
        locked.unwrap_or(false)
    }
}

fn below_root(path: &WorldPath) -> &str {
    path.as_str().trim_start_matches("world://artifacts/")
}

/// A missing file does not come back, and another file type does not change; any other error may be temporary.
pub(super) fn read_error(error: io::Error) -> ReadError {
    match Errno::from_io_error(&error) {
        Some(Errno::NOENT | Errno::NOTDIR) => ReadError::Missing,
        Some(Errno::LOOP) => ReadError::Link,
        None if error.kind() == io::ErrorKind::InvalidInput => ReadError::NotAFile,
        _ => ReadError::Io(error),
    }
}
