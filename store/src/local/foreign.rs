//! What killed runs of other executions left in a prefix that they share with this one.

use std::ffi::CString;

use documents::Error;
use documents::layout::{EXECUTIONS, GLOBAL_RECEIPT, INDEX};

use super::artifacts::if_there;
use super::error::remains_not_removed;
use super::previous::read_success;
use super::store::{CHECKPOINT, LocalStore, STAGING};
use crate::previous::prefix_taken;

impl LocalStore {
    /// Takes back what other executions moved into the prefix and never committed. Their staging directories among the entries of
    /// the prefix name them. They are not running: this run has the lock of the prefix.
    ///
    /// # Errors
    ///
    /// `ERR_EXECUTION_CONFLICT` when one of them has its global receipt: its next run completes it.
    pub(super) fn make_room(&self, left: &[CString]) -> Result<(), Error> {
        if !self.is_locked.get() {
            return Ok(());
        }
        let own_index = self.prefix.path(INDEX)?;
        for name in left {
            let Ok(name) = name.to_str() else { continue };
            let Some(other) = name.strip_prefix(STAGING) else {
                continue;
            };
            if other == self.execution_id.as_str() {
                continue;
            }
            let execution =
                if_there(self.root.open_below(&[EXECUTIONS, other])).map_err(remains_not_removed)?;
            if let Some(dir) = execution
                && let Some(success) = read_success(&dir, GLOBAL_RECEIPT)?
                && success.has_index(own_index.as_str())
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
