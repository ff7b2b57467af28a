//! What killed runs of other executions left in a prefix that they share with this one.

use std::ffi::CString;
use std::io;

use super::prior::{read_success, taken};
use super::staging::{KEPT, if_there};
use super::{EXECUTIONS, GLOBAL_RECEIPT, STAGING, Store};
use crate::error::{ErrorCode, ProcessorError};

impl Store {
    /// Takes back what other executions have moved into the prefix and never came to commit, as far as their staging
    /// folders are among what was left there. They do not go on: this run has the lock of the prefix.
    ///
    /// # Errors
    ///
    /// `ERR_EXECUTION_CONFLICT` when one of them has its global receipt: its next run completes it.
    pub(super) fn make_room(&self, left: &[CString]) -> Result<(), ProcessorError> {
        if !self.is_locked.get() {
            return Ok(());
        }
        let own_index = self.index_path()?;
        for name in left {
            let Ok(name) = name.to_str() else { continue };
            let Some(other) = name.strip_prefix(STAGING) else {
                continue;
            };
            if other == self.execution_id.as_str() {
                continue;
            }
            let execution = if_there(self.root.open_below(&[EXECUTIONS, other])).map_err(unreadable)?;
            if let Some(folder) = execution
                && let Some(success) = read_success(&folder, GLOBAL_RECEIPT)?
                && success.receipt.outputs_index.as_deref() == Some(own_index.as_str())
            {
                return Err(taken());
            }
            self.take_back(name)
                .and_then(|()| self.remove_slots(name, Some(KEPT)))
                .map_err(unreadable)?;
        }
        Ok(())
    }
}

fn unreadable(error: io::Error) -> ProcessorError {
    ProcessorError::new(
        ErrorCode::OutputWrite,
        format!("what an earlier run left in the write prefix cannot be removed: {error}"),
    )
}
