//! The protocol of an execution, on this machine's disk.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use documents::Error;
use documents::hash::{sha256, sha256_of};
use documents::layout::{GLOBAL_RECEIPT, INDEX, OUTPUTS, RECEIPT, REJECTED, REJECTED_ANSWER};
use documents::outputs::IndexEntry;
use documents::receipt::{Receipt, Rejected};

use super::checkpoint::LocalCheckpoint;
use super::dir::Dir;
use super::scratch_file;
use super::staging::remove_rejected;
use super::start::LocalStart;
use super::store::{GLOBAL_STAGING, JOURNAL, LocalStore, SCRATCH};
use crate::artifacts::Artifacts;
use crate::error::{
    file_taken, outputs_not_written, prefix_not_writable, receipt_not_read, receipts_not_written,
};
use crate::execution::{Checkpoint, CommitError, ExecutionStore, Staged};
use crate::output::{Body, OutputItem, sort_outputs};
use crate::previous::PreviousSuccess;

/// From this many files on, one sync of the whole file system takes less time than one of each file.
const SYNC_AT_ONCE: usize = 64;
/// The rejected answer's name in the staging directory.
const REJECTED_SLOT: &str = "rejected";

impl ExecutionStore for LocalStore {
    fn artifacts(&self) -> Arc<dyn Artifacts> {
        Arc::new(self.root.clone())
    }

    fn try_lease(&self) -> io::Result<bool> {
        let mut dirs = [
            (self.prefix_dir.identity()?, &self.prefix_dir),
            (self.execution_dir.identity()?, &self.execution_dir),
        ];
        // every run locks in the same order, so that two never wait for each other
        dirs.sort_by_key(|(identity, _)| *identity);
        let [(first_identity, first), (second_identity, second)] = dirs;
        let is_leased = first.try_lock()? && (first_identity == second_identity || second.try_lock()?);
        self.is_leased.set(is_leased);
        Ok(is_leased)
    }

    fn previous_success(&self) -> Result<Option<PreviousSuccess>, Error> {
        let global = self.execution_dir.read_file(GLOBAL_RECEIPT);
        let global = PreviousSuccess::parse(global.map_err(receipt_not_read)?)?;
        let local = self.prefix_dir.read_file(RECEIPT);
        let local = PreviousSuccess::parse(local.map_err(receipt_not_read)?)?;
        PreviousSuccess::choose(global, local, &self.execution_id, &self.prefix)
    }

    fn complete(&self, previous: &PreviousSuccess) -> Result<Vec<IndexEntry>, Error> {
        let (entries, local) = previous.verify(&self.root)?;
        // not always this run's prefix
        let prefix_dir = self
            .root
            .open_below(&local.split().0)
            .map_err(receipts_not_written)?;
        for (dir, name) in [(&self.execution_dir, GLOBAL_RECEIPT), (&prefix_dir, RECEIPT)] {
            if dir.read_file(name).map_err(receipt_not_read)?.as_ref() != Some(&previous.bytes) {
                // the killed run may not have synced the receipt that is there
                self.execution_dir
                    .sync()
                    .and_then(|()| dir.write_file(GLOBAL_STAGING, &previous.bytes))
                    .and_then(|file| file.sync_all())
                    .and_then(|()| dir.rename(GLOBAL_STAGING, dir, name))
                    .and_then(|()| dir.sync())
                    .map_err(receipts_not_written)?;
            }
        }
        let removed = remove_rejected(&prefix_dir).and_then(|()| self.remove_staging());
        if let Err(error) = removed {
            tracing::warn!(%error, "staging_not_removed"); // the success is whole without it
        }
        Ok(entries)
    }

    fn prepare(&self) -> Result<(), Error> {
        let left = self.prefix_dir.names().map_err(prefix_not_writable)?;
        if !left.is_empty() {
            let has_rejected = left.iter().any(|name| name.to_bytes() == REJECTED.as_bytes());
            self.has_rejected.set(has_rejected);
            self.discard().map_err(prefix_not_writable)?;
            self.discard_foreign(&left)?;
            if self.prefix_dir.has(INDEX).map_err(prefix_not_writable)? {
                return Err(file_taken(INDEX));
            }
            if left.iter().any(|name| name.to_bytes() == OUTPUTS.as_bytes())
                && let Ok(dir) = self.prefix_dir.child(OUTPUTS)
            {
                dir.check_is_writable().map_err(outputs_not_written)?;
            }
        }
        let staging = self.prefix_dir.make_child(&self.staging_name());
        staging.map(drop).map_err(prefix_not_writable)
    }

    fn scratch(&self) -> PathBuf {
        self.host_prefix.join(self.staging_name()).join(SCRATCH)
    }

    fn checkpoint(&self) -> Box<dyn Checkpoint> {
        Box::new(LocalCheckpoint {
            prefix_dir: self.prefix_dir.clone(),
            staging_name: self.staging_name(),
        })
    }

