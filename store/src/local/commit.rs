//! The moves of a commit: outputs, index, global receipt, receipt, in this order (`docs/spec.md#commit-order`).

use std::collections::BTreeSet;
use std::io;

use documents::Error;
use documents::layout::{GLOBAL_RECEIPT, INDEX, RECEIPT};

use super::dir::Dir;
use super::store::{GLOBAL_STAGING, LocalStore};
use crate::error::{file_taken, outputs_not_written, receipts_not_written};
use crate::execution::{CommitError, Staged};

impl LocalStore {
    /// Writes both receipts of a failed run; the staging directory stays.
    ///
    /// # Errors
    ///
    /// `ERR_RECEIPT_WRITE`.
    pub(super) fn commit_failure(&self, receipt: &[u8]) -> Result<(), Error> {
        let staging = self
            .prefix_dir
            .make_child(&self.staging_name())
            .map_err(receipts_not_written)?;
        self.stage_receipts(&staging, receipt)
            .and_then(|()| self.sync_dirs_above())
            .map_err(receipts_not_written)?;
        match self.move_receipts(&staging) {
            Ok(()) => Ok(()),
            Err(CommitError::Before(error) | CommitError::Halfway(error)) => Err(error),
        }
    }

    pub(super) fn stage_receipts(&self, staging: &Dir, receipt: &[u8]) -> io::Result<()> {
        self.execution_dir
            .write_file(GLOBAL_STAGING, receipt)?
            .sync_all()?;
        staging.write_file(RECEIPT, receipt)?.sync_all()
    }

    pub(super) fn move_outputs(&self, staged: &Staged, staging: &Dir) -> Result<(), Error> {
        let mut touched = BTreeSet::new();
        for (slot, entry) in staged.entries.iter().enumerate() {
            let relpath = self.prefix.relpath(&entry.path).unwrap_or_default();
            let (above, name) = relpath.rsplit_once('/').unwrap_or(("", relpath));
            let mut dir = self.prefix_dir.clone();
            let mut names = Vec::new();
            for segment in above.split('/') {
                dir = dir.make_child(segment).map_err(outputs_not_written)?;
                names.push(segment);
                touched.insert(names.clone());
            }
            move_new(staging, &slot.to_string(), &dir, name, relpath)?;
        }
        move_new(staging, INDEX, &self.prefix_dir, INDEX, INDEX)?;
        touched
            .iter()
            .try_for_each(|names| self.prefix_dir.open_below(names)?.sync())
            .and_then(|()| self.prefix_dir.sync())
            .and_then(|()| self.sync_dirs_above())
            .map_err(outputs_not_written)
    }

    fn sync_dirs_above(&self) -> io::Result<()> {
        self.above.iter().try_for_each(Dir::sync)
    }

    pub(super) fn move_receipts(&self, staging: &Dir) -> Result<(), CommitError> {
        self.execution_dir
            .rename(GLOBAL_STAGING, &self.execution_dir, GLOBAL_RECEIPT)
            .map_err(receipts_not_written)?;
        self.execution_dir
            .sync()
            .and_then(|()| staging.rename(RECEIPT, &self.prefix_dir, RECEIPT))
            .and_then(|()| self.prefix_dir.sync())
            .map_err(|error| CommitError::Halfway(receipts_not_written(error)))
    }
}

/// Moves a staged file to its place, which nothing may have taken.
fn move_new(staging: &Dir, slot: &str, dir: &Dir, name: &str, relpath: &str) -> Result<(), Error> {
    staging
        .rename_new(slot, dir, name)
        .map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => file_taken(relpath),
            _ => outputs_not_written(error),
        })
}
