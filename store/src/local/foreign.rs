//! What killed runs of other executions left in a prefix that they share with this one.

use std::ffi::CString;

use documents::Error;
use documents::layout::{EXECUTIONS, GLOBAL_RECEIPT};

use super::store::{CHECKPOINT, LocalStore, STAGING};
use crate::error::{prefix_taken, receipt_not_read, remains_not_removed};
use crate::previous::PreviousSuccess;

impl LocalStore {
    /// Takes back what other executions moved into the prefix and never committed. Their staging directories are among these
    /// entries of the prefix. They are not running: this run has the lease of the prefix.
    ///
    /// # Errors
    ///
    /// `ERR_EXECUTION_CONFLICT` when one of them has its global receipt: its next run completes it.
    pub(super) fn discard_foreign(&self, left: &[CString]) -> Result<(), Error> {
        if !self.is_leased.get() {
            return Ok(());
        }
        for name in left.iter().filter_map(|name| name.to_str().ok()) {
            let Some(other) = name.strip_prefix(STAGING) else {
                continue;
            };
            if other == self.execution_id.as_str() {
                continue;
            }
            let execution = self.root.find_below(&[EXECUTIONS, other]);
            if let Some(dir) = execution.map_err(remains_not_removed)?
                && let bytes = dir.read_file(GLOBAL_RECEIPT).map_err(receipt_not_read)?
                && let Some(success) = PreviousSuccess::parse(bytes)?
                && success.is_in(&self.prefix)
            {
                return Err(prefix_taken());
            }
            self.take_back(name)
                .and_then(|()| self.remove_slots(name, Some(CHECKPOINT)))
                .map_err(remains_not_removed)?;
        }
        Ok(())
    }
}
