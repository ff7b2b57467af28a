//! An input file that is open for reading.

use std::io::{self, Read};

use documents::hash::Hasher;
use store::Artifact;

/// A file of `files`, open for reading.
///
/// If the entry has a SHA-256, the end of the file is an `InvalidData` error unless everything that was read has that hash.
#[derive(Debug)]
pub struct InputReader {
    file: Artifact,
    expected: Option<String>,
    hasher: Option<Hasher>,
}

impl InputReader {
    pub(super) fn new(file: Artifact, expected: Option<String>) -> Self {
        let hasher = expected.as_ref().map(|_| Hasher::default());
        Self {
            file,
            expected,
            hasher,
        }
    }

    /// Its length when it was opened, in bytes.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.file.size_bytes
    }
}

impl Read for InputReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(buffer.get(..n).unwrap_or_default());
        }
        if n == 0
            && !buffer.is_empty()
            && let (Some(hasher), Some(expected)) = (self.hasher.take(), &self.expected)
            && !hasher.finish().eq_ignore_ascii_case(expected)
        {
            let message = "the file changed while it was read";
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(n)
    }
}
