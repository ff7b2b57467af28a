//! The commit: outputs, index, global receipt, receipt, in this order, each whole or not at all.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path};

use super::prior::taken_by_file;
use super::staging::JOURNAL;
use super::{Folder, GLOBAL_RECEIPT, GLOBAL_STAGING, INDEX, RECEIPT, SCRATCH, Store};
use crate::error::{ErrorCode, ProcessorError};
use crate::hash::{sha256, sha256_of};
use crate::item::{Body, OutputItem};
use crate::outputs::{Index, IndexEntry, check_paths};
use crate::receipt::Receipt;

/// From this many files on, one sync of the whole file system takes less time than one of each file.
const SYNC_AT_ONCE: usize = 64;

/// Outputs and their index, whole and synced in the staging folder, not yet in their places.
pub struct Staged {
    /// Sorted by path; the place of each in the list is its slot, its name in the staging folder.
    pub entries: Vec<IndexEntry>,
    pub index_sha256: String,
}

/// Where a commit stopped.
pub enum Stopped {
    /// Nothing that speaks of success is in place.
    Before(ProcessorError),
    /// The global receipt is in place: nothing may be taken back, and the next run completes it.
    Halfway(ProcessorError),
}

impl From<ProcessorError> for Stopped {
    fn from(error: ProcessorError) -> Self {
        Self::Before(error)
    }
}

