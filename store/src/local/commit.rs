//! The commit: outputs, index, global receipt, receipt, in this order, each whole or not at all.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path};

use documents::hash::{sha256, sha256_of};
use documents::layout::{GLOBAL_RECEIPT, INDEX, RECEIPT};
use documents::outputs::{Index, IndexEntry, check_paths};
use documents::receipt::Receipt;
use documents::{Error, ErrorCode};

use super::dir::Dir;
use super::error::{outputs_not_written, receipts_not_written};
use super::store::{GLOBAL_STAGING, JOURNAL, LocalStore, SCRATCH};
use crate::execution::{CommitError, Staged};
use crate::output::{Body, OutputItem};
use crate::previous::file_taken;

/// From this many files on, one sync of the whole file system takes less time than one of each file.
const SYNC_AT_ONCE: usize = 64;

impl LocalStore {
    /// Writes every output and the index into the staging directory and hashes them.
    pub(super) fn stage_outputs(&self, outputs: Vec<OutputItem>) -> Result<Staged, Error> {
        let relpaths = outputs.iter().map(|output| output.relpath.as_str());
        let paths = check_paths(relpaths, &self.prefix)?;
        let mut outputs: Vec<_> = paths.into_iter().zip(outputs).collect();
        outputs.sort_by(|(a, _), (b, _)| a.cmp(b));
        let staging = self.staging().map_err(outputs_not_written)?;
        let mut entries = Vec::with_capacity(outputs.len());
        let mut unsynced = Vec::new();
        let at_once = outputs.len() > SYNC_AT_ONCE;
        for (slot, (path, output)) in outputs.into_iter().enumerate() {
            let slot = slot.to_string();
            let (file, hash, size_bytes) = self.stage_body(output.body, &staging, &slot)?;
            if !at_once {
                unsynced.push(file);
            }
            tracing::debug!(
                path = path.as_str(),
                sha256 = hash,
                size_bytes,
                mime = output.mime,
                meta = ?output.meta,
                "output_staged"
            );
            entries.push(IndexEntry {
                path: path.as_str().to_owned(),
                cid: format!("sha256:{hash}"),
                size_bytes,
                mime: output.mime,
            });
        }
        let index = Index { outputs: entries };
        let index_bytes = serde_json::to_vec(&index)
            .map_err(io::Error::from)
            .and_then(|bytes| {
                unsynced.push(staging.write_file(INDEX, &bytes)?);
                unsynced.push(staging.write_file(JOURNAL, &bytes)?);
                if at_once {
                    staging.sync_file_system()?;
                } else {
                    unsynced.iter().try_for_each(File::sync_all)?;
                }
                Ok(bytes)
            })
            .map_err(outputs_not_written)?;
        Ok(Staged {
            entries: index.outputs,
            index_path: self.prefix.path(INDEX)?.as_str().to_owned(),
            index_sha256: sha256(&index_bytes),
        })
    }

    /// Writes or moves a content into a slot of the staging directory; gives it open, with its hex SHA-256 and its length.
    pub(super) fn stage_body(
        &self,
        body: Body,
        staging: &Dir,
        slot: &str,
    ) -> Result<(File, String, u64), Error> {
        Ok(match body {
            Body::Bytes(bytes) => {
                let file = staging.write_file(slot, &bytes).map_err(outputs_not_written)?;
                (file, sha256(&bytes), bytes.len() as u64)
            }
            Body::File(path) | Body::SearchedFile(path) => {
                let file = self.take_scratch_file(&path, staging, slot)?;
                let (hash, size_bytes) = sha256_of(&file).map_err(outputs_not_written)?;
                (file, hash, size_bytes)
            }
            Body::Hashed(hashed) => {
                let file = self.take_scratch_file(hashed.path(), staging, slot)?;
                let (hash, size_bytes) = hashed.check(&file)?;
                (file, hash, size_bytes)
            }
        })
    }

    /// Moves everything to its place, and then this success receipt.
    pub(super) fn publish(&self, staged: &Staged, receipt: &[u8]) -> Result<(), CommitError> {
        let staging = self.staging().map_err(outputs_not_written)?;
        // everything that needs space is written before the first file moves
        self.stage_receipts(&staging, receipt)
            .and_then(|()| staging.sync())
            .map_err(receipts_not_written)?;
        self.move_outputs(staged, &staging)?;
        self.move_receipts(&staging)?;
        if let Err(error) = self.remove_staging() {
            tracing::warn!(%error, "staging_not_removed"); // the success is whole without it
        }
        Ok(())
    }

