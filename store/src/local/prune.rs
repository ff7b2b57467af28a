//! What killed runs left and no run holds, and its removal.

use std::fs::TryLockError;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use documents::layout::{EXECUTIONS, GLOBAL_RECEIPT, OUTPUTS, RECEIPT, START};
use documents::receipt::Status;
use documents::{ExecutionId, WritePrefix};
use rustix::fs::FileType;

use super::dir::Dir;
use super::root::NEW;
use super::store::{CHECKPOINT, GLOBAL_STAGING, LocalStore, STAGING};
use crate::execution::ExecutionStore as _;
use crate::previous::Verdict;

/// Directories right below the root that stay, even if nothing is in them.
const LASTING: [&str; 3] = [EXECUTIONS, "batch", "inputs"];

/// Something that a run left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remains {
    /// Its place, by segments below the root.
    pub path: Vec<String>,
    /// What it is.
    pub what: What,
    /// Why it stays; `None` if it can be removed.
    pub kept: Option<Kept>,
}

/// What a run left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The staging directory of an execution.
    Staging(ExecutionId),
    /// An empty directory.
    Empty,
    /// A file that never got its path, such as an attached one.
    NewFile,
}

/// Why something stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// A run has it.
    Held,
    /// The run asked its service and never ended, or left a checkpoint for the next one.
    MayBePaid,
    /// It is of a success whose next run completes it.
    HalfCommitted,
}

/// Finds what has not changed since a time: files without a path, staging directories, and then the directories that are, or would
/// be, empty.
///
/// # Errors
///
/// Those of the disk.
pub fn find_remains(root: &Path, before: SystemTime) -> io::Result<Vec<Remains>> {
    let root = Dir::open(root)?;
    let mut search = Search {
        root: root.clone(),
        before,
        path: Vec::new(),
        found: Vec::new(),
    };
    search.new_files()?;
    search.visit(&root)?;
    Ok(search.found)
}

struct Search {
    root: Dir,
    before: SystemTime,
    path: Vec<String>,
    found: Vec<Remains>,
}

impl Search {
    /// Finds the files in the root that never got a path.
    fn new_files(&mut self) -> io::Result<()> {
        for name in self.root.names()? {
            let Some(name) = name.to_str().ok().filter(|name| name.starts_with(NEW)) else {
                continue;
            };
            let Ok(file) = self.root.open_file(name) else {
                continue; // gone, or not ours
            };
            if file.metadata()?.modified()? < self.before {
                let is_held = matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
                self.found.push(Remains {
                    path: vec![name.to_owned()],
                    what: What::NewFile,
                    kept: is_held.then_some(Kept::Held),
                });
            }
        }
        Ok(())
    }

    /// Whether a directory is empty once what was found in it is removed.
    fn visit(&mut self, dir: &Dir) -> io::Result<bool> {
        let entries = dir.entries()?;
        let is_prefix = entries
            .iter()
            .any(|(name, _)| name.to_bytes() == RECEIPT.as_bytes());
        let is_execution = matches!(self.path.as_slice(), [top, _] if top == EXECUTIONS);
        let mut is_empty = true;
        for (name, file_type) in entries {
            let file_type = match file_type {
                FileType::Unknown => dir.file_type(name.as_c_str())?,
                known => known,
            };
            let goes = match name.to_str() {
                Ok(name) if file_type.is_dir() && !(is_prefix && name == OUTPUTS) => self.enter(dir, name)?,
                Ok(name) => is_execution && name == GLOBAL_STAGING,
                Err(_) => false,
            };
            is_empty &= goes;
        }
        Ok(is_empty)
    }

    /// Whether a directory below goes.
    fn enter(&mut self, above: &Dir, name: &str) -> io::Result<bool> {
        let Ok(child) = above.child(name) else {
            return Ok(false); // gone, or not ours to read
        };
        let is_old = child.modified()? < self.before;
        let staging_of = name.strip_prefix(STAGING).map(ExecutionId::parse);
        let is_lasting = self.path.is_empty() && LASTING.contains(&name);
        self.path.push(name.to_owned());
        let kept = match &staging_of {
            Some(Ok(id)) if is_old => Some(self.staging(&child, id)?),
            Some(_) => None,
            None if self.visit(&child)? && is_old && !is_lasting => {
                // a descriptor of its own: the lock goes with it
                let is_held = self
                    .root
                    .open_below(&self.names())
                    .and_then(|dir| dir.is_locked())?;
                Some(is_held.then_some(Kept::Held))
            }
            None => None,
        };
        let path = self.path.clone();
        self.path.pop();
        let Some(kept) = kept else { return Ok(false) };
        self.found.push(Remains {
            path,
            what: staging_of.and_then(Result::ok).map_or(What::Empty, What::Staging),
            kept,
        });
        Ok(kept.is_none())
    }

