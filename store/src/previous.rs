//! Success receipts of earlier runs, which are never overwritten.

use documents::layout::INDEX;
use documents::outputs::IndexEntry;
use documents::receipt::{Receipt, Status};
use documents::{Error, ErrorCode, ExecutionId, WorldPath, WritePrefix};
use serde::Deserialize;

use crate::artifacts::{Artifacts, ReadError};
use crate::error::{conflict, prefix_taken};
use crate::verify::{self, VerifyErrorKind};

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
        prefix: &WritePrefix,
    ) -> Result<Option<Self>, Error> {
        match (global, local) {
            (Some(global), Some(local)) if global.bytes != local.bytes && global.is_in(prefix) => Err(
                conflict("the two receipts of this execution differ; use a new execution id"),
            ),
            (Some(global), _) => Ok(Some(global)),
            (None, Some(local)) if local.receipt.execution_id == execution_id.as_str() => Ok(Some(local)),
            (None, Some(_)) => Err(prefix_taken()),
            (None, None) => Ok(None),
        }
    }

    /// Whether it is a success in this prefix.
    pub(crate) fn is_in(&self, prefix: &WritePrefix) -> bool {
        let index = self.receipt.outputs_index.as_deref();
        index.and_then(|path| prefix.relpath(path)) == Some(INDEX)
    }

    /// The directories of the execution, as they are named in the artifacts directory.
    fn places(&self, local: Option<&WorldPath>) -> String {
        let global = format!("/artifacts/execution/{}", self.receipt.execution_id);
        let local = local.map(|path| path.as_str().trim_start_matches("world:/"));
        let prefix = local.and_then(|path| path.rsplit_once('/'));
        prefix.map_or(global.clone(), |(prefix, _)| format!("{global} and {prefix}"))
    }

    /// Verifies everything that it leads to. Returns the outputs, and where the receipt in its prefix is.
    ///
    /// # Errors
    ///
    /// `ERR_EXECUTION_CONFLICT`, or `ERR_OUTPUT_WRITE` for an error of the store, which may pass.
    pub(crate) fn verify(&self, artifacts: &dyn Artifacts) -> Result<(Vec<IndexEntry>, WorldPath), Error> {
        match (
            verify::success(artifacts, &self.receipt),
            self.receipt.local_path(),
        ) {
            (Ok(entries), Some(path)) => Ok((entries, path)),
            (Ok(_), None) => Err(prefix_taken()), // cannot happen: an index that verifies has a path
            (Err(error), _) if matches!(error.kind, VerifyErrorKind::Read(ReadError::Io(_))) => {
                Err(Error::new(
                    ErrorCode::OutputWrite,
                    format!("a file of an earlier run: {error}; fix that, then run it again"),
                ))
            }
            (Err(error), path) => Err(conflict(format!(
                "this execution id has a success receipt, but {error}; use a new execution id, or move {} away and pay again",
                self.places(path.as_ref())
            ))),
        }
    }
}
