//! A file that is in the scratch directory, and its entry in `outputs/assets.json`.

use std::io;

use runtime::{HashedFile, OutputItem, ProcessorError};
use serde::Serialize;

use super::file_type::FileType;

/// A file that has no name yet.
#[derive(Debug)]
pub(super) struct FetchedFile {
    output: OutputItem,
    file_type: FileType,
    /// Its URL without the query, or `data:`.
    source: String,
    size: u64,
    sha256: String,
}

/// What `outputs/assets.json` says of a file.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    /// From the value of `result` in `response.json` to the string that stands for the file (RFC 6901); `null` if it is too long.
    pointer: Option<String>,
    source: String,
    /// Relative to the write prefix.
    path: String,
    size_bytes: u64,
    sha256: String,
}

impl FetchedFile {
    /// With `is_searched`, the file is searched for secrets before it is committed.
    pub(super) fn new(file: HashedFile, is_searched: bool, file_type: FileType, source: String) -> Self {
        Self {
            size: file.size(),
            sha256: file.sha256().to_owned(),
            output: if is_searched {
                OutputItem::searched_file("", "", file.path())
            } else {
                OutputItem::hashed("", "", file)
            },
            file_type,
            source,
        }
    }

    /// Names the file `outputs/assets/<number>.<extension>`.
    pub(super) fn into_output(self, number: &str, pointer: Option<String>) -> (OutputItem, Entry) {
        let mut output = self.output;
        output.relpath = format!("outputs/assets/{number}.{}", self.file_type.extension);
        output.mime = self.file_type.mime;
        tracing::info!(asset = output.relpath, mime = output.mime, "asset_fetched");
        output.meta.insert("source".to_owned(), self.source.clone());
        let entry = Entry {
            pointer,
            source: self.source,
            path: output.relpath.clone(),
            size_bytes: self.size,
            sha256: self.sha256,
        };
        (output, entry)
    }
}

/// `outputs/assets.json`.
pub(super) fn list(entries: &[Entry]) -> Result<OutputItem, ProcessorError> {
    let json = serde_json::to_vec(entries).map_err(io::Error::from)?;
    Ok(OutputItem::bytes("outputs/assets.json", "application/json", json))
}
