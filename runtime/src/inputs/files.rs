//! The files that an inputs document names.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};

use serde_json::{Map, Value};

use super::{Inputs, wrong};
use crate::error::ProcessorError;
use crate::hash::{Hasher, sha256_of};
use crate::json::pointer_part;
use crate::store::Folder;
use crate::world_path::WorldPath;

/// One entry of `files`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InputFile {
    /// Its hex SHA-256, where the caller gave one.
    pub sha256: Option<String>,
    /// Its media type, where the caller gave one.
    pub mime: Option<String>,
    path: WorldPath,
}

/// A file of `files`, open for reading.
///
/// Where the entry has a SHA-256, the end of the file is an `InvalidData` error unless all that was read has that hash.
#[derive(Debug)]
pub struct InputReader {
    file: File,
    expected: Option<String>,
    hasher: Option<Hasher>,
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
        let (folders, file_name) = entry.path.split();
        let file = root
            .open_below(&folders)
            .and_then(|folder| folder.open_file(file_name))
            .map_err(|error| {
                wrong(format!(
                    "{}: {} cannot be opened: {error}",
                    pointer(name),
                    entry.path
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
                        entry.path
                    ))
                })?;
                if !actual.eq_ignore_ascii_case(expected) {
                    return Err(wrong(format!(
                        "{}: {} does not have the sha256 that the entry gives",
                        pointer(name),
                        entry.path
                    )));
                }
            }
        }
        Ok(())
    }
}

/// Checks the object `files`.
pub(super) fn parse(files: &Map<String, Value>) -> Result<BTreeMap<String, InputFile>, ProcessorError> {
    files
        .iter()
        .map(|(name, entry)| Ok((name.clone(), parse_entry(name, entry)?)))
        .collect()
}

fn parse_entry(name: &str, entry: &Value) -> Result<InputFile, ProcessorError> {
    let at = pointer(name);
    let Value::Object(entry) = entry else {
        return Err(wrong(format!("{at} is not an object")));
    };
    if let Some(unknown) = entry
        .keys()
        .find(|key| !["path", "sha256", "mime"].contains(&key.as_str()))
    {
        return Err(wrong(format!(
            "{at}/{} is not a field of a file; it has path, sha256 and mime",
            pointer_part(unknown)
        )));
    }
    let text = |field: &str| match entry.get(field) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(wrong(format!("{at}/{field} is not a string"))),
    };
    let path = text("path")?.ok_or_else(|| wrong(format!("{at} has no path")))?;
    let path = WorldPath::parse(path)
        .map_err(|error| wrong(format!("{at}/path is not a world path: {}", error.message())))?;
    let sha256 = text("sha256")?;
    if sha256.is_some_and(|hex| hex.len() != 64 || !hex.bytes().all(|b| b.is_ascii_hexdigit())) {
        return Err(wrong(format!("{at}/sha256 is not 64 hexadecimal digits")));
    }
    Ok(InputFile {
        sha256: sha256.map(str::to_owned),
        mime: text("mime")?.map(str::to_owned),
        path,
    })
}

fn pointer(name: &str) -> String {
    format!("/files/{}", pointer_part(name))
}
