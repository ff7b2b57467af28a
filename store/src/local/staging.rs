//! The staging directory of an execution, and the removal of what a killed run left.

use std::collections::BTreeSet;
use std::io;

use documents::layout::{INDEX, REJECTED, REJECTED_ANSWER, START};
use documents::outputs::Index;

use super::dir::Dir;
use super::store::{CHECKPOINT, GLOBAL_STAGING, JOURNAL, LocalStore};

impl LocalStore {
    pub(super) fn staging(&self) -> io::Result<Dir> {
        self.prefix_dir.child(&self.staging_name())
    }

    /// Removes everything of this execution that no success receipt names, but for the checkpoint.
    pub(super) fn discard(&self) -> io::Result<()> {
        self.take_back(&self.staging_name())?;
        self.clear_staging()
    }

    /// Empties the staging directory, but for the checkpoint.
    pub(super) fn clear_staging(&self) -> io::Result<()> {
        self.execution_dir.remove_file(GLOBAL_STAGING)?;
        self.remove_slots(&self.staging_name(), Some(CHECKPOINT))
    }

    /// Removes what a success no longer needs: its start, the staging directory, and the rejected answer of an earlier run.
    pub(super) fn remove_staging(&self) -> io::Result<()> {
        if self.has_rejected.get() {
            remove_rejected(&self.prefix_dir)?;
        }
        self.execution_dir.remove_file(START)?;
        self.execution_dir.remove_file(GLOBAL_STAGING)?;
        self.remove_slots(&self.staging_name(), None)
    }

    /// Removes a staging directory, or everything in it but the file to keep.
    pub(super) fn remove_slots(&self, staging_name: &str, keep: Option<&str>) -> io::Result<()> {
        if let Some(staging) = self.prefix_dir.find_below(&[staging_name])? {
            staging.remove_file(JOURNAL)?; // first: without it, an empty slot means nothing
            if let Some(kept) = keep
                && staging.has(kept)?
            {
                let names = staging.names()?;
                let mut others = names.iter().filter(|name| name.to_bytes() != kept.as_bytes());
                return others.try_for_each(|name| staging.remove_tree(name.as_c_str()));
            }
        }
        if self.prefix_dir.remove_empty(staging_name)? {
            Ok(())
        } else {
            self.prefix_dir.remove_tree(staging_name)
        }
    }

    /// Removes the outputs and the index that a run moved out of its staging directory, by the journal there.
    pub(super) fn take_back(&self, staging_name: &str) -> io::Result<()> {
        let Some(staging) = self.prefix_dir.find_below(&[staging_name])? else {
            return Ok(());
        };
        let Some(bytes) = staging.read_file(JOURNAL)? else {
            return Ok(());
        };
        let Ok(journal) = serde_json::from_slice::<Index>(&bytes) else {
            return Ok(()); // torn: nothing has been moved
        };
        let mut dirs = BTreeSet::new();
        for (slot, entry) in journal.outputs.iter().enumerate() {
            let Some(relpath) = self.prefix.relpath(&entry.path) else {
                continue;
            };
            let mut names: Vec<&str> = relpath.split('/').collect();
            let name = names.pop().unwrap_or_default();
            if !staging.has(&slot.to_string())?
                && let Some(dir) = self.prefix_dir.find_below(&names)?
            {
                dir.remove_file(name)?;
            }
            while let Some(last) = names.pop() {
                dirs.insert((names.join("/"), last.to_owned()));
            }
        }
        if !staging.has(INDEX)? {
            self.prefix_dir.remove_file(INDEX)?;
        }
        for (above, name) in dirs.iter().rev() {
            let above: Vec<&str> = above.split_terminator('/').collect();
            if let Some(dir) = self.prefix_dir.find_below(&above)? {
                dir.remove_empty(name)?;
            }
        }
        Ok(())
    }
}

/// Removes the rejected answer of an earlier run, if there is one.
pub(super) fn remove_rejected(prefix_dir: &Dir) -> io::Result<()> {
    let Some(dir) = prefix_dir.find_below(&[REJECTED])? else {
        return Ok(());
    };
    dir.remove_file(REJECTED_ANSWER)?;
    prefix_dir.remove_empty(REJECTED).map(drop)
}
