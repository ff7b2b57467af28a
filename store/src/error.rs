//! What errors of the store mean for a run.

use std::fmt::Display;
use std::io;

use documents::{Error, ErrorCode};

const HINT: &str = "free space or fix the permissions, then run it again";

pub(crate) fn outputs_not_written(error: io::Error) -> Error {
    let message = format!("the outputs cannot be written: {error}; {HINT}");
    Error::new(ErrorCode::OutputWrite, message)
}

pub(crate) fn receipts_not_written(error: io::Error) -> Error {
    let message = format!("the receipts cannot be written: {error}; {HINT}");
    Error::new(ErrorCode::ReceiptWrite, message)
}

pub(crate) fn prefix_not_writable(error: io::Error) -> Error {
    let message = format!("the write prefix cannot be written: {error}");
    Error::new(ErrorCode::OutputWrite, message)
}

pub(crate) fn remains_not_removed(error: io::Error) -> Error {
    let message = format!("what an earlier run left in the write prefix cannot be removed: {error}");
    Error::new(ErrorCode::OutputWrite, message)
}

pub(crate) fn receipt_not_read(error: impl Display) -> Error {
    let message = format!("an earlier receipt cannot be read: {error}");
    Error::new(ErrorCode::ReceiptWrite, message)
}

/// The prefix belongs to a success of another execution.
pub(crate) fn prefix_taken() -> Error {
    conflict("the write prefix holds the success of another execution; use a prefix with {execution_id}")
}

/// The run would have to overwrite a file that is not its own.
pub(crate) fn file_taken(relpath: &str) -> Error {
    conflict(format!(
        "the write prefix already has a file {relpath} that is not of this execution; use a prefix with {{execution_id}}"
    ))
}

pub(crate) fn conflict(message: impl Into<String>) -> Error {
    Error::new(ErrorCode::ExecutionConflict, message)
}
