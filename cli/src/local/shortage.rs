//! What this machine runs out of while runs go on: another try may find it.

use std::io;

use rustix::io::Errno;

use crate::error::Error;

/// Adds what to do where the cause is such a shortage, and says that the same run may succeed later.
pub(super) fn explained(error: Error, cause: &io::Error) -> Error {
    let way_out = match Errno::from_io_error(cause) {
        Some(Errno::MFILE | Errno::NFILE) => {
            "run fewer at a time with --jobs, or allow more open files with `ulimit -n`"
        }
        Some(Errno::AGAIN) => "run fewer at a time with --jobs, or allow more processes with `ulimit -u`",
        Some(Errno::NOMEM) => "run fewer at a time with --jobs",
        _ => return error,
    };
    error.hint(way_out).retryable(true)
}
