//! Reading artifacts by their world paths.

use std::fmt;
use std::io::{self, Read};

use documents::WorldPath;

/// Reads artifacts. No symbolic link is followed.
pub trait Artifacts: Send + Sync {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// The [`ReadError`].
    fn open(&self, path: &WorldPath) -> Result<Artifact, ReadError>;

    /// Lists a directory, which is named by its segments below the root; in no order. An empty one may be missing.
    ///
    /// # Errors
    ///
    /// The [`ReadError`].
    fn list(&self, dir: &[&str]) -> Result<Vec<Entry>, ReadError>;

    /// Reads a whole file.
    ///
    /// # Errors
    ///
    /// The [`ReadError`].
    fn read(&self, path: &WorldPath) -> Result<Vec<u8>, ReadError> {
        let mut bytes = Vec::new();
        self.open(path)?.read_to_end(&mut bytes).map_err(ReadError::Io)?;
        Ok(bytes)
    }

    /// Reads a small file into a buffer, as much as that holds: for those who read very many.
    ///
    /// # Errors
    ///
    /// The [`ReadError`].
    fn read_small<'a>(&self, path: &WorldPath, buffer: &'a mut [u8]) -> Result<&'a [u8], ReadError> {
        fill(self.open(path)?, buffer).map_err(ReadError::Io)
    }

    /// Whether a file can be opened: for those who ask of very many.
    fn has_file(&self, path: &WorldPath) -> bool {
        self.open(path).is_ok()
    }

    /// Whether a run has this directory for itself now. A store that does not know says no.
    fn is_leased(&self, dir: &[&str]) -> bool;
}

/// Reads until a buffer is full, or nothing is left.
pub(crate) fn fill(mut reader: impl Read, buffer: &mut [u8]) -> io::Result<&[u8]> {
    let mut length = 0;
    while let Some(rest) = buffer.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(n) => length += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(buffer.get(..length).unwrap_or_default())
}

/// An open file.
pub struct Artifact {
    /// Its length when it was opened, in bytes.
    pub size_bytes: u64,
    reader: Box<dyn Read + Send + Sync>,
}

impl Artifact {
    /// A file of this length.
    #[must_use]
    pub fn new(size_bytes: u64, reader: Box<dyn Read + Send + Sync>) -> Self {
        Self { size_bytes, reader }
    }
}

impl Read for Artifact {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}

impl fmt::Debug for Artifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Artifact")
            .field("size_bytes", &self.size_bytes)
            .finish_non_exhaustive()
    }
}

/// An entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name; bytes that are not UTF-8 are replaced by `U+FFFD`.
    pub name: String,
    /// Whether it is a directory; a symbolic link is not.
    pub is_dir: bool,
}

/// Why something cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Nothing has this name, or a directory above it is a symbolic link.
    #[error("is missing")]
    Missing,
    /// A symbolic link has this name.
    #[error("is a symbolic link, which is not followed")]
    Link,
    /// Something other than a regular file has this name.
    #[error("is not a file")]
    NotAFile,
    /// An error of the store; it may be temporary.
    #[error("cannot be read: {0}")]
    Io(io::Error),
}
