//! Files that the command line names: one that cannot be read makes the command line wrong, whatever it is for.

use std::fs::Metadata;
use std::path::Path;

use documents::ErrorCode;
use rustix::fs::{Access, access};

use crate::environment::Environment;
use crate::error::Error;

/// Checks that a file may be read, and does not open it: what is written to a pipe is lost to a second reader.
///
/// # Errors
///
/// `ERR_USAGE` that names it as it is `given`, with its option.
pub(crate) fn look(given: &str, path: &Path, environment: &Environment) -> Result<Metadata, Error> {
    let path = environment.path(path);
    let metadata = std::fs::metadata(&path).and_then(|metadata| {
        access(&path, Access::READ_OK)?;
        Ok(metadata)
    });
    match metadata {
        Ok(metadata) if metadata.is_dir() => Err(unreadable(given, "it is a directory")),
        Ok(metadata) => Ok(metadata),
        Err(error) => Err(unreadable(given, &error.to_string())),
    }
}

/// The error of a file that cannot be read for this reason.
pub(crate) fn unreadable(given: &str, why: &str) -> Error {
    Error::new(ErrorCode::Usage, format!("{given} cannot be read: {why}")).hint("name another file")
}
