//! Reading the bytes of the inputs document.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;

use documents::Error;
use documents::inputs::LARGEST;

/// Reads the inputs document from a file, or from `stdin` where the source is `-`.
///
/// # Errors
///
/// `ERR_INPUTS` when it cannot be read, is empty or is too large.
pub fn read_inputs(source: &OsStr, stdin: Box<dyn Read + Send>) -> Result<Vec<u8>, Error> {
    let mut reader: Box<dyn Read> = if source == "-" {
        stdin
    } else {
        let file = File::open(source)
            .map_err(|error| Error::inputs(format!("the inputs file cannot be opened: {error}")))?;
        if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
            return Err(Error::inputs(
                "the inputs file is a directory; name a file, or `-` for standard input",
            ));
        }
        Box::new(file)
    };
    let mut document = Vec::new();
    reader
        .by_ref()
        .take(LARGEST + 1)
        .read_to_end(&mut document)
        .map_err(|error| Error::inputs(format!("the inputs document cannot be read: {error}")))?;
    if document.len() as u64 > LARGEST {
        return Err(Error::inputs(
            "the inputs document is larger than 64 MiB; put large data into files",
        ));
    }
    if document.is_empty() {
        return Err(Error::inputs(
            "the inputs document is empty; {} is the smallest one",
        ));
    }
    Ok(document)
}