    fn names(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    /// Why a staging directory stays.
    fn staging(&self, staging: &Dir, id: &ExecutionId) -> io::Result<Option<Kept>> {
        let mut prefix = self.names();
        prefix.pop();
        let execution = [EXECUTIONS, id.as_str()];
        for names in [&prefix[..], &execution[..]] {
            if let Some(dir) = self.root.find_below(names)?
                && dir.is_locked()?
            {
                return Ok(Some(Kept::Held));
            }
        }
        let prefix = self.root.open_below(&prefix)?;
        let execution = self.root.find_below(&execution)?;
        why_kept(staging, &prefix, execution.as_ref())
    }
}

/// Why a staging directory stays that no run has.
fn why_kept(staging: &Dir, prefix: &Dir, execution: Option<&Dir>) -> io::Result<Option<Kept>> {
    let is_success = match execution {
        Some(execution) => is_success(execution)?,
        None => false,
    };
    let may_be_paid = || -> io::Result<bool> {
        let has_start = execution.map_or(Ok(false), |execution| execution.has(START))?;
        Ok(has_start || staging.has(CHECKPOINT)?)
    };
    Ok(if is_success {
        (!prefix.has(RECEIPT)?).then_some(Kept::HalfCommitted)
    } else {
        may_be_paid()?.then_some(Kept::MayBePaid)
    })
}

fn is_success(execution: &Dir) -> io::Result<bool> {
    let bytes = execution.read_file(GLOBAL_RECEIPT)?.unwrap_or_default();
    let verdict = serde_json::from_slice::<Verdict>(&bytes);
    Ok(verdict.is_ok_and(|verdict| verdict.status == Status::Success))
}

/// Removes what was found, unless a run has taken it since; returns why it stays. Outputs that a killed run moved and never
/// committed go with its staging directory.
///
/// # Errors
///
/// Those of the disk.
pub fn remove_remains(root: &Path, remains: &Remains) -> io::Result<Option<Kept>> {
    if remains.kept.is_some() {
        return Ok(remains.kept);
    }
    let Some((name, above)) = remains.path.split_last() else {
        return Ok(None);
    };
    let above: Vec<&str> = above.iter().map(String::as_str).collect();
    match &remains.what {
        What::Staging(id) => remove_staging(root, &above, id),
        What::Empty => remove_empty(&Dir::open(root)?.open_below(&above)?, name),
        What::NewFile => remove_new_file(&Dir::open(root)?, name),
    }
}

fn remove_new_file(root: &Dir, name: &str) -> io::Result<Option<Kept>> {
    match root.open_file(name) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
        Ok(file) if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) => Ok(Some(Kept::Held)),
        Ok(_) => root.remove_file(name).map(|()| None),
    }
}

fn remove_empty(above: &Dir, name: &str) -> io::Result<Option<Kept>> {
    let Some(dir) = above.find_below(&[name])? else {
        return Ok(None);
    };
    if !dir.try_lock()? {
        return Ok(Some(Kept::Held));
    }
    dir.remove_file(GLOBAL_STAGING)?;
    let is_gone = above.remove_empty(name)?;
    Ok((!is_gone).then_some(Kept::Held)) // something has come into it
}

fn remove_staging(root: &Path, prefix: &[&str], id: &ExecutionId) -> io::Result<Option<Kept>> {
    let prefix = WritePrefix::expand(&format!("/artifacts/{}/", prefix.join("/")), id);
    let prefix = prefix.map_err(io::Error::other)?;
    let store = LocalStore::open(root, prefix, id.clone()).map_err(io::Error::other)?;
    if !store.try_lease()? {
        return Ok(Some(Kept::Held));
    }
    let staging_name = store.staging_name();
    if let Some(staging) = store.prefix_dir.find_below(&[&staging_name])? {
        let kept = why_kept(&staging, &store.prefix_dir, Some(&store.execution_dir))?;
        if kept.is_some() {
            return Ok(kept);
        }
    }
    // the outputs of a success are where they belong
    if !is_success(&store.execution_dir)? {
        store.discard()?;
    }
    store.remove_slots(&staging_name, None)?;
    if let Some(executions) = store.root.find_below(&[EXECUTIONS])? {
        executions.remove_empty(id.as_str())?;
    }
    Ok(None)
}
