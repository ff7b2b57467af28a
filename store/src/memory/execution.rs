//! The protocol of an execution, in memory.

use std::cell::{Cell, RefCell};
use std::fs;
use std::io::{self, Read as _};
use std::path::PathBuf;
use std::sync::Arc;

use documents::hash::sha256;
use documents::layout::{EXECUTIONS, INDEX, RECEIPT, REJECTED, REJECTED_ANSWER};
use documents::outputs::IndexEntry;
use documents::receipt::{Receipt, Rejected};
use documents::start::Start;
use documents::{Error, ExecutionId, WorldPath, WritePrefix};
use tempfile::TempDir;

use super::checkpoint::{MemoryCheckpoint, MemoryStart};
use super::files::Memory;
use crate::artifacts::Artifacts;
use crate::error::{file_taken, outputs_not_written, receipt_not_read, receipts_not_written};
use crate::execution::{Checkpoint, CommitError, ExecutionStore, Staged};
use crate::local::Dir;
use crate::local::scratch_file;
use crate::output::{Body, OutputItem, sort_outputs};
use crate::previous::PreviousSuccess;
use crate::receipts::receipts;

/// The store of one execution in [`Memory`].
#[derive(Debug)]
pub struct MemoryStore {
    memory: Memory,
    prefix: WritePrefix,
    /// The global receipt, then the one in the prefix.
    receipts: [WorldPath; 2],
    rejected: WorldPath,
    execution_id: ExecutionId,
    /// Holds the scratch directory, which the provider makes.
    temporary: TempDir,
    /// The contents of staged outputs in the order of their entries, and the index.
    staged: RefCell<Vec<Vec<u8>>>,
    is_leased: Cell<bool>,
}

impl MemoryStore {
    /// The store of one execution.
    ///
    /// # Errors
    ///
    /// `ERR_OUTPUT_WRITE` when no temporary directory can be made.
    pub fn open(memory: Memory, prefix: WritePrefix, execution_id: ExecutionId) -> Result<Self, Error> {
        Ok(Self {
            receipts: [Receipt::global_path_of(&execution_id), prefix.path(RECEIPT)?],
            rejected: prefix.path(&format!("{REJECTED}/{REJECTED_ANSWER}"))?,
            temporary: TempDir::new().map_err(outputs_not_written)?,
            memory,
            prefix,
            execution_id,
            staged: RefCell::default(),
            is_leased: Cell::new(false),
        })
    }

    /// The names of both directories.
    fn dirs(&self) -> [String; 2] {
        let execution = format!("{EXECUTIONS}/{}", self.execution_id.as_str());
        [self.prefix.segments().join("/"), execution]
    }

    /// Takes a content, with its hex SHA-256.
    fn take(&self, body: Body) -> Result<(Vec<u8>, String), Error> {
        let (path, hashed) = match body {
            Body::Bytes(bytes) => return Ok((bytes.clone(), sha256(&bytes))),
            Body::File(path) | Body::SearchedFile(path) => (path, None),
            Body::Hashed(hashed) => (hashed.path().to_owned(), Some(hashed)),
        };
        let open_scratch = || Dir::open(&self.scratch());
        let (mut file, dir, name) = scratch_file::open(&path, &self.scratch(), open_scratch)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)
            .and_then(|_| dir.remove_file(name))
            .map_err(outputs_not_written)?;
        let sha256 = match hashed {
            Some(hashed) => hashed.check(&file)?.0,
            None => sha256(&bytes),
        };
        Ok((bytes, sha256))
    }

    fn remove_scratch(&self) {
        let _ = fs::remove_dir_all(self.scratch()); // the temporary directory goes in any case
    }

    /// Removes what a success no longer needs.
    fn clean(&self) {
        self.remove_scratch();
        let _ = self.checkpoint().clear();
        let _ = self.start().clear();
    }
}

impl Drop for MemoryStore {
    fn drop(&mut self) {
        if self.is_leased.get() {
            let dirs = self.dirs();
            self.memory.state().leases.retain(|dir| !dirs.contains(dir));
        }
    }
}

impl ExecutionStore for MemoryStore {
    fn artifacts(&self) -> Arc<dyn Artifacts> {
        Arc::new(self.memory.clone())
    }

    fn try_lease(&self) -> io::Result<bool> {
        let dirs = self.dirs();
        let mut state = self.memory.state();
        if !self.is_leased.get() && dirs.iter().any(|dir| state.leases.contains(dir)) {
            return Ok(false);
        }
        state.leases.extend(dirs);
        self.is_leased.set(true);
        Ok(true)
    }

