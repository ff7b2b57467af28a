//! An answer that was paid for and could not be used: no output, but not thrown away.

use std::ffi::CString;
use std::io;

use super::Store;
use super::commit::write_error;
use super::staging::if_there;
use crate::error::ProcessorError;
use crate::item::Body;
use crate::outputs::find_secret;
use crate::receipt::Rejected;
use crate::redact::Redactor;

/// The folder of such an answer in the write prefix.
pub const REJECTED: &str = "rejected";
/// Its name there.
pub const ANSWER: &str = "response.bin";
/// Its name in the staging folder.
const SLOT: &str = "rejected";

/// What became of an answer.
#[derive(Debug)]
pub enum Keeping {
    /// It is on the disk, whole, in the place of one that an earlier run left.
    Kept(Rejected),
    /// It contains the value of the secret of this name, and is kept nowhere.
    HasSecret(String),
}

impl Store {
    /// Keeps an answer, before the receipt that speaks of it is written and before the scratch folder goes.
    ///
    /// # Errors
    ///
    /// `ERR_OUTPUT_WRITE`, and `ERR_PROCESSOR` for a body that is not a file in the scratch folder.
    pub fn keep_rejected(&self, answer: Body, redactor: &Redactor) -> Result<Keeping, ProcessorError> {
        if let Some(name) = find_secret(&answer, redactor).map_err(write_error)? {
            return Ok(Keeping::HasSecret(name));
        }
        let staging = self.staging().map_err(write_error)?;
        let (file, sha256, size_bytes) = self.stage_body(answer, &staging, SLOT)?;
        file.sync_all()
            .and_then(|()| self.prefix_folder.make_child(REJECTED))
            .and_then(|folder| {
                staging.rename(SLOT, &folder, ANSWER)?;
                folder.sync()?;
                self.prefix_folder.sync()
            })
            .map_err(write_error)?;
        let path = self.prefix.path(&format!("{REJECTED}/{ANSWER}"))?;
        Ok(Keeping::Kept(Rejected {
            path: path.as_str().to_owned(),
            sha256,
            size_bytes,
        }))
    }

    /// Remembers whether there may be an answer of an earlier run among what the prefix has.
    pub(super) fn note_rejected(&self, names: &[CString]) {
        let is_there = names.iter().any(|name| name.to_bytes() == REJECTED.as_bytes());
        self.has_rejected.set(is_there);
    }

    /// Removes the answer that an earlier run kept, if there is one, and nothing else.
    pub(super) fn remove_rejected(&self) -> io::Result<()> {
        let Some(folder) = if_there(self.prefix_folder.child(REJECTED))? else {
            return Ok(());
        };
        folder.remove_file(ANSWER)?;
        self.prefix_folder.remove_empty(REJECTED).map(drop)
    }
}
