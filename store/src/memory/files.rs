//! Files in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Error, ErrorKind, Result as IoResult};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use documents::WorldPath;

use crate::artifacts::{Artifact, Artifacts, Entry, ReadError};

/// Artifacts in memory; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<Mutex<State>>);

#[derive(Debug, Default)]
pub(super) struct State {
    /// By world path. A directory is there while a file is in it.
    pub(super) files: BTreeMap<String, Vec<u8>>,
    /// By write prefix and execution id.
    pub(super) checkpoints: BTreeMap<String, Vec<u8>>,
    /// The directories of runs.
    pub(super) leases: BTreeSet<String>,
}

impl Memory {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a file, or replaces it.
    pub fn insert(&self, path: &WorldPath, bytes: impl Into<Vec<u8>>) {
        self.state().files.insert(path.as_str().to_owned(), bytes.into());
    }

    /// Removes a file.
    pub fn remove(&self, path: &WorldPath) {
        self.state().files.remove(path.as_str());
    }
}

impl State {
    /// Writes a file, or replaces it, unless it is a directory or below a file.
    pub(super) fn write(&mut self, path: &str, bytes: Vec<u8>) -> IoResult<()> {
        let mut above = path;
        while let Some((dir, _)) = above.rsplit_once('/') {
            if self.files.contains_key(dir) {
                return Err(Error::from(ErrorKind::NotADirectory));
            }
            above = dir;
        }
        if self.is_dir(path) {
            return Err(Error::from(ErrorKind::IsADirectory));
        }
        self.files.insert(path.to_owned(), bytes);
        Ok(())
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.files.contains_key(path) || self.is_dir(path)
    }

    fn is_dir(&self, path: &str) -> bool {
        let below = format!("{path}/");
        let next = self.files.range(below.clone()..).next();
        next.is_some_and(|(path, _)| path.starts_with(&below))
    }
}

impl Artifacts for Memory {
    fn open(&self, path: &WorldPath) -> Result<Artifact, ReadError> {
        let state = self.state();
        match state.files.get(path.as_str()) {
            Some(bytes) => Ok(Artifact::new(
                bytes.len() as u64,
                Box::new(Cursor::new(bytes.clone())),
            )),
            None if state.is_dir(path.as_str()) => Err(ReadError::NotAFile),
            None => Err(ReadError::Missing),
        }
    }

    fn list(&self, dir: &[&str]) -> Result<Vec<Entry>, ReadError> {
        let below = dir.iter().fold("world://artifacts/".to_owned(), |path, name| {
            format!("{path}{name}/")
        });
        let state = self.state();
        let names = state.files.keys().filter_map(|path| path.strip_prefix(&below));
        let entries: BTreeMap<&str, bool> = names
            .map(|path| match path.split_once('/') {
                Some((name, _)) => (name, true),
                None => (path, false),
            })
            .collect();
        if entries.is_empty() && !dir.is_empty() {
            return Err(ReadError::Missing);
        }
        let entry = |(name, is_dir): (&str, bool)| Entry {
            name: name.to_owned(),
            is_dir,
        };
        Ok(entries.into_iter().map(entry).collect())
    }

    fn is_leased(&self, dir: &[&str]) -> bool {
        self.state().leases.contains(&dir.join("/"))
    }
}
