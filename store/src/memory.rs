//! Executions in the memory of this process, for fast tests of what uses a store. Scratch files are real ones.

mod new_file;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Cursor, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use documents::hash::sha256;
use documents::layout::{INDEX, RECEIPT, REJECTED, REJECTED_ANSWER};
use documents::outputs::{Index, IndexEntry, check_paths};
use documents::receipt::{Receipt, Rejected};
use documents::{Error, ErrorCode, ExecutionId, WorldPath, WritePrefix};
use tempfile::TempDir;

use crate::artifacts::{Artifact, Artifacts, Entry, ReadError};
use crate::execution::{Checkpoint, CommitError, ExecutionStore, Staged};
use crate::output::{Body, OutputItem};
use crate::previous::{PreviousSuccess, file_taken, unverified};
use crate::verify;

/// Artifacts in memory; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// By world path.
    files: BTreeMap<String, Vec<u8>>,
    /// By execution id.
    checkpoints: BTreeMap<String, Vec<u8>>,
    /// Execution ids and write prefixes.
    leases: BTreeSet<String>,
}

impl Memory {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a file there, in the place of one that has its path.
    pub fn insert(&self, path: &WorldPath, bytes: impl Into<Vec<u8>>) {
        self.state().files.insert(path.as_str().to_owned(), bytes.into());
    }

    /// Removes a file.
    pub fn remove(&self, path: &WorldPath) {
        self.state().files.remove(path.as_str());
    }

    /// The store of one execution.
    ///
    /// # Errors
    ///
    /// `ERR_OUTPUT_WRITE` where there can be no scratch directory.
    pub fn open(&self, prefix: WritePrefix, execution_id: ExecutionId) -> Result<MemoryStore, Error> {
        Ok(MemoryStore {
            memory: self.clone(),
            prefix,
            execution_id,
            scratch: TempDir::new().map_err(scratch_error)?,
            staged: RefCell::default(),
            is_leased: Cell::new(false),
        })
    }
}

impl Artifacts for Memory {
    fn open(&self, path: &WorldPath) -> Result<Artifact, ReadError> {
        let bytes = self.read(path)?;
        Ok(Artifact::new(bytes.len() as u64, Box::new(Cursor::new(bytes))))
    }

    fn list(&self, dir: &[&str]) -> Result<Vec<Entry>, ReadError> {
        let below = dir.iter().fold("world://artifacts/".to_owned(), |path, name| {
            format!("{path}{name}/")
        });
        let state = self.state();
        let names = state.files.keys().filter_map(|path| path.strip_prefix(&below));
        let entries: BTreeMap<&str, bool> = names
            .map(|path| {
                path.split_once('/')
                    .map_or((path, false), |(name, _)| (name, true))
            })
            .collect();
        if entries.is_empty() {
            return Err(ReadError::Missing);
        }
        let entry = |(name, is_dir): (&str, bool)| Entry {
            name: name.to_owned(),
            is_dir,
        };
        Ok(entries.into_iter().map(entry).collect())
    }

    fn read(&self, path: &WorldPath) -> Result<Vec<u8>, ReadError> {
        self.state()
            .files
            .get(path.as_str())
            .cloned()
            .ok_or(ReadError::Missing)
    }
}

/// The store of one execution in [`Memory`].
#[derive(Debug)]
pub struct MemoryStore {
    memory: Memory,
    prefix: WritePrefix,
    execution_id: ExecutionId,
    scratch: TempDir,
    /// The contents of staged outputs in the order of their entries, and the index.
    staged: RefCell<Vec<Vec<u8>>>,
    is_leased: Cell<bool>,
}

impl MemoryStore {
    fn lease_names(&self) -> [String; 2] {
        let prefix = format!("/{}/", self.prefix.segments().join("/"));
        [self.execution_id.as_str().to_owned(), prefix]
    }

    fn content(&self, body: Body) -> Result<Vec<u8>, Error> {
        match body {
            Body::Bytes(bytes) => Ok(bytes),
            Body::File(path) | Body::SearchedFile(path) => self.scratch_content(&path),
            Body::Hashed(hashed) => {
                let bytes = self.scratch_content(hashed.path())?;
                let file = File::open(hashed.path()).map_err(scratch_error)?;
                hashed.check(&file).map(|_| bytes)
            }
        }
    }

    fn scratch_content(&self, path: &Path) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let is_below =
            path.starts_with(self.scratch.path()) && path.symlink_metadata().is_ok_and(|m| m.is_file());
        let read = File::open(path).and_then(|mut file| file.read_to_end(&mut bytes));
        if is_below && read.is_ok() {
            Ok(bytes)
        } else {
            Err(Error::new(
                ErrorCode::Processor,
                "the provider gave an output file that is not in the scratch directory",
            ))
        }
    }
}

impl Drop for MemoryStore {
    fn drop(&mut self) {
        if self.is_leased.get() {
            for name in self.lease_names() {
                self.memory.state().leases.remove(&name);
            }
        }
    }
}

impl ExecutionStore for MemoryStore {
    fn artifacts(&self) -> Arc<dyn Artifacts> {
        Arc::new(self.memory.clone())
    }

    fn try_lease(&self) -> io::Result<bool> {
        let names = self.lease_names();
        let mut state = self.memory.state();
        let is_free = self.is_leased.get() || !names.iter().any(|name| state.leases.contains(name));
        if is_free {
            state.leases.extend(names);
            self.is_leased.set(true);
        }
        Ok(is_free)
    }

