//! Answers that were paid for and could not be used: they are kept, but are not outputs.

use std::ffi::CString;
use std::io;

use documents::Error;
use documents::layout::{REJECTED, REJECTED_ANSWER};
use documents::receipt::Rejected;

use super::artifacts::if_there;
use super::error::outputs_not_written;
use super::store::LocalStore;
use crate::output::Body;

/// The answer's name in the staging directory.
const SLOT: &str = "rejected";

impl LocalStore {
    /// Writes an answer, durably, in the place of one that an earlier run left.
    pub(super) fn write_rejected(&self, answer: Body) -> Result<Rejected, Error> {
        let staging = self.staging().map_err(outputs_not_written)?;
        let (file, sha256, size_bytes) = self.stage_body(answer, &staging, SLOT)?;
        file.sync_all()
            .and_then(|()| self.prefix_dir.make_child(REJECTED))
            .and_then(|dir| {
                staging.rename(SLOT, &dir, REJECTED_ANSWER)?;
                dir.sync()?;
                self.prefix_dir.sync()
            })
            .map_err(outputs_not_written)?;
        let path = self.prefix.path(&format!("{REJECTED}/{REJECTED_ANSWER}"))?;
        Ok(Rejected {
            path: path.as_str().to_owned(),
            sha256,
            size_bytes,
        })
    }

    /// Notes whether an earlier run left a rejected answer among these entries of the prefix.
    pub(super) fn note_rejected(&self, names: &[CString]) {
        let is_there = names.iter().any(|name| name.to_bytes() == REJECTED.as_bytes());
        self.has_rejected.set(is_there);
    }

    /// Removes the rejected answer of an earlier run, if there is one.
    pub(super) fn remove_rejected(&self) -> io::Result<()> {
        let Some(dir) = if_there(self.prefix_dir.child(REJECTED))? else {
            return Ok(());
        };
        dir.remove_file(REJECTED_ANSWER)?;
        self.prefix_dir.remove_empty(REJECTED).map(drop)
    }
}
