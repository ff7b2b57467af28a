//! Success receipts of earlier runs, which are never overwritten.

use documents::receipt::{Receipt, Status};
use documents::{Error, ErrorCode, ExecutionId};
use serde::Deserialize;

use crate::verify::{VerifyError, VerifyErrorKind};

/// A success receipt that an execution id already has.
#[derive(Clone, Debug)]
pub struct PreviousSuccess {
    /// The receipt.
    pub receipt: Receipt,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
}

/// The part of a receipt that every version has.
#[derive(Deserialize)]
pub(crate) struct Verdict {
    pub(crate) status: Status,
}

impl PreviousSuccess {
    /// Parses a receipt; `None` for one that may be replaced: of a failure, or what is not a receipt at all.
    ///
    /// # Errors
    ///
    /// `ERR_EXECUTION_CONFLICT` for a success receipt that this version cannot read.
    pub(crate) fn parse(bytes: Option<Vec<u8>>) -> Result<Option<Self>, Error> {
        let Some(bytes) = bytes else { return Ok(None) };
        match serde_json::from_slice::<Verdict>(&bytes) {
            Ok(verdict) if verdict.status == Status::Success => {}
            Ok(_) | Err(_) => return Ok(None),
        }
        match serde_json::from_slice(&bytes) {
            Ok(receipt) => Ok(Some(Self { receipt, bytes })),
            Err(error) => Err(conflict(
                "there is a success receipt that this version cannot read; use a new execution id",
            )
            .with_cause(error)),
        }
    }

    /// Which of an execution's two receipts, if any, records its success.
    ///
    /// # Errors
    ///
    /// `ERR_EXECUTION_CONFLICT` when they differ, or the one in the prefix is of another execution.
    pub(crate) fn choose(
        global: Option<Self>,
        local: Option<Self>,
        execution_id: &ExecutionId,
        index_path: &str,
    ) -> Result<Option<Self>, Error> {
        match (global, local) {
            (Some(global), Some(local)) if global.bytes != local.bytes && global.has_index(index_path) => {
                Err(conflict(
                    "the two receipts of this execution differ; use a new execution id",
                ))
            }
            (Some(global), _) => Ok(Some(global)),
            (None, Some(local)) if local.receipt.execution_id == execution_id.as_str() => Ok(Some(local)),
            (None, Some(_)) => Err(prefix_taken()),
            (None, None) => Ok(None),
        }
    }

    /// Whether its index is at this world path.
    pub(crate) fn has_index(&self, path: &str) -> bool {
        self.receipt.outputs_index.as_deref() == Some(path)
    }
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

/// An earlier success that does not verify: a conflict, unless the store's error may pass.
pub(crate) fn unverified(error: &VerifyError) -> Error {
    if let VerifyErrorKind::Unreadable(_) = error.kind {
        return Error::new(
            ErrorCode::OutputWrite,
            format!("an output of an earlier run: {error}; fix that, then run it again"),
        );
    }
    conflict(format!(
        "this execution id has a success receipt, but {error}; use a new execution id"
    ))
}

fn conflict(message: impl Into<String>) -> Error {
    Error::new(ErrorCode::ExecutionConflict, message)
}
