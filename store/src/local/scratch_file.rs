//! Files that a provider leaves in its scratch directory.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path};

use documents::{Error, ErrorCode};

use super::dir::Dir;
use crate::error::outputs_not_written;

/// Opens such a file; returns it with its directory and its name there. `scratch` opens the scratch directory.
///
/// # Errors
///
/// `ERR_PROCESSOR` for anything but a regular file in the scratch directory with a single name, `ERR_OUTPUT_WRITE` when it cannot be
/// examined.
pub(crate) fn open<'a>(
    path: &'a Path,
    scratch_path: &Path,
    scratch: impl FnOnce() -> io::Result<Dir>,
) -> Result<(File, Dir, &'a str), Error> {
    let below = path
        .strip_prefix(scratch_path)
        .map_err(|_| refuse("is not in the scratch directory"))?;
    let mut names = Vec::new();
    for component in below.components() {
        let Component::Normal(name) = component else {
            return Err(refuse("has a path with `..`"));
        };
        let name = name.to_str();
        names.push(name.ok_or_else(|| refuse("has a name that is not UTF-8"))?);
    }
    let name = names
        .pop()
        .ok_or_else(|| refuse("is the scratch directory itself"))?;
    let dir = scratch()
        .and_then(|scratch| scratch.open_below(&names))
        .map_err(|_| refuse("is not in the scratch directory"))?;
    let file = dir
        .open_file(name)
        .map_err(|error| refuse("cannot be opened").with_cause(error))?;
    if file.metadata().map_err(outputs_not_written)?.nlink() != 1 {
        return Err(refuse("has a second name (a hard link)"));
    }
    Ok((file, dir, name))
}

fn refuse(why: &str) -> Error {
    Error::new(
        ErrorCode::Processor,
        format!(
            "the provider gave an output file that {why}; it has to be a regular file of its own in Config::scratch"
        ),
    )
}
