//! Mounts, as both engines take them: one line of CSV (RFC 4180), in UTF-8.

use std::path::Path;

use documents::ErrorCode;

use crate::error::Error;

/// The artifacts directory, which a run writes.
///
/// # Errors
///
/// `ERR_USAGE` for a path that no engine can mount; so for the others.
pub(super) fn artifacts(dir: &Path, target: &str) -> Result<String, Error> {
    bind(dir, target).ok_or_else(|| {
        unusable("the artifacts directory")
            .hint("name another directory with --artifacts-dir, or use `--engine process`")
    })
}

/// The file of a setting, which a run can read.
pub(super) fn setting(name: &str, file: &Path, target: &str) -> Result<String, Error> {
    read_only(file, target)
        .ok_or_else(|| unusable(name).hint("copy the file to another place, or use `--engine process`"))
}

/// The directory of secrets, which a run can read.
pub(super) fn secrets(dir: &Path, target: &str) -> Result<String, Error> {
    read_only(dir, target).ok_or_else(|| unusable("XDG_RUNTIME_DIR").hint("unset it"))
}

fn read_only(source: &Path, target: &str) -> Option<String> {
    Some(bind(source, target)? + ",readonly")
}

fn bind(source: &Path, target: &str) -> Option<String> {
    let path = source.to_str().filter(|path| !path.contains(char::is_control))?;
    let source = format!("source={path}");
    let source = if source.contains([',', '"']) {
        format!("\"{}\"", source.replace('"', "\"\""))
    } else {
        source
    };
    Some(format!("type=bind,{source},target={target}"))
}

fn unusable(what: &str) -> Error {
    Error::new(
        ErrorCode::Usage,
        format!("the path of {what} is not UTF-8, or has control characters, and no engine mounts that"),
    )
}