    fn previous_success(&self) -> Result<Option<PreviousSuccess>, Error> {
        let read = |path: &WorldPath| PreviousSuccess::parse(self.memory.read(path).ok());
        let global = read(&Receipt::global_path_of(&self.execution_id))?;
        let local = read(&self.prefix.path(RECEIPT)?)?;
        let index = self.prefix.path(INDEX)?;
        PreviousSuccess::choose(global, local, &self.execution_id, index.as_str())
    }

    fn complete(&self, previous: &PreviousSuccess) -> Result<Vec<IndexEntry>, Error> {
        let entries = verify::success(&self.memory, &previous.receipt).map_err(|error| unverified(&error))?;
        let paths = [previous.receipt.global_path(), previous.receipt.local_path()];
        for path in paths.into_iter().flatten() {
            self.memory.insert(&path, previous.bytes.clone());
        }
        Ok(entries)
    }

    fn prepare(&self) -> Result<(), Error> {
        if self.memory.read(&self.prefix.path(INDEX)?).is_ok() {
            return Err(file_taken(INDEX));
        }
        Ok(())
    }

    fn scratch(&self) -> PathBuf {
        self.scratch.path().to_owned()
    }

    fn checkpoint(&self) -> Box<dyn Checkpoint> {
        Box::new(MemoryCheckpoint {
            memory: self.memory.clone(),
            execution_id: self.execution_id.clone(),
        })
    }

    fn stage(&self, outputs: Vec<OutputItem>) -> Result<Staged, Error> {
        let paths = check_paths(outputs.iter().map(|output| output.relpath.as_str()), &self.prefix)?;
        let mut outputs: Vec<_> = paths.into_iter().zip(outputs).collect();
        outputs.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut contents = Vec::new();
        let mut index = Index { outputs: Vec::new() };
        for (path, output) in outputs {
            let bytes = self.content(output.body)?;
            index.outputs.push(IndexEntry {
                path: path.as_str().to_owned(),
                cid: format!("sha256:{}", sha256(&bytes)),
                size_bytes: bytes.len() as u64,
                mime: output.mime,
            });
            contents.push(bytes);
        }
        let bytes = serde_json::to_vec(&index).map_err(|error| scratch_error(error.into()))?;
        let index_sha256 = sha256(&bytes);
        contents.push(bytes);
        self.staged.replace(contents);
        Ok(Staged {
            entries: index.outputs,
            index_path: self.prefix.path(INDEX)?.as_str().to_owned(),
            index_sha256,
        })
    }

    fn commit(&self, staged: &Staged, receipt: &[u8]) -> Result<(), CommitError> {
        let local = self.prefix.path(RECEIPT)?;
        let rejected = self.prefix.path(&format!("{REJECTED}/{REJECTED_ANSWER}"))?;
        let mut state = self.memory.state();
        let paths = staged
            .entries
            .iter()
            .map(|entry| &entry.path)
            .chain([&staged.index_path]);
        for path in paths.clone() {
            if state.files.contains_key(path) {
                return Err(file_taken(self.prefix.relpath(path).unwrap_or(path)).into());
            }
        }
        state.files.extend(paths.cloned().zip(self.staged.take()));
        for path in [Receipt::global_path_of(&self.execution_id), local] {
            state.files.insert(path.as_str().to_owned(), receipt.to_owned());
        }
        state.files.remove(rejected.as_str());
        state.checkpoints.remove(self.execution_id.as_str());
        Ok(())
    }

    fn keep_rejected(&self, answer: Body) -> Result<Rejected, Error> {
        let bytes = self.content(answer)?;
        let path = self.prefix.path(&format!("{REJECTED}/{REJECTED_ANSWER}"))?;
        let rejected = Rejected {
            path: path.as_str().to_owned(),
            sha256: sha256(&bytes),
            size_bytes: bytes.len() as u64,
        };
        self.memory.insert(&path, bytes);
        Ok(rejected)
    }

    fn record_failure(&self, receipt: &Receipt) {
        let (Ok(local), Ok(bytes)) = (self.prefix.path(RECEIPT), receipt.to_bytes()) else {
            return tracing::error!("error_receipt_not_written");
        };
        self.memory
            .insert(&Receipt::global_path_of(&self.execution_id), bytes.clone());
        self.memory.insert(&local, bytes);
        if receipt.rejected.is_none()
            && let Ok(path) = self.prefix.path(&format!("{REJECTED}/{REJECTED_ANSWER}"))
        {
            self.memory.remove(&path);
        }
    }
}

#[derive(Debug)]
struct MemoryCheckpoint {
    memory: Memory,
    execution_id: ExecutionId,
}

impl Checkpoint for MemoryCheckpoint {
    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        Ok(self
            .memory
            .state()
            .checkpoints
            .get(self.execution_id.as_str())
            .cloned())
    }

    fn save(&self, bytes: &[u8]) -> io::Result<()> {
        let id = self.execution_id.as_str().to_owned();
        self.memory.state().checkpoints.insert(id, bytes.to_owned());
        Ok(())
    }

    fn clear(&self) -> io::Result<()> {
        self.memory.state().checkpoints.remove(self.execution_id.as_str());
        Ok(())
    }
}

fn scratch_error(error: io::Error) -> Error {
    Error::new(
        ErrorCode::OutputWrite,
        format!("the scratch directory cannot be used: {error}"),
    )
}
