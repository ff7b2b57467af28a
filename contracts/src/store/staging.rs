//! What a run keeps before it commits, and the removal of what a killed one left.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

use super::prior::taken_by_file;
use super::{Folder, GLOBAL_STAGING, INDEX, Store};
use crate::error::{ErrorCode, ProcessorError};
use crate::outputs::Index;

/// The provider's own folder, inside the staging folder.
pub(super) const SCRATCH: &str = "scratch";

/// A copy of the index that stays in the staging folder: written when every output is in its slot there and before the
/// first one moves. So with it, an empty slot is an output that was moved; without it, nothing was.
pub(super) const JOURNAL: &str = "journal.json";

/// What the provider keeps for the next run of its execution.
pub(super) const KEPT: &str = "kept.json";

impl Store {
    /// Removes what a killed run of this execution id left, and makes the staging folder.
    ///
    /// Only for a run that holds the lock and has found no success receipt.
    ///
    /// # Errors
    ///
    /// `ERR_OUTPUT_WRITE`, and `ERR_EXECUTION_CONFLICT` when the index of another execution is in the prefix.
    pub fn prepare(&self) -> Result<(), ProcessorError> {
        let left = self.prefix_folder.names().map_err(unwritable)?;
        if !left.is_empty() {
            self.note_rejected(&left);
            self.discard().map_err(unwritable)?;
            self.make_room(&left)?;
            if self.prefix_folder.has(INDEX).map_err(unwritable)? {
                return Err(taken_by_file(INDEX));
            }
        }
        let staging = self.prefix_folder.make_child(&self.staging_name());
        staging.map(drop).map_err(unwritable)
    }

    /// Where the scratch folder is on this machine; it is made on first use.
    pub fn scratch(&self) -> PathBuf {
        self.host_prefix.join(self.staging_name()).join(SCRATCH)
    }

    pub(super) fn staging(&self) -> io::Result<Folder> {
        self.prefix_folder.child(&self.staging_name())
    }

    /// Removes everything of this execution that no success receipt speaks of, but what the provider has kept, and nothing
    /// else.
    pub fn discard(&self) -> io::Result<()> {
        self.take_back(&self.staging_name())?;
        self.clear_staging()
    }

    /// Removes what is not yet a part of the execution, but for what the provider has kept.
    pub(super) fn clear_staging(&self) -> io::Result<()> {
        self.execution_folder.remove_file(GLOBAL_STAGING)?;
        self.remove_slots(&self.staging_name(), Some(KEPT))
    }

    /// Removes what is no longer a part of the execution, as it has succeeded.
    ///
    /// # Errors
    ///
    /// Those of the disk.
    pub fn remove_staging(&self) -> io::Result<()> {
        if self.has_rejected.get() {
            self.remove_rejected()?;
        }
        self.execution_folder.remove_file(GLOBAL_STAGING)?;
        self.remove_slots(&self.staging_name(), None)
    }

    /// Removes a staging folder, but for the file of this name and then the folder itself.
    pub(super) fn remove_slots(&self, staging_name: &str, but: Option<&str>) -> io::Result<()> {
        if let Some(staging) = if_there(self.prefix_folder.child(staging_name))? {
            staging.remove_file(JOURNAL)?; // first: without it, the slots say nothing
            if let Some(kept) = but
                && staging.has(kept)?
            {
                let names = staging.names()?;
                let mut others = names.iter().filter(|name| name.to_bytes() != kept.as_bytes());
                return others.try_for_each(|name| staging.remove_tree(name.as_c_str()));
            }
        }
        match self.prefix_folder.remove_empty(staging_name)? {
            true => Ok(()),
            false => self.prefix_folder.remove_tree(staging_name),
        }
    }

    /// Removes the outputs and the index that a run has moved out of its staging folder, as the journal there tells.
    pub(super) fn take_back(&self, staging_name: &str) -> io::Result<()> {
        let Some(staging) = if_there(self.prefix_folder.child(staging_name))? else {
            return Ok(());
        };
        let Some(bytes) = staging.read_file(JOURNAL)? else {
            return Ok(());
        };
        let Ok(journal) = serde_json::from_slice::<Index>(&bytes) else {
            return Ok(()); // torn: nothing has been moved
        };
        let mut folders = BTreeSet::new();
        for (slot, entry) in journal.outputs.iter().enumerate() {
            let Some(relpath) = self.prefix.relpath(&entry.path) else {
                continue;
            };
            let mut names: Vec<&str> = relpath.split('/').collect();
            let name = names.pop().unwrap_or_default();
            if !staging.has(&slot.to_string())?
                && let Some(folder) = if_there(self.prefix_folder.open_below(&names))?
            {
                folder.remove_file(name)?;
            }
            while let Some(last) = names.pop() {
                folders.insert((names.join("/"), last.to_owned()));
            }
        }
        if !staging.has(INDEX)? {
            self.prefix_folder.remove_file(INDEX)?;
        }
        for (above, name) in folders.iter().rev() {
            let above: Vec<&str> = above.split_terminator('/').collect();
            if let Some(folder) = if_there(self.prefix_folder.open_below(&above))? {
                folder.remove_empty(name)?;
            }
        }
        Ok(())
    }
}

fn unwritable(error: io::Error) -> ProcessorError {
    ProcessorError::new(
        ErrorCode::OutputWrite,
        format!("the write prefix cannot be written: {error}"),
    )
}

/// A folder, if it is there and one; any other error means that it may be there.
pub(super) fn if_there(folder: io::Result<Folder>) -> io::Result<Option<Folder>> {
    match folder {
        Ok(folder) => Ok(Some(folder)),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
