//! What earlier runs left: success receipts, which are never overwritten.

use serde::Deserialize;

use super::commit::receipt_error;
use super::{Folder, GLOBAL_RECEIPT, GLOBAL_STAGING, RECEIPT, Store};
use crate::chain::{self, Fault, FaultKind, Indexed};
use crate::error::{ErrorCode, ProcessorError};
use crate::outputs::IndexEntry;
use crate::receipt::{Receipt, Status};

/// A success receipt that this execution id already has.
#[derive(Debug)]
pub struct Prior {
    /// What it says.
    pub receipt: Receipt,
    bytes: Vec<u8>,
}

/// The part of a receipt that every version has.
#[derive(Deserialize)]
pub(super) struct Verdict {
    pub(super) status: Status,
}

impl Store {
    /// Looks for a success receipt of this execution id.
    ///
    /// # Errors
    ///
    /// `ERR_EXECUTION_CONFLICT` when the prefix belongs to a success of another execution, or the two receipts of this
    /// one differ; `ERR_RECEIPT_WRITE` when a receipt cannot be read.
    pub fn prior(&self) -> Result<Option<Prior>, ProcessorError> {
        let global = read_success(&self.execution_folder, GLOBAL_RECEIPT)?;
        let local = read_success(&self.prefix_folder, RECEIPT)?;
        let own_index = self.index_path()?;
        match (global, local) {
            (Some(global), Some(local))
                if global.bytes != local.bytes
                    && global.receipt.outputs_index.as_deref() == Some(own_index.as_str()) =>
            {
                Err(conflict(
                    "the two receipts of this execution differ; use a new execution id",
                ))
            }
            (Some(global), _) => Ok(Some(global)),
            (None, Some(local)) if local.receipt.execution_id == self.execution_id.as_str() => {
                Ok(Some(local))
            }
            (None, Some(_)) => Err(taken()),
            (None, None) => Ok(None),
        }
    }

    /// Checks everything that a success receipt speaks of, and writes the twin that a kill may have kept from being
    /// written. Gives the outputs.
    ///
    /// # Errors
    ///
    /// `ERR_EXECUTION_CONFLICT` when something is missing or changed, `ERR_OUTPUT_WRITE` when something cannot be read,
    /// `ERR_RECEIPT_WRITE` when the twin cannot be written.
    pub fn complete(&self, prior: &Prior) -> Result<Vec<IndexEntry>, ProcessorError> {
        let Indexed { folder, entries } = chain::follow(&self.root, &prior.receipt).map_err(faulty)?;
        let twins = [(&self.execution_folder, GLOBAL_RECEIPT), (&folder, RECEIPT)];
        for (folder, name) in twins {
            if read(folder, name)?.as_ref() != Some(&prior.bytes) {
                // the run that was killed may not have come to sync the twin that is there
                self.execution_folder
                    .sync()
                    .and_then(|()| folder.write_file(GLOBAL_STAGING, &prior.bytes))
                    .and_then(|file| file.sync_all())
                    .and_then(|()| folder.rename(GLOBAL_STAGING, folder, name))
                    .and_then(|()| folder.sync())
                    .map_err(receipt_error)?;
            }
        }
        if let Err(error) = self.remove_rejected().and_then(|()| self.remove_staging()) {
            tracing::warn!(%error, "staging_not_removed"); // the success is whole without it
        }
        Ok(entries)
    }
}

/// The prefix belongs to a success of another execution.
pub(super) fn taken() -> ProcessorError {
    conflict("the write prefix holds the success of another execution; use a prefix with {execution_id}")
}

/// The run would have to overwrite what is not its own.
pub(super) fn taken_by_file(relpath: &str) -> ProcessorError {
    conflict(format!(
        "the write prefix already has a file {relpath} that is not of this execution; use a prefix with {{execution_id}}"
    ))
}

fn broken(what: &str) -> ProcessorError {
    conflict(format!(
        "this execution id has a success receipt, but {what}; use a new execution id"
    ))
}

/// What will not come back is a conflict; the disk's trouble may pass.
fn faulty(fault: Fault) -> ProcessorError {
    match fault.kind {
        FaultKind::Unreadable(_) => ProcessorError::new(
            ErrorCode::OutputWrite,
            format!("of an earlier run, {fault}; mend that, then run it again"),
        ),
        _ => broken(&fault.to_string()),
    }
}

/// A success receipt, if there is one; error receipts and what is no receipt at all may be replaced.
pub(super) fn read_success(folder: &Folder, name: &str) -> Result<Option<Prior>, ProcessorError> {
    let Some(bytes) = read(folder, name)? else {
        return Ok(None);
    };
    match serde_json::from_slice::<Verdict>(&bytes) {
        Ok(verdict) if verdict.status == Status::Success => {}
        Ok(_) | Err(_) => return Ok(None),
    }
    match serde_json::from_slice(&bytes) {
        Ok(receipt) => Ok(Some(Prior { receipt, bytes })),
        Err(error) => Err(conflict(
            "there is a success receipt that this version cannot read; use a new execution id",
        )
        .with_cause(error)),
    }
}

fn read(folder: &Folder, name: &str) -> Result<Option<Vec<u8>>, ProcessorError> {
    folder.read_file(name).map_err(|error| {
        ProcessorError::new(
            ErrorCode::ReceiptWrite,
            format!("an earlier receipt cannot be read: {error}"),
        )
    })
}

fn conflict(what: impl Into<String>) -> ProcessorError {
    ProcessorError::new(ErrorCode::ExecutionConflict, what)
}
