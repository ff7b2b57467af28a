//! The stores that the suite runs on, and the steps of a run.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use documents::inputs::HASH_SCHEMA;
use documents::receipt::{Receipt, Status};
use documents::{ErrorCode, ExecutionId, Failure, WorldPath, WritePrefix};
use store::local::{Dir, LocalStore};
use store::memory::{Memory, MemoryStore};
use store::{Artifacts, CommitError, Entry, ExecutionStore, OutputItem, ReadError};
use tempfile::TempDir;

/// Makes a test on each store of each of these functions.
macro_rules! on_each_store {
    ($($test:ident),+ $(,)?) => {
        mod local {
            $(#[test] fn $test() { super::$test(&crate::backend::Local::new()); })+
        }
        mod memory {
            $(#[test] fn $test() { super::$test(&store::memory::Memory::default()); })+
        }
    };
}

/// A store with a back door. Paths are below the artifacts directory.
pub(crate) trait Backend {
    fn open(&self, prefix: &str, id: &str) -> Box<dyn ExecutionStore>;
    fn artifacts(&self) -> Arc<dyn Artifacts>;
    fn write(&self, path: &str, bytes: &[u8]);
    /// Removes a file, and the directories that are empty without it.
    fn remove(&self, path: &str);
}

pub(crate) struct Local(TempDir);

impl Local {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }
}

impl Backend for Local {
    fn open(&self, prefix: &str, id: &str) -> Box<dyn ExecutionStore> {
        let (prefix, id) = names(prefix, id);
        Box::new(LocalStore::open(self.0.path(), prefix, id).unwrap())
    }

    fn artifacts(&self) -> Arc<dyn Artifacts> {
        Arc::new(Dir::open(self.0.path()).unwrap())
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn remove(&self, path: &str) {
        fs::remove_file(self.path(path)).unwrap();
        for dir in Path::new(path).ancestors().skip(1) {
            if dir == Path::new("") || fs::remove_dir(self.0.path().join(dir)).is_err() {
                break;
            }
        }
    }
}

impl Backend for Memory {
    fn open(&self, prefix: &str, id: &str) -> Box<dyn ExecutionStore> {
        let (prefix, id) = names(prefix, id);
        Box::new(MemoryStore::open(self.clone(), prefix, id).unwrap())
    }

    fn artifacts(&self) -> Arc<dyn Artifacts> {
        Arc::new(self.clone())
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        self.insert(&world(path), bytes);
    }

    fn remove(&self, path: &str) {
        Self::remove(self, &world(path));
    }
}

fn names(prefix: &str, id: &str) -> (WritePrefix, ExecutionId) {
    let id = ExecutionId::parse(id).unwrap();
    let prefix = WritePrefix::expand(&format!("/artifacts/{prefix}"), &id).unwrap();
    (prefix, id)
}

pub(crate) fn world(path: &str) -> WorldPath {
    WorldPath::parse(&format!("/artifacts/{path}")).unwrap()
}

/// The bytes of a file that is there.
pub(crate) fn read(backend: &dyn Backend, path: &str) -> Vec<u8> {
    backend.artifacts().read(&world(path)).unwrap()
}

pub(crate) fn is_missing(backend: &dyn Backend, path: &str) -> bool {
    matches!(backend.artifacts().open(&world(path)), Err(ReadError::Missing))
}

/// The paths of all files, sorted.
pub(crate) fn files(backend: &dyn Backend) -> Vec<String> {
    let artifacts = backend.artifacts();
    let mut files = Vec::new();
    let mut dirs = vec![Vec::new()];
    while let Some(dir) = dirs.pop() {
        let names: Vec<&str> = dir.iter().map(String::as_str).collect();
        for Entry { name, is_dir } in artifacts.list(&names).unwrap() {
            let path = [dir.clone(), vec![name]].concat();
            if is_dir {
                dirs.push(path);
            } else {
                files.push(path.join("/"));
            }
        }
    }
    files.sort();
    files
}

/// A receipt of a failure.
pub(crate) fn failure(id: &str) -> Receipt {
    Receipt {
        execution_id: id.to_owned(),
        processor_ref: "a/b@1".to_owned(),
        image_digest: "unknown".to_owned(),
        env_fingerprint: "cpu:1;memory:2Gi".to_owned(),
        inputs_hash: None,
        hash_schema: HASH_SCHEMA.to_owned(),
        inputs_sha256: None,
        outputs_index: None,
        outputs_index_sha256: None,
        processor_info: None,
        usage: None,
        timestamp_utc: "2026-01-01T00:00:00Z".to_owned(),
        duration_ms: 1,
        mode: None,
        status: Status::Error,
        error: Some(Failure::new(ErrorCode::Processor, "it failed".to_owned())),
        extra: Default::default(),
        rejected: None,
        plan_id: None,
    }
}

/// A store whose run has its lease, and may stage outputs.
pub(crate) fn start(backend: &dyn Backend, prefix: &str, id: &str) -> Box<dyn ExecutionStore> {
    let store = backend.open(prefix, id);
    assert!(store.try_lease().unwrap());
    assert!(store.previous_success().unwrap().is_none());
    store.prepare().unwrap();
    store
}

/// Stages and commits; returns the receipt.
pub(crate) fn commit(
    store: &dyn ExecutionStore,
    id: &str,
    outputs: Vec<OutputItem>,
) -> Result<Receipt, CommitError> {
    let staged = store.stage(outputs)?;
    let receipt = Receipt {
        outputs_index: Some(staged.index_path.clone()),
        outputs_index_sha256: Some(staged.index_sha256.clone()),
        status: Status::Success,
        error: None,
        ..failure(id)
    };
    store.commit(&staged, &receipt.to_bytes().unwrap())?;
    Ok(receipt)
}

/// A run that succeeds; returns its receipt.
pub(crate) fn succeed(backend: &dyn Backend, prefix: &str, id: &str, outputs: &[(&str, &str)]) -> Receipt {
    let outputs = outputs
        .iter()
        .map(|(path, text)| OutputItem::bytes(*path, "text/plain", *text))
        .collect();
    commit(&*start(backend, prefix, id), id, outputs).unwrap()
}

/// A run that stops with the global receipt in place and without the one in its prefix.
pub(crate) fn stop_halfway(backend: &dyn Backend, prefix: &str, id: &str) {
    let obstacle = format!("{prefix}receipt.json/x");
    let store = start(backend, prefix, id);
    backend.write(&obstacle, b"");
    let stopped = commit(&*store, id, vec![text("outputs/a.txt", "one")]);
    let Err(CommitError::Halfway(error)) = stopped else {
        panic!("{stopped:?}");
    };
    assert_eq!(error.code(), ErrorCode::ReceiptWrite);
    drop(store);
    backend.remove(&obstacle);
}

pub(crate) fn text(path: &str, text: &str) -> OutputItem {
    OutputItem::bytes(path, "text/plain", text)
}

/// Writes a file into the scratch directory of a run.
pub(crate) fn scratch_file(store: &dyn ExecutionStore, name: &str, bytes: &[u8]) -> PathBuf {
    let path = store.scratch().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    path
}
