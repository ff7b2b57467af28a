//! The files that an inputs document names.

use std::io::{self, Read};
use std::sync::Arc;

use crate::error::ProcessorError;
use documents::hash::{Hasher, sha256_of};
use documents::inputs::pointer;
use documents::json::pointer_part;
use store::{Artifact, Artifacts};

use super::Inputs;

/// A file of `files`, open for reading.
///
/// Where the entry has a SHA-256, the end of the file is an `InvalidData` error unless all that was read has that hash.
#[derive(Debug)]
pub struct InputReader {
    file: Artifact,
    expected: Option<String>,
    hasher: Option<Hasher>,
}

impl InputReader {
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
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the file changed while it was read",
            ));
        }
        Ok(n)
    }
}

impl Inputs {
    /// Opens a file of `files`.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` that names it, when there is no such entry, or the file is missing, not a regular file, or reached
    /// through a symbolic link.
    pub fn open(&self, name: &str) -> Result<InputReader, ProcessorError> {
        let entry = self.files.get(name).ok_or_else(|| {
            ProcessorError::inputs(format!(
                "/files has no entry `{}`, which /params asks for",
                pointer_part(name)
            ))
        })?;
        let artifacts = self.artifacts.as_ref().ok_or_else(|| {
            ProcessorError::inputs(format!(
                "{} cannot be opened: there is no artifacts directory",
                pointer(name)
            ))
        })?;
        let file = artifacts.open(entry.path()).map_err(|error| {
            ProcessorError::inputs(format!("{}: {} {error}", pointer(name), entry.path()))
        })?;
        Ok(InputReader {
            file,
            expected: entry.sha256.clone(),
            hasher: entry.sha256.as_ref().map(|_| Hasher::default()),
        })
    }

    /// Sets where the files are, and checks that each of them is there and has its hash.
    pub(crate) fn check_files(&mut self, artifacts: Arc<dyn Artifacts>) -> Result<(), ProcessorError> {
        self.artifacts = Some(artifacts);
        for (name, entry) in &self.files {
            let reader = self.open(name)?;
            if let Some(expected) = &entry.sha256 {
                let (actual, _) = sha256_of(reader.file).map_err(|error| {
                    ProcessorError::inputs(format!(
                        "{}: {} cannot be read: {error}",
                        pointer(name),
                        entry.path()
                    ))
                })?;
                if !actual.eq_ignore_ascii_case(expected) {
                    return Err(ProcessorError::inputs(format!(
                        "{}: {} does not have the sha256 that the entry gives",
                        pointer(name),
                        entry.path()
                    )));
                }
            }
        }
        Ok(())
    }
}
