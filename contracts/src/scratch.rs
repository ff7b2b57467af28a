//! Files of the scratch folder that are hashed as they are written, so that large ones are read by nobody again.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, Write};
use std::path::{Path, PathBuf};

use crate::error::{ErrorCode, ProcessorError};
use crate::hash::Hasher;

/// A file that is being written, from its beginning to its end.
#[derive(Debug)]
pub struct ScratchFile {
    path: PathBuf,
    file: File,
    hasher: Hasher,
}

/// A finished [`ScratchFile`]: an output's content with its digest.
#[derive(Debug)]
pub struct Written {
    path: PathBuf,
    sha256: String,
    size_bytes: u64,
}

impl ScratchFile {
    /// Makes a new file.
    ///
    /// # Errors
    ///
    /// Those of the disk; `AlreadyExists` where there is one of this name.
    pub fn create(path: PathBuf) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        Ok(Self {
            path,
            file,
            hasher: Hasher::default(),
        })
    }

    /// How many bytes have been written.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.hasher.bytes()
    }

    /// Begins again with an empty file.
    ///
    /// # Errors
    ///
    /// Those of the disk.
    pub fn restart(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.hasher = Hasher::default();
        Ok(())
    }

    /// Ends the file.
    #[must_use]
    pub fn finish(self) -> Written {
        Written {
            path: self.path,
            size_bytes: self.hasher.bytes(),
            sha256: self.hasher.finish(),
        }
    }
}

impl Write for ScratchFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(bytes.get(..written).unwrap_or(bytes));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Written {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its SHA-256 in lower-case hex.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Its length.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size_bytes
    }

    /// Digest and size, for the file that is to be committed.
    ///
    /// # Errors
    ///
    /// `ERR_PROCESSOR` where it is not as long any more.
    pub(crate) fn check(self, file: &File) -> Result<(String, u64), ProcessorError> {
        match file.metadata().map(|metadata| metadata.len()) {
            Ok(length) if length == self.size_bytes => Ok((self.sha256, self.size_bytes)),
            Ok(_) | Err(_) => Err(ProcessorError::new(
                ErrorCode::Processor,
                "an output file was changed after the provider had written it",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::sha256;

    #[test]
    fn what_is_written_is_hashed() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("a");
        let mut file = ScratchFile::create(path.clone()).unwrap();
        assert!(ScratchFile::create(path.clone()).is_err());
        file.write_all(b"a first try that is longer").unwrap();
        file.restart().unwrap();
        file.write_all(b"one ").unwrap();
        file.write_all(b"two").unwrap();
        assert_eq!(file.size(), 7);
        let written = file.finish();
        assert_eq!(std::fs::read(&path).unwrap(), b"one two");
        assert_eq!(
            (written.sha256(), written.size()),
            (sha256(b"one two").as_str(), 7)
        );
        std::fs::write(&path, b"one").unwrap();
        assert!(written.check(&File::open(&path).unwrap()).is_err());
    }
}
