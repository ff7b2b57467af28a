//! A copy of what comes through a pipe, so that it can be read a second time.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write as _};
use std::path::{Path, PathBuf};

use super::line::{Limited, read_line};
use super::unusable::{too_long, unusable};
use crate::error::Error;
use crate::session::Session;

/// Copies a stream to its end into a file without a name, which is gone when this process ends, however it ends. It is in the
/// artifacts directory, where there is room for more than the lines; while there is none, in `TMPDIR` or `/tmp`.
///
/// # Errors
///
/// `ERR_USAGE`, also for a line that is larger than an inputs document may be: it may have no end.
pub(super) fn spool(
    stream: impl Read,
    path: &Path,
    artifacts: Option<&Path>,
    session: &Session,
) -> Result<File, Error> {
    let not_copied = |error: io::Error| unusable(path, &format!("cannot be copied: {error}"));
    let mut writer = BufWriter::new(unnamed(artifacts, session).map_err(not_copied)?);
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    for number in 1_u64.. {
        match read_line(&mut reader, &mut line) {
            Ok(Limited::End) => break,
            Ok(Limited::Line) => writer.write_all(&line).map_err(not_copied)?,
            Ok(Limited::TooLong) => return Err(unusable(path, &too_long(number))),
            Err(error) => return Err(unusable(path, &format!("cannot be read: {error}"))),
        }
    }
    writer
        .into_inner()
        .map_err(|error| not_copied(error.into_error()))
}

/// A file without a name.
///
/// # Errors
///
/// Those of the disk.
pub(super) fn unnamed(artifacts: Option<&Path>, session: &Session) -> io::Result<File> {
    if let Some(file) = artifacts.and_then(|dir| tempfile::tempfile_in(dir).ok()) {
        return Ok(file);
    }
    let dir = session.environment.get("TMPDIR").filter(|dir| !dir.is_empty());
    tempfile::tempfile_in(dir.map_or_else(|| PathBuf::from("/tmp"), PathBuf::from))
}
