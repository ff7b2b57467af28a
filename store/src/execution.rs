//! The store of one execution: what a run may write, and in which order.

use std::fmt::Debug;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use documents::hash::sha256;
use documents::layout::INDEX;
use documents::outputs::{Index, IndexEntry};
use documents::receipt::{Receipt, Rejected};
use documents::{Error, WritePrefix};

use crate::artifacts::Artifacts;
use crate::error::outputs_not_written;
use crate::output::{Body, OutputItem};
use crate::previous::PreviousSuccess;

/// The write prefix and the global receipt of one execution.
///
/// A run calls [`try_lease`](Self::try_lease), [`previous_success`](Self::previous_success), then
/// [`complete`](Self::complete) where there is one, or else [`prepare`](Self::prepare), [`stage`](Self::stage) and
/// [`commit`](Self::commit); [`record_failure`](Self::record_failure) where one of them fails.
pub trait ExecutionStore: Send {
    /// All artifacts, those of the prefix among them.
    fn artifacts(&self) -> Arc<dyn Artifacts>;

    /// Tries to get the prefix and the execution for this process alone; `false` while another run has one of them. The lease ends
    /// with the process.
    ///
    /// # Errors
    ///
    /// Those of a store without leases; the caller goes on without one.
    fn try_lease(&self) -> io::Result<bool>;

    /// Looks for a success receipt of this execution id.
    ///
    /// # Errors
    ///
    /// `ERR_EXECUTION_CONFLICT` when the prefix belongs to a success of another execution, or the two receipts of this one differ;
    /// `ERR_RECEIPT_WRITE` when a receipt cannot be read.
    fn previous_success(&self) -> Result<Option<PreviousSuccess>, Error>;

    /// Verifies an earlier success, writes a receipt of it that is missing, and returns its outputs.
    ///
    /// # Errors
    ///
    /// `ERR_EXECUTION_CONFLICT` when something is missing or changed, `ERR_OUTPUT_WRITE` when something cannot be read,
    /// `ERR_RECEIPT_WRITE` when a receipt cannot be read or written.
    fn complete(&self, previous: &PreviousSuccess) -> Result<Vec<IndexEntry>, Error>;

    /// Removes what killed runs left. Only for a run that has the lease and found no success.
    ///
    /// # Errors
    ///
    /// `ERR_OUTPUT_WRITE`, and `ERR_EXECUTION_CONFLICT` when the prefix holds an index of another execution.
    fn prepare(&self) -> Result<(), Error>;

    /// The scratch directory on this machine; the provider makes it on first use.
    fn scratch(&self) -> PathBuf;

    /// The checkpoint of this execution.
    fn checkpoint(&self) -> Box<dyn Checkpoint>;

    /// Where this execution's start is: it stands from before the provider is called until the run has ended. A success removes it.
    fn start(&self) -> Box<dyn Checkpoint>;

    /// Hashes outputs and index, and makes them durable, so that a commit only has to publish them.
    ///
    /// # Errors
    ///
    /// `ERR_OUTPUT_PATH`, `ERR_OUTPUT_DUPLICATE`, `ERR_OUTPUT_WRITE`, and `ERR_PROCESSOR` for a body that is not a file in the
    /// scratch directory.
    fn stage(&self, outputs: Vec<OutputItem>) -> Result<Staged, Error>;

    /// Publishes staged outputs and their index, and then this success receipt in both places.
    ///
    /// # Errors
    ///
    /// `ERR_OUTPUT_WRITE`, `ERR_RECEIPT_WRITE`, and `ERR_EXECUTION_CONFLICT` for a file with an output's path.
    fn commit(&self, staged: &Staged, receipt: &[u8]) -> Result<(), CommitError>;

    /// Keeps an answer that cannot be used, and replaces the one of an earlier run. Call it before the receipt that names it.
    ///
    /// # Errors
    ///
    /// `ERR_OUTPUT_WRITE`, and `ERR_PROCESSOR` for a body that is not a file in the scratch directory.
    fn keep_rejected(&self, answer: Body) -> Result<Rejected, Error>;

    /// Takes back what was not committed, and writes the error receipts; returns whether they are written. What fails is logged. A
    /// receipt without a rejected answer names that of an earlier run, which stays.
    fn record_failure(&self, receipt: &Receipt) -> bool;
}

/// Bytes that a run leaves for the next one of its execution. They outlive kills, and end with a success.
pub trait Checkpoint: Debug + Send {
    /// What an earlier run saved.
    ///
    /// # Errors
    ///
    /// Those of the store.
    fn read(&self) -> io::Result<Option<Vec<u8>>>;

    /// Replaces what was saved before. It is durable when this returns.
    ///
    /// # Errors
    ///
    /// Those of the store; what was saved before stays.
    fn save(&self, bytes: &[u8]) -> io::Result<()>;

    /// Removes what was saved.
    ///
    /// # Errors
    ///
    /// Those of the store.
    fn clear(&self) -> io::Result<()>;
}

/// Outputs and their index, durable and not yet published.
#[derive(Debug)]
pub struct Staged {
    /// Sorted by path.
    pub entries: Vec<IndexEntry>,
    /// World path of the index.
    pub index_path: String,
    /// Hex SHA-256 of its bytes.
    pub index_sha256: String,
}

impl Staged {
    /// Makes the index of these entries, which are sorted; returns its bytes too.
    pub(crate) fn new(entries: Vec<IndexEntry>, prefix: &WritePrefix) -> Result<(Self, Vec<u8>), Error> {
        let index = Index { outputs: entries };
        let bytes = serde_json::to_vec(&index).map_err(|error| outputs_not_written(error.into()))?;
        let staged = Self {
            entries: index.outputs,
            index_path: prefix.path(INDEX)?.as_str().to_owned(),
            index_sha256: sha256(&bytes),
        };
        Ok((staged, bytes))
    }
}

/// Where a commit stopped.
#[derive(Debug)]
pub enum CommitError {
    /// Before a receipt of the success was in place.
    Before(Error),
    /// After the global receipt was in place: nothing may be taken back, and the next run completes the success.
    Halfway(Error),
}

impl From<Error> for CommitError {
    fn from(error: Error) -> Self {
        Self::Before(error)
    }
}
