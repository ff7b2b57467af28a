//! The receipts of an earlier run on the disk.

use documents::layout::{GLOBAL_RECEIPT, INDEX, RECEIPT};
use documents::outputs::IndexEntry;
use documents::{Error, WorldPath};

use super::dir::Dir;
use super::error::{receipt_not_read, receipts_not_written};
use super::store::{GLOBAL_STAGING, LocalStore};
use crate::previous::{PreviousSuccess, unverified};
use crate::verify;

impl LocalStore {
    pub(super) fn find_success(&self) -> Result<Option<PreviousSuccess>, Error> {
        let global = read_success(&self.execution_dir, GLOBAL_RECEIPT)?;
        let local = read_success(&self.prefix_dir, RECEIPT)?;
        let index = self.prefix.path(INDEX)?;
        PreviousSuccess::choose(global, local, &self.execution_id, index.as_str())
    }

    pub(super) fn verify_and_complete(&self, previous: &PreviousSuccess) -> Result<Vec<IndexEntry>, Error> {
        let entries = verify::success(&self.root, &previous.receipt).map_err(|error| unverified(&error))?;
        let index = previous.receipt.outputs_index.as_deref().unwrap_or_default();
        let index = WorldPath::parse(index)?;
        let prefix_dir = self
            .root
            .open_below(&index.split().0)
            .map_err(receipts_not_written)?;
        for (dir, name) in [(&self.execution_dir, GLOBAL_RECEIPT), (&prefix_dir, RECEIPT)] {
            if dir.read_file(name).map_err(receipt_not_read)?.as_ref() != Some(&previous.bytes) {
                // the killed run may not have synced the receipt that is there
                self.execution_dir
                    .sync()
                    .and_then(|()| dir.write_file(GLOBAL_STAGING, &previous.bytes))
                    .and_then(|file| file.sync_all())
                    .and_then(|()| dir.rename(GLOBAL_STAGING, dir, name))
                    .and_then(|()| dir.sync())
                    .map_err(receipts_not_written)?;
            }
        }
        if let Err(error) = self.remove_rejected().and_then(|()| self.remove_staging()) {
            tracing::warn!(%error, "staging_not_removed"); // the success is whole without it
        }
        Ok(entries)
    }
}

/// The success receipt of this name, if there is one.
pub(super) fn read_success(dir: &Dir, name: &str) -> Result<Option<PreviousSuccess>, Error> {
    PreviousSuccess::parse(dir.read_file(name).map_err(receipt_not_read)?)
}
