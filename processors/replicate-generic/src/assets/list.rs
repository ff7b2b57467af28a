//! `outputs/assets.json`: which file is what of the output.

use std::io;

use runtime::{OutputItem, ProcessorError};
use serde::Serialize;

/// What is told of a file.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    /// From the value of `result` in `response.json` to the text that stands for the file (RFC 6901); `null` where it is too long.
    pub(super) pointer: Option<String>,
    /// Its address without what may be a signature; `data:` for one that was in the output itself.
    pub(super) source: String,
    /// Where it is, below the write prefix.
    pub(super) path: String,
    pub(super) size_bytes: u64,
    pub(super) sha256: String,
}

/// The list of all files, in their order.
pub(super) fn item(entries: &[Entry]) -> Result<OutputItem, ProcessorError> {
    let list = serde_json::to_vec(entries).map_err(io::Error::from)?;
    Ok(OutputItem::bytes("outputs/assets.json", "application/json", list))
}
