//! Input files that go into a request.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::ProcessorError;

use super::{InputReader, Inputs};

const UNKNOWN_TYPE: &str = "application/octet-stream";
/// By so many bytes from its beginning the type of a file is told.
const TELLING: u64 = 8 * 1024;

/// An input file in memory.
#[derive(Debug)]
pub struct FileContent {
    /// Its media type: that of its entry, else what its first bytes tell, else `application/octet-stream`.
    pub mime: String,
    /// All of it.
    pub bytes: Vec<u8>,
}

impl FileContent {
    /// In base64 (RFC 4648, section 4).
    #[must_use]
    pub fn base64(&self) -> String {
        STANDARD.encode(&self.bytes)
    }

    /// As a data URI (RFC 2397).
    #[must_use]
    pub fn data_uri(&self) -> String {
        let mut uri = format!("data:{};base64,", self.mime);
        STANDARD.encode_string(&self.bytes, &mut uri);
        uri
    }
}

impl Inputs {
    /// Reads the file that the parameters name at this place, a JSON pointer (RFC 6901).
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` with the place, when there is no such file, it cannot be read, or it is larger than `largest` bytes.
    pub fn read(&self, name: &str, at: &str, largest: u64) -> Result<FileContent, ProcessorError> {
        let mut bytes = Vec::new();
        self.open_at(name, at)?
            .take(largest.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| {
                ProcessorError::inputs(format!("{at} names a file that cannot be read: {error}"))
            })?;
        if bytes.len() as u64 > largest {
            return Err(ProcessorError::inputs(format!(
                "{at} names a file of more than {largest} bytes; give a smaller one"
            )));
        }
        let mime = self.mime(name, &bytes);
        Ok(FileContent { mime, bytes })
    }

    /// Opens the file that the parameters name at this place, a JSON pointer.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` with the place, when there is no such file; those of [`Inputs::open`].
    pub fn open_at(&self, name: &str, at: &str) -> Result<InputReader, ProcessorError> {
        match self.files.contains_key(name) {
            true => self.open(name),
            false => Err(ProcessorError::inputs(format!(
                "{at} names a file that /files does not have"
            ))),
        }
    }

    /// The media type of a file: that of its entry, else what its first bytes tell, else `application/octet-stream`.
    ///
    /// # Errors
    ///
    /// Those of [`Inputs::open`], and `ERR_INPUTS` when it cannot be read.
    pub fn media_type(&self, name: &str) -> Result<String, ProcessorError> {
        let mut first = Vec::new();
        self.open(name)?
            .take(TELLING)
            .read_to_end(&mut first)
            .map_err(|error| ProcessorError::inputs(format!("the file {name:?} cannot be read: {error}")))?;
        Ok(self.mime(name, &first))
    }

    fn mime(&self, name: &str, first: &[u8]) -> String {
        let told = self.files.get(name).and_then(|entry| entry.mime.clone());
        told.unwrap_or_else(|| {
            infer::get(first)
                .map_or(UNKNOWN_TYPE, |kind| kind.mime_type())
                .to_owned()
        })
    }
}
