//! The bytes of the inputs document.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;

use super::wrong;
use crate::error::ProcessorError;

/// The largest inputs document, in bytes.
pub const LARGEST: u64 = 64 * 1024 * 1024;

/// Reads the document from a file, or from `stdin` where the source is `-`.
///
/// # Errors
///
/// `ERR_INPUTS` when it cannot be read or is too large.
pub fn read(source: &OsStr, stdin: Box<dyn Read + Send>) -> Result<Vec<u8>, ProcessorError> {
    let mut reader: Box<dyn Read> = if source == "-" {
        stdin
    } else {
        let file = File::open(source)
            .map_err(|error| wrong(format!("the inputs file cannot be opened: {error}")))?;
        if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
            return Err(wrong(
                "the inputs file is a folder; name a file, or `-` for standard input",
            ));
        }
        Box::new(file)
    };
    let mut document = Vec::new();
    reader
        .by_ref()
        .take(LARGEST + 1)
        .read_to_end(&mut document)
        .map_err(|error| wrong(format!("the inputs document cannot be read: {error}")))?;
    if document.len() as u64 > LARGEST {
        return Err(wrong(
            "the inputs document is larger than 64 MiB; put large data into files",
        ));
    }
    if document.is_empty() {
        return Err(wrong("the inputs document is empty; {} is the smallest one"));
    }
    Ok(document)
}