impl Store {
    /// Writes every output and the index into the staging folder and hashes them.
    ///
    /// # Errors
    ///
    /// `ERR_OUTPUT_PATH`, `ERR_OUTPUT_DUPLICATE`, `ERR_OUTPUT_WRITE`, and `ERR_PROCESSOR` for a body that is not a file
    /// in the scratch folder.
    pub fn stage(&self, outputs: Vec<OutputItem>) -> Result<Staged, ProcessorError> {
        let paths = check_paths(&outputs, &self.prefix)?;
        let mut outputs: Vec<_> = paths.into_iter().zip(outputs).collect();
        outputs.sort_by(|(a, _), (b, _)| a.cmp(b));
        let staging = self.staging().map_err(write_error)?;
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
                match at_once {
                    true => staging.sync_file_system()?,
                    false => unsynced.iter().try_for_each(File::sync_all)?,
                }
                Ok(bytes)
            })
            .map_err(write_error)?;
        Ok(Staged {
            entries: index.outputs,
            index_sha256: sha256(&index_bytes),
        })
    }

    /// Writes or moves a content into a slot of the staging folder; gives it open, with its hex SHA-256 and its length.
    pub(super) fn stage_body(
        &self,
        body: Body,
        staging: &Folder,
        slot: &str,
    ) -> Result<(File, String, u64), ProcessorError> {
        Ok(match body {
            Body::Bytes(bytes) => {
                let file = staging.write_file(slot, &bytes).map_err(write_error)?;
                (file, sha256(&bytes), bytes.len() as u64)
            }
            Body::File(path) | Body::SearchedFile(path) => {
                let file = self.take_scratch_file(&path, staging, slot)?;
                let (hash, size_bytes) = sha256_of(&file).map_err(write_error)?;
                (file, hash, size_bytes)
            }
            Body::Written(written) => {
                let file = self.take_scratch_file(written.path(), staging, slot)?;
                let (hash, size_bytes) = written.check(&file)?;
                (file, hash, size_bytes)
            }
        })
    }

    /// Puts everything in its place, with this success receipt.
    pub fn commit(&self, staged: &Staged, receipt: &[u8]) -> Result<(), Stopped> {
        let staging = self.staging().map_err(write_error)?;
        // All that needs space is written before the first file moves.
        self.stage_receipts(&staging, receipt)
            .and_then(|()| staging.sync())
            .map_err(receipt_error)?;
        self.move_outputs(staged, &staging)?;
        self.move_receipts(&staging)
    }

    /// Takes back what was not committed, and writes the error receipts as far as the disk allows: the log tells what
    /// it does not.
    pub fn record_failure(&self, receipt: &Receipt) {
        let discarded = self.discard();
        if let Err(error) = &discarded {
            tracing::error!(%error, "outputs_not_removed");
        }
        let written = receipt
            .to_bytes()
            .map_err(ProcessorError::from)
            .and_then(|bytes| self.commit_failure(&bytes));
        let is_written = written.is_ok();
        if let Err(error) = written {
            tracing::error!(%error, "error_receipt_not_written");
        }
        // an answer of the run before, of which no receipt speaks any more
        if is_written
            && receipt.rejected.is_none()
            && let Err(error) = self.remove_rejected()
        {
            tracing::warn!(%error, "rejected_answer_not_removed");
        }
        // While an output is left that should not be, the journal in the staging folder tells the next run of it.
        if discarded.is_ok()
            && let Err(error) = self.clear_staging()
        {
            tracing::warn!(%error, "staging_not_removed");
        }
    }

    /// Writes both receipts of a failed run; the staging folder stays.
    ///
    /// # Errors
    ///
    /// `ERR_RECEIPT_WRITE`.
    fn commit_failure(&self, receipt: &[u8]) -> Result<(), ProcessorError> {
        let staging = self
            .prefix_folder
            .make_child(&self.staging_name())
            .map_err(receipt_error)?;
        self.stage_receipts(&staging, receipt)
            .and_then(|()| self.sync_folders_above())
            .map_err(receipt_error)?;
        match self.move_receipts(&staging) {
            Ok(()) => Ok(()),
            Err(Stopped::Before(error) | Stopped::Halfway(error)) => Err(error),
        }
    }

    fn stage_receipts(&self, staging: &Folder, receipt: &[u8]) -> io::Result<()> {
        self.execution_folder
            .write_file(GLOBAL_STAGING, receipt)?
            .sync_all()?;
        staging.write_file(RECEIPT, receipt)?.sync_all()
    }

    fn move_outputs(&self, staged: &Staged, staging: &Folder) -> Result<(), ProcessorError> {
        let mut touched = BTreeSet::new();
        for (slot, entry) in staged.entries.iter().enumerate() {
            let relpath = self.prefix.relpath(&entry.path).unwrap_or_default();
            let (above, name) = relpath.rsplit_once('/').unwrap_or(("", relpath));
            let mut folder = self.prefix_folder.clone();
            let mut length = 0;
            for segment in above.split('/') {
                folder = folder.make_child(segment).map_err(write_error)?;
                length += segment.len();
                touched.insert(above.get(..length).unwrap_or(above));
                length += 1;
            }
            move_new(staging, &slot.to_string(), &folder, name, relpath)?;
        }
        move_new(staging, INDEX, &self.prefix_folder, INDEX, INDEX)?;
        touched
            .into_iter()
            .try_for_each(|folder| {
                let names: Vec<&str> = folder.split('/').collect();
                self.prefix_folder.open_below(&names)?.sync()
            })
            .and_then(|()| self.prefix_folder.sync())
            .and_then(|()| self.sync_folders_above())
            .map_err(write_error)
    }

    fn sync_folders_above(&self) -> io::Result<()> {
        self.above.iter().try_for_each(Folder::sync)
    }

    fn move_receipts(&self, staging: &Folder) -> Result<(), Stopped> {
        self.execution_folder
            .rename(GLOBAL_STAGING, &self.execution_folder, GLOBAL_RECEIPT)
            .map_err(receipt_error)?;
        self.execution_folder
            .sync()
            .and_then(|()| staging.rename(RECEIPT, &self.prefix_folder, RECEIPT))
            .and_then(|()| self.prefix_folder.sync())
            .map_err(|error| Stopped::Halfway(receipt_error(error)))
    }

    /// Moves a provider's file into a slot, and gives it open.
    fn take_scratch_file(&self, path: &Path, staging: &Folder, slot: &str) -> Result<File, ProcessorError> {
        let broken = |why: &str| {
            ProcessorError::new(
                ErrorCode::Processor,
                format!(
                    "the provider gave an output file that {why}; it has to be a regular file of its own in Config::scratch"
                ),
            )
        };
        let below = path
            .strip_prefix(self.scratch())
            .map_err(|_| broken("is not in the scratch folder"))?;
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
            .ok_or_else(|| broken("is the scratch folder itself"))?;
        let folder = staging
            .child(SCRATCH)
            .and_then(|scratch| scratch.open_below(&names))
            .map_err(|_| broken("is not in the scratch folder"))?;
        let file = folder
            .open_file(name)
            .map_err(|error| broken("cannot be opened").with_cause(error))?;
        let metadata = file.metadata().map_err(write_error)?;
        if metadata.nlink() != 1 {
            return Err(broken("has a second name (a hard link)"));
        }
        let mode = staging.file_mode().map_err(write_error)?;
        rustix::fs::fchmod(&file, mode).map_err(|errno| write_error(errno.into()))?;
        folder.rename(name, staging, slot).map_err(write_error)?;
        Ok(file)
    }
}

/// Moves a staged file to its place, which nothing may have taken.
fn move_new(
    staging: &Folder,
    slot: &str,
    folder: &Folder,
    name: &str,
    relpath: &str,
) -> Result<(), ProcessorError> {
    staging
        .rename_new(slot, folder, name)
        .map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => taken_by_file(relpath),
            _ => write_error(error),
        })
}

pub(super) fn write_error(error: io::Error) -> ProcessorError {
    ProcessorError::new(
        ErrorCode::OutputWrite,
        format!(
            "the outputs cannot be written: {error}; make room or mend the permissions, then run it again"
        ),
    )
}

pub(super) fn receipt_error(error: io::Error) -> ProcessorError {
    ProcessorError::new(
        ErrorCode::ReceiptWrite,
        format!(
            "the receipts cannot be written: {error}; make room or mend the permissions, then run it again"
        ),
    )
}