    fn start(&self) -> Box<dyn Checkpoint> {
        Box::new(LocalStart {
            execution_dir: self.execution_dir.clone(),
            above: self.above.clone(),
        })
    }

    fn stage(&self, outputs: Vec<OutputItem>) -> Result<Staged, Error> {
        let outputs = sort_outputs(outputs, &self.prefix)?;
        let staging = self.staging().map_err(outputs_not_written)?;
        let mut entries = Vec::with_capacity(outputs.len());
        let mut unsynced = Vec::new();
        let at_once = outputs.len() > SYNC_AT_ONCE;
        for (slot, (path, output)) in outputs.into_iter().enumerate() {
            let (file, hash, size_bytes) = self.stage_body(output.body, &staging, &slot.to_string())?;
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
        let (staged, index) = Staged::new(entries, &self.prefix)?;
        let mut write_index = || {
            unsynced.push(staging.write_file(INDEX, &index)?);
            unsynced.push(staging.write_file(JOURNAL, &index)?);
            if at_once {
                staging.sync_file_system()
            } else {
                unsynced.iter().try_for_each(File::sync_all)
            }
        };
        write_index().map_err(outputs_not_written)?;
        Ok(staged)
    }

    fn commit(&self, staged: &Staged, receipt: &[u8]) -> Result<(), CommitError> {
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

    fn keep_rejected(&self, answer: Body) -> Result<Rejected, Error> {
        let staging = self.staging().map_err(outputs_not_written)?;
        let (file, sha256, size_bytes) = self.stage_body(answer, &staging, REJECTED_SLOT)?;
        file.sync_all()
            .and_then(|()| self.prefix_dir.make_child(REJECTED))
            .and_then(|dir| {
                staging.rename(REJECTED_SLOT, &dir, REJECTED_ANSWER)?;
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

    fn record_failure(&self, receipt: &Receipt) -> bool {
        let discarded = self.discard();
        if let Err(error) = &discarded {
            tracing::error!(%error, "outputs_not_removed");
        }
        let receipt = Receipt {
            rejected: receipt.rejected.clone().or_else(|| self.earlier_rejected()),
            ..receipt.clone()
        };
        let bytes = receipt.to_bytes().map_err(receipts_not_written);
        let written = bytes.and_then(|bytes| self.commit_failure(&bytes));
        if let Err(error) = &written {
            tracing::error!(%error, "error_receipt_not_written");
        } else if receipt.rejected.is_none()
            && let Err(error) = remove_rejected(&self.prefix_dir)
        {
            // no receipt names what cannot be read
            tracing::warn!(%error, "rejected_answer_not_removed");
        }
        // while an output is left that should not be, the next run needs the journal in the staging directory
        if discarded.is_ok()
            && let Err(error) = self.clear_staging()
        {
            tracing::warn!(%error, "staging_not_removed");
        }
        written.is_ok()
    }
}

impl LocalStore {
    /// The rejected answer of an earlier run. It was paid for, and stays until another one or a success takes its place.
    fn earlier_rejected(&self) -> Option<Rejected> {
        let path = self.prefix.path(&format!("{REJECTED}/{REJECTED_ANSWER}")).ok()?;
        let (sha256, size_bytes) = sha256_of(self.root.open(&path).ok()?).ok()?;
        Some(Rejected {
            path: path.as_str().to_owned(),
            sha256,
            size_bytes,
        })
    }

    /// Writes or moves a content into a slot of the staging directory; returns it open, with its hex SHA-256 and its length.
    fn stage_body(&self, body: Body, staging: &Dir, slot: &str) -> Result<(File, String, u64), Error> {
        let take = |path: &_| {
            let scratch = || staging.child(SCRATCH);
            let (file, dir, name) = scratch_file::open(path, &self.scratch(), scratch)?;
            let mode = staging.file_mode().map_err(outputs_not_written)?;
            rustix::fs::fchmod(&file, mode).map_err(|errno| outputs_not_written(errno.into()))?;
            dir.rename(name, staging, slot).map_err(outputs_not_written)?;
            Ok::<_, Error>(file)
        };
        Ok(match body {
            Body::Bytes(bytes) => {
                let file = staging.write_file(slot, &bytes).map_err(outputs_not_written)?;
                (file, sha256(&bytes), bytes.len() as u64)
            }
            Body::File(path) | Body::SearchedFile(path) => {
                let file = take(&path)?;
                let (hash, size_bytes) = sha256_of(&file).map_err(outputs_not_written)?;
                (file, hash, size_bytes)
            }
            Body::Hashed(hashed) => {
                let file = take(hashed.path())?;
                let (hash, size_bytes) = hashed.check(&file)?;
                (file, hash, size_bytes)
            }
        })
    }
}
