//! The errors of a file that is no batch.

use std::path::Path;

use documents::ErrorCode;

use crate::error::Error;

/// The error of a file that cannot be used.
pub(super) fn unusable(path: &Path, why: &str) -> Error {
    let name = match path.to_str() {
        Some("-") => "standard input".into(),
        _ => path.display().to_string(),
    };
    Error::new(ErrorCode::Usage, format!("the batch {name} {why}"))
}

/// What is wrong with a line of this number.
pub(super) fn too_long(number: u64) -> String {
    format!("has an inputs document larger than 64 MiB in line {number}; put large data into files")
}
