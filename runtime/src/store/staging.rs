//! What a run keeps before it commits, and the removal of what a killed one left.

use std::collections::BTreeSet;
use std::io::{self, Read as _};
use std::path::PathBuf;

use super::{Folder, GLOBAL_STAGING, INDEX, Store};
use crate::error::{ErrorCode, ProcessorError};
use crate::outputs::Index;

/// The provider's own folder, inside the staging folder.
pub(crate) const SCRATCH: &str = "scratch";

impl Store {
    /// Removes what a killed run of this execution id left, and makes the staging folder.
    ///
    /// Only for a run that holds the lock and has found no success receipt.
    pub(crate) fn prepare(&self) -> Result<(), ProcessorError> {
        self.discard()
            .and_then(|()| self.prefix_folder.make_child(&self.staging_name()))
            .map(drop)
            .map_err(|error| {
                ProcessorError::new(
                    ErrorCode::OutputWrite,
                    format!("the write prefix cannot be written: {error}"),
                )
            })
    }

    /// Where the scratch folder is on this machine; it is made on first use.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.host_prefix.join(self.staging_name()).join(SCRATCH)
    }

    pub(super) fn staging(&self) -> io::Result<Folder> {
        self.prefix_folder.child(&self.staging_name())
    }

    /// Removes everything of this execution that no success receipt speaks of.
    ///
    /// The staged index, or the one already in place, says which outputs may have been moved; it goes last, so that a
    /// removal that is cut short can be taken up again.
    pub(crate) fn discard(&self) -> io::Result<()> {
        if let Some(staging) = if_there(self.staging())? {
            self.remove_listed(&staging)?;
        }
        self.remove_listed(&self.prefix_folder)?;
        self.prefix_folder.remove_file(INDEX)?;
        self.remove_staging()
    }

    pub(crate) fn remove_staging(&self) -> io::Result<()> {
        self.execution_folder.remove_file(GLOBAL_STAGING)?;
        self.prefix_folder.remove_tree(self.staging_name().as_str())
    }

    /// Removes the outputs that an index in this folder lists, as far as they lie below the prefix.
    fn remove_listed(&self, folder: &Folder) -> io::Result<()> {
        let mut bytes = Vec::new();
        match folder.open_file(INDEX) {
            Ok(mut file) => file.read_to_end(&mut bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        let Ok(index) = serde_json::from_slice::<Index>(&bytes) else {
            return Ok(()); // torn: written before any output was moved
        };
        let mut folders = BTreeSet::new();
        for entry in &index.outputs {
            let relpath = self.prefix.relpath(&entry.path);
            let Some(relpath) = relpath.filter(|relpath| relpath.starts_with("outputs/")) else {
                continue;
            };
            let mut names: Vec<&str> = relpath.split('/').collect();
            let name = names.pop().unwrap_or_default();
            if let Some(folder) = if_there(self.prefix_folder.open_below(&names))? {
                folder.remove_file(name)?;
            }
            while let Some(last) = names.pop() {
                folders.insert((names.join("/"), last.to_owned()));
            }
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
