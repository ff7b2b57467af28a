//! What the disk's errors mean for a run.

use std::io;

use documents::{Error, ErrorCode};

pub(super) fn outputs_not_written(error: io::Error) -> Error {
    not_written(ErrorCode::OutputWrite, "outputs", error)
}

pub(super) fn receipts_not_written(error: io::Error) -> Error {
    not_written(ErrorCode::ReceiptWrite, "receipts", error)
}

fn not_written(code: ErrorCode, what: &str, error: io::Error) -> Error {
    Error::new(
        code,
        format!(
            "the {what} cannot be written: {error}; free space or fix the permissions, then run it again"
        ),
    )
}

pub(super) fn prefix_not_writable(error: io::Error) -> Error {
    Error::new(
        ErrorCode::OutputWrite,
        format!("the write prefix cannot be written: {error}"),
    )
}

pub(super) fn remains_not_removed(error: io::Error) -> Error {
    Error::new(
        ErrorCode::OutputWrite,
        format!("what an earlier run left in the write prefix cannot be removed: {error}"),
    )
}

pub(super) fn receipt_not_read(error: io::Error) -> Error {
    Error::new(
        ErrorCode::ReceiptWrite,
        format!("an earlier receipt cannot be read: {error}"),
    )
}
