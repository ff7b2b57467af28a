//! The protocol of an execution, on this machine's disk.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use documents::Error;
use documents::outputs::IndexEntry;
use documents::receipt::{Receipt, Rejected};

use super::checkpoint::LocalCheckpoint;
use super::store::LocalStore;
use crate::artifacts::Artifacts;
use crate::execution::{Checkpoint, CommitError, ExecutionStore, Staged};
use crate::output::{Body, OutputItem};
use crate::previous::PreviousSuccess;

impl ExecutionStore for LocalStore {
    fn artifacts(&self) -> Arc<dyn Artifacts> {
        Arc::new(self.root.clone())
    }

    fn try_lease(&self) -> io::Result<bool> {
        self.try_lock()
    }

    fn previous_success(&self) -> Result<Option<PreviousSuccess>, Error> {
        self.find_success()
    }

    fn complete(&self, previous: &PreviousSuccess) -> Result<Vec<IndexEntry>, Error> {
        self.verify_and_complete(previous)
    }

    fn prepare(&self) -> Result<(), Error> {
        self.make_staging()
    }

    fn scratch(&self) -> PathBuf {
        self.scratch_path()
    }

    fn checkpoint(&self) -> Box<dyn Checkpoint> {
        Box::new(LocalCheckpoint {
            prefix_dir: self.prefix_dir.clone(),
            staging_name: self.staging_name(),
        })
    }

    fn stage(&self, outputs: Vec<OutputItem>) -> Result<Staged, Error> {
        self.stage_outputs(outputs)
    }

    fn commit(&self, staged: &Staged, receipt: &[u8]) -> Result<(), CommitError> {
        self.publish(staged, receipt)
    }

    fn keep_rejected(&self, answer: Body) -> Result<Rejected, Error> {
        self.write_rejected(answer)
    }

    fn record_failure(&self, receipt: &Receipt) {
        self.discard_and_record(receipt);
    }
}