    /// Takes back what was not committed, and writes the error receipts as far as the disk allows.
    pub(super) fn discard_and_record(&self, receipt: &Receipt) {
        let discarded = self.discard();
        if let Err(error) = &discarded {
            tracing::error!(%error, "outputs_not_removed");
        }
        let written = receipt
            .to_bytes()
            .map_err(receipts_not_written)
            .and_then(|bytes| self.commit_failure(&bytes));
        let is_written = written.is_ok();
        if let Err(error) = written {
            tracing::error!(%error, "error_receipt_not_written");
        }
        // an answer of the run before, which no receipt names any more
        if is_written
            && receipt.rejected.is_none()
            && let Err(error) = self.remove_rejected()
        {
            tracing::warn!(%error, "rejected_answer_not_removed");
        }
        // while an output is left that should not be, the next run needs the journal in the staging directory
        if discarded.is_ok()
            && let Err(error) = self.clear_staging()
        {
            tracing::warn!(%error, "staging_not_removed");
        }
    }

    /// Writes both receipts of a failed run; the staging directory stays.
    ///
    /// # Errors
    ///
    /// `ERR_RECEIPT_WRITE`.
    fn commit_failure(&self, receipt: &[u8]) -> Result<(), Error> {
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

    fn stage_receipts(&self, staging: &Dir, receipt: &[u8]) -> io::Result<()> {
        self.execution_dir
            .write_file(GLOBAL_STAGING, receipt)?
            .sync_all()?;
        staging.write_file(RECEIPT, receipt)?.sync_all()
    }

    fn move_outputs(&self, staged: &Staged, staging: &Dir) -> Result<(), Error> {
        let mut touched = BTreeSet::new();
        for (slot, entry) in staged.entries.iter().enumerate() {
            let relpath = self.prefix.relpath(&entry.path).unwrap_or_default();
            let (above, name) = relpath.rsplit_once('/').unwrap_or(("", relpath));
            let mut dir = self.prefix_dir.clone();
            let mut length = 0;
            for segment in above.split('/') {
                dir = dir.make_child(segment).map_err(outputs_not_written)?;
                length += segment.len();
                touched.insert(above.get(..length).unwrap_or(above));
                length += 1;
            }
            move_new(staging, &slot.to_string(), &dir, name, relpath)?;
        }
        move_new(staging, INDEX, &self.prefix_dir, INDEX, INDEX)?;
        touched
            .into_iter()
            .try_for_each(|dir| {
                let names: Vec<&str> = dir.split('/').collect();
                self.prefix_dir.open_below(&names)?.sync()
            })
            .and_then(|()| self.prefix_dir.sync())
            .and_then(|()| self.sync_dirs_above())
            .map_err(outputs_not_written)
    }

    fn sync_dirs_above(&self) -> io::Result<()> {
        self.above.iter().try_for_each(Dir::sync)
    }

    fn move_receipts(&self, staging: &Dir) -> Result<(), CommitError> {
        self.execution_dir
            .rename(GLOBAL_STAGING, &self.execution_dir, GLOBAL_RECEIPT)
            .map_err(receipts_not_written)?;
        self.execution_dir
            .sync()
            .and_then(|()| staging.rename(RECEIPT, &self.prefix_dir, RECEIPT))
            .and_then(|()| self.prefix_dir.sync())
            .map_err(|error| CommitError::Halfway(receipts_not_written(error)))
    }

    /// Moves a provider's file into a slot, and gives it open.
    fn take_scratch_file(&self, path: &Path, staging: &Dir, slot: &str) -> Result<File, Error> {
        let broken = |why: &str| {
            Error::new(
                ErrorCode::Processor,
                format!(
                    "the provider gave an output file that {why}; it has to be a regular file of its own in Config::scratch"
                ),
            )
        };
        let below = path
            .strip_prefix(self.scratch_path())
            .map_err(|_| broken("is not in the scratch directory"))?;
        let mut names = Vec::new();
        for component in below.components() {
            match component {
                Component::Normal(name) => names.push(
                    name.to_str()
                        .ok_or_else(|| broken("has a name that is not UTF-8"))?,
                ),
                _ => return Err(broken("has a path with `..`")),
            }
        }
        let name = names
            .pop()
            .ok_or_else(|| broken("is the scratch directory itself"))?;
        let dir = staging
            .child(SCRATCH)
            .and_then(|scratch| scratch.open_below(&names))
            .map_err(|_| broken("is not in the scratch directory"))?;
        let file = dir
            .open_file(name)
            .map_err(|error| broken("cannot be opened").with_cause(error))?;
        let metadata = file.metadata().map_err(outputs_not_written)?;
        if metadata.nlink() != 1 {
            return Err(broken("has a second name (a hard link)"));
        }
        let mode = staging.file_mode().map_err(outputs_not_written)?;
        rustix::fs::fchmod(&file, mode).map_err(|errno| outputs_not_written(errno.into()))?;
        dir.rename(name, staging, slot).map_err(outputs_not_written)?;
        Ok(file)
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