    fn previous_success(&self) -> Result<Option<PreviousSuccess>, Error> {
        let found = receipts(&self.memory, &self.prefix, &self.execution_id);
        let [local, global] = found.map_err(receipt_not_read)?;
        let (global, local) = (PreviousSuccess::parse(global)?, PreviousSuccess::parse(local)?);
        PreviousSuccess::choose(global, local, &self.execution_id, &self.prefix)
    }

    fn complete(&self, previous: &PreviousSuccess) -> Result<Vec<IndexEntry>, Error> {
        let (entries, local) = previous.verify(&self.memory)?;
        let mut state = self.memory.state();
        for path in [self.receipts[0].as_str(), local.as_str()] {
            let written = state.write(path, previous.bytes.clone());
            written.map_err(receipts_not_written)?;
        }
        state
            .files
            .remove(&local.beside(&format!("{REJECTED}/{REJECTED_ANSWER}")));
        drop(state);
        self.clean();
        Ok(entries)
    }

    fn prepare(&self) -> Result<(), Error> {
        self.remove_scratch();
        if self.memory.state().has(self.prefix.path(INDEX)?.as_str()) {
            return Err(file_taken(INDEX));
        }
        Ok(())
    }

    fn scratch(&self) -> PathBuf {
        self.temporary.path().join("scratch")
    }

    fn checkpoint(&self) -> Box<dyn Checkpoint> {
        Box::new(MemoryCheckpoint {
            memory: self.memory.clone(),
            name: self.dirs().join("//"),
        })
    }

    fn start(&self) -> Box<dyn Checkpoint> {
        Box::new(MemoryStart {
            memory: self.memory.clone(),
            path: Start::path_of(&self.execution_id),
        })
    }

    fn stage(&self, outputs: Vec<OutputItem>) -> Result<Staged, Error> {
        let mut contents = Vec::new();
        let mut entries = Vec::new();
        for (path, output) in sort_outputs(outputs, &self.prefix)? {
            let (bytes, sha256) = self.take(output.body)?;
            entries.push(IndexEntry {
                path: path.as_str().to_owned(),
                cid: format!("sha256:{sha256}"),
                size_bytes: bytes.len() as u64,
                mime: output.mime,
            });
            contents.push(bytes);
        }
        let (staged, index) = Staged::new(entries, &self.prefix)?;
        contents.push(index);
        self.staged.replace(contents);
        Ok(staged)
    }

    fn commit(&self, staged: &Staged, receipt: &[u8]) -> Result<(), CommitError> {
        let mut state = self.memory.state();
        let outputs = staged.entries.iter().map(|entry| &entry.path);
        let files = outputs.chain([&staged.index_path]).zip(self.staged.take());
        let before = state.files.clone();
        let publish = || {
            for (path, bytes) in files {
                if state.has(path) {
                    return Err(file_taken(self.prefix.relpath(path).unwrap_or(path)));
                }
                state.write(path, bytes).map_err(outputs_not_written)?;
            }
            state
                .write(self.receipts[0].as_str(), receipt.to_owned())
                .map_err(receipts_not_written)
        };
        if let Err(error) = publish() {
            state.files = before;
            return Err(error.into());
        }
        state
            .write(self.receipts[1].as_str(), receipt.to_owned())
            .map_err(|error| CommitError::Halfway(receipts_not_written(error)))?;
        state.files.remove(self.rejected.as_str());
        drop(state);
        self.clean();
        Ok(())
    }

    fn keep_rejected(&self, answer: Body) -> Result<Rejected, Error> {
        let (bytes, sha256) = self.take(answer)?;
        let path = self.rejected.as_str().to_owned();
        let size_bytes = bytes.len() as u64;
        let written = self.memory.state().write(&path, bytes);
        written.map_err(outputs_not_written)?;
        Ok(Rejected {
            path,
            sha256,
            size_bytes,
        })
    }

    fn record_failure(&self, receipt: &Receipt) -> bool {
        let mut state = self.memory.state();
        // the answer of an earlier run stays until another one or a success takes its place
        let earlier = || {
            let bytes = state.files.get(self.rejected.as_str())?;
            Some(Rejected {
                path: self.rejected.as_str().to_owned(),
                sha256: sha256(bytes),
                size_bytes: bytes.len() as u64,
            })
        };
        let receipt = Receipt {
            rejected: receipt.rejected.clone().or_else(earlier),
            ..receipt.clone()
        };
        let written = receipt.to_bytes().and_then(|bytes| {
            self.receipts
                .iter()
                .try_for_each(|path| state.write(path.as_str(), bytes.clone()))
        });
        if let Err(error) = &written {
            tracing::error!(%error, "error_receipt_not_written");
        }
        self.remove_scratch();
        written.is_ok()
    }
}
