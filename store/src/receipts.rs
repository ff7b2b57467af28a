//! Reading the receipts of an execution without its lease.

use documents::layout::RECEIPT;
use documents::receipt::{Receipt, Status};
use documents::{ExecutionId, WritePrefix};

use crate::artifacts::{Artifacts, ReadError};
use crate::previous::Verdict;

/// The bytes of an execution's receipt in its write prefix and of the global one; `None` for one that is missing.
///
/// # Errors
///
/// The [`ReadError`] of one that is there and cannot be read.
pub fn receipts(
    artifacts: &dyn Artifacts,
    prefix: &WritePrefix,
    id: &ExecutionId,
) -> Result<[Option<Vec<u8>>; 2], ReadError> {
    let read = |path| match artifacts.read(&path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(ReadError::Missing) => Ok(None),
        Err(error) => Err(error),
    };
    let local = prefix.path(RECEIPT).ok().map_or(Ok(None), read)?;
    Ok([local, read(Receipt::global_path_of(id))?])
}

/// How an execution ended, by its global receipt.
#[must_use]
pub fn status(artifacts: &dyn Artifacts, id: &ExecutionId) -> Option<Status> {
    let bytes = artifacts.read(&Receipt::global_path_of(id)).ok()?;
    let verdict: Verdict = serde_json::from_slice(&bytes).ok()?;
    Some(verdict.status)
}
