//! What earlier runs left: success receipts, which are never overwritten.

use std::io::{self, Read as _};

use rustix::io::Errno;
use serde::Deserialize;

use super::commit::receipt_error;
use super::{Folder, GLOBAL_RECEIPT, GLOBAL_STAGING, RECEIPT, Store};
use crate::error::{ErrorCode, ProcessorError};
use crate::hash::{sha256, sha256_of};
use crate::outputs::{Index, IndexEntry};
use crate::receipt::{Receipt, Status};
use crate::world_path::WorldPath;

/// A success receipt that this execution id already has.
#[derive(Debug)]
pub(crate) struct Prior {
    pub(crate) receipt: Receipt,
    bytes: Vec<u8>,
}

/// The part of a receipt that every version has.
#[derive(Deserialize)]
struct Verdict {
    status: Status,
}

impl Store {
    /// Looks for a success receipt of this execution id.
    ///
    /// # Errors
    ///
    /// `ERR_EXECUTION_CONFLICT` when the prefix belongs to a success of another execution, or the two receipts of this
    /// one differ; `ERR_RECEIPT_WRITE` when a receipt cannot be read.
    pub(crate) fn prior(&self) -> Result<Option<Prior>, ProcessorError> {
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
    pub(crate) fn complete(&self, prior: &Prior) -> Result<Vec<IndexEntry>, ProcessorError> {
        let (folder, entries) = verify(&self.root, &prior.receipt)?;
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
        if let Err(error) = self.remove_staging() {
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

/// Follows the chain receipt -> index -> outputs; gives the folder of the index, and the outputs.
///
/// # Errors
///
/// As [`Store::complete`].
fn verify(root: &Folder, receipt: &Receipt) -> Result<(Folder, Vec<IndexEntry>), ProcessorError> {
    let path = receipt
        .outputs_index
        .as_deref()
        .and_then(|path| WorldPath::parse(path).ok())
        .ok_or_else(|| broken("it names no index"))?;
    let (folders, name) = path.split();
    let folder = root.open_below(&folders).map_err(unreadable(&path))?;
    let mut bytes = Vec::new();
    folder
        .open_file(name)
        .and_then(|mut file| file.read_to_end(&mut bytes))
        .map_err(unreadable(&path))?;
    if receipt.outputs_index_sha256.as_deref() != Some(&sha256(&bytes)) {
        return Err(broken(&format!("{path} has changed")));
    }
    let no_index = || broken(&format!("{path} is not an index"));
    let index: Index = serde_json::from_slice(&bytes).map_err(|_| no_index())?;
    for entry in &index.outputs {
        let path = WorldPath::parse(&entry.path).map_err(|_| no_index())?;
        let (folders, name) = path.split();
        let (hash, size_bytes) = root
            .open_below(&folders)
            .and_then(|folder| folder.open_file(name))
            .and_then(sha256_of)
            .map_err(unreadable(&path))?;
        if size_bytes != entry.size_bytes || entry.cid != format!("sha256:{hash}") {
            return Err(broken(&format!("{path} has changed")));
        }
    }
    Ok((folder, index.outputs))
}

fn broken(what: &str) -> ProcessorError {
    conflict(format!(
        "this execution id has a success receipt, but {what}; use a new execution id"
    ))
}

/// What is missing, or no longer a file, will not come back; anything else is the disk's trouble, and may pass.
fn unreadable(path: &WorldPath) -> impl FnOnce(io::Error) -> ProcessorError {
    let path = path.clone();
    move |error| match Errno::from_io_error(&error) {
        Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => broken(&format!("{path} is missing")),
        None if error.kind() == io::ErrorKind::InvalidInput => broken(&format!("{path} is not a file")),
        _ => ProcessorError::new(
            ErrorCode::OutputWrite,
            format!("{path} of an earlier run cannot be read: {error}; mend that, then run it again"),
        ),
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
