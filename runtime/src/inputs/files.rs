//! The files that an inputs document names.

use std::fs::File;
use std::io::{self, Read};

use contracts::ProcessorError;
use contracts::hash::{Hasher, sha256_of};
use contracts::inputs::{pointer, wrong};
use contracts::json::pointer_part;
use contracts::store::Folder;

use super::Inputs;

/// A file of `files`, open for reading.
///
/// Where the entry has a SHA-256, the end of the file is an `InvalidData` error unless all that was read has that hash.
#[derive(Debug)]
pub struct InputReader {
    file: File,
    expected: Option<String>,
    hasher: Option<Hasher>,
}

impl InputReader {
    /// Its length, in bytes.
    ///
    /// # Errors
    ///
    /// Those of the disk.
    pub fn size(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
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
            wrong(format!(
                "/files has no entry `{}`, which /params asks for",
                pointer_part(name)
            ))
        })?;
        let root = self.root.as_ref().ok_or_else(|| {
            wrong(format!(
                "{} cannot be opened: there is no artifacts folder",
                pointer(name)
            ))
        })?;
        let (folders, file_name) = entry.path().split();
        let file = root
            .open_below(&folders)
            .and_then(|folder| folder.open_file(file_name))
            .map_err(|error| {
                wrong(format!(
                    "{}: {} cannot be opened: {error}",
                    pointer(name),
                    entry.path()
                ))
            })?;
        Ok(InputReader {
            file,
            expected: entry.sha256.clone(),
            hasher: entry.sha256.as_ref().map(|_| Hasher::default()),
        })
    }

    /// Makes the artifacts folder known, and checks that every file is there and has its hash.
    pub(crate) fn check_files(&mut self, root: Folder) -> Result<(), ProcessorError> {
        self.root = Some(root);
        for (name, entry) in &self.files {
            let reader = self.open(name)?;
            if let Some(expected) = &entry.sha256 {
                let (actual, _) = sha256_of(reader.file).map_err(|error| {
                    wrong(format!(
                        "{}: {} cannot be read: {error}",
                        pointer(name),
                        entry.path()
                    ))
                })?;
                if !actual.eq_ignore_ascii_case(expected) {
                    return Err(wrong(format!(
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
