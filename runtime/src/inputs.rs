//! The inputs of a run, as a provider gets them.

mod content;
mod placeholders;
mod reader;

pub use content::FileContent;
pub use documents::inputs::InputFile;
pub use reader::InputReader;

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read as _};
use std::sync::Arc;

use documents::Mode;
use documents::hash::sha256_of;
use documents::inputs::{Normalized, pointer};
use documents::json::pointer_part;
use serde_json::{Map, Value};
use store::{Artifact, Artifacts};

use crate::error::ProcessorError;

const UNKNOWN_TYPE: &str = "application/octet-stream";
/// How many bytes of a file show its media type.
const MAGIC_LENGTH: u64 = 8 * 1024;

/// The normalized inputs of a run: what was hashed, and nothing else.
#[non_exhaustive]
pub struct Inputs {
    /// The model to run, if the caller named one.
    pub model: Option<String>,
    /// The provider's parameters. Numbers have the value of their canonical form: `1.0` is the integer 1.
    pub params: Map<String, Value>,
    /// The input files by name; [`Inputs::open`] reads one.
    pub files: BTreeMap<String, InputFile>,
    /// Whether to call the provider's service.
    pub mode: Mode,
    artifacts: Option<Arc<dyn Artifacts>>,
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
        Ok(InputReader::new(
            self.open_artifact(name, entry)?,
            entry.sha256.clone(),
        ))
    }

    /// Opens the file that the parameters name at this location, a JSON pointer (RFC 6901).
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` with the location, when there is no such file; those of [`Inputs::open`].
    pub fn open_at(&self, name: &str, at: &str) -> Result<InputReader, ProcessorError> {
        if self.files.contains_key(name) {
            self.open(name)
        } else {
            let message = format!("{at} names a file that /files does not have");
            Err(ProcessorError::inputs(message))
        }
    }

    /// Reads the file that the parameters name at this location, a JSON pointer.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` with the location, when there is no such file, it cannot be read, or it is larger than `largest` bytes.
    pub fn read(&self, name: &str, at: &str, largest: u64) -> Result<FileContent, ProcessorError> {
        let reader = self.open_at(name, at)?;
        let bytes = read_start(reader, largest.saturating_add(1)).map_err(|error| {
            ProcessorError::inputs(format!("{at} names a file that cannot be read: {error}"))
        })?;
        if bytes.len() as u64 > largest {
            let message = format!("{at} names a file of more than {largest} bytes; give a smaller one");
            return Err(ProcessorError::inputs(message));
        }
        let mime = self.mime(name, &bytes);
        Ok(FileContent { mime, bytes })
    }

    /// The media type of a file: that of its entry, else the one that its first bytes show, else `application/octet-stream`.
    ///
    /// # Errors
    ///
    /// Those of [`Inputs::open`], and `ERR_INPUTS` when it cannot be read.
    pub fn media_type(&self, name: &str) -> Result<String, ProcessorError> {
        let first = read_start(self.open(name)?, MAGIC_LENGTH)
            .map_err(|error| ProcessorError::inputs(format!("the file {name:?} cannot be read: {error}")))?;
        Ok(self.mime(name, &first))
    }

    /// Sets where the files are, and checks that each of them is there and has its hash.
    pub(crate) fn check_files(&mut self, artifacts: Arc<dyn Artifacts>) -> Result<(), ProcessorError> {
        self.artifacts = Some(artifacts);
        for (name, entry) in &self.files {
            let file = self.open_artifact(name, entry)?;
            let Some(expected) = &entry.sha256 else {
                continue;
            };
            let wrong =
                |what: String| ProcessorError::inputs(format!("{}: {} {what}", pointer(name), entry.path()));
            let (actual, _) = sha256_of(file).map_err(|error| wrong(format!("cannot be read: {error}")))?;
            if !actual.eq_ignore_ascii_case(expected) {
                return Err(wrong("does not have the sha256 that the entry gives".to_owned()));
            }
        }
        Ok(())
    }

    fn open_artifact(&self, name: &str, entry: &InputFile) -> Result<Artifact, ProcessorError> {
        let name = pointer(name);
        let artifacts = self.artifacts.as_ref().ok_or_else(|| {
            ProcessorError::inputs(format!(
                "{name} cannot be opened: there is no artifacts directory"
            ))
        })?;
        artifacts
            .open(entry.path())
            .map_err(|error| ProcessorError::inputs(format!("{name}: {} {error}", entry.path())))
    }

    fn mime(&self, name: &str, first: &[u8]) -> String {
        let declared = self.files.get(name).and_then(|entry| entry.mime.clone());
        declared.unwrap_or_else(|| {
            let found = infer::get(first);
            found.map_or(UNKNOWN_TYPE, |found| found.mime_type()).to_owned()
        })
    }
}

fn read_start(reader: InputReader, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl From<Normalized<'_>> for Inputs {
    fn from(normalized: Normalized<'_>) -> Self {
        Self {
            model: normalized.model,
            params: normalized.params.into_map(),
            files: normalized.files,
            mode: normalized.mode,
            artifacts: None,
        }
    }
}

impl fmt::Debug for Inputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inputs")
            .field("model", &self.model)
            .field("params", &self.params)
            .field("files", &self.files)
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}
