//! The directories that one execution may write to.

use std::cell::Cell;
use std::io;
use std::path::{Path, PathBuf};

use documents::layout::EXECUTIONS;
use documents::{Error, ErrorCode, ExecutionId, WritePrefix};

use super::dir::Dir;

/// The staging directory in the write prefix is this and the execution id.
pub(super) const STAGING: &str = ".staging-";
/// The next global receipt, beside the present one.
pub(super) const GLOBAL_STAGING: &str = ".determinism.json.staging";
/// The provider's own directory, inside the staging directory.
pub(super) const SCRATCH: &str = "scratch";
/// A copy of the index that stays in the staging directory, written after every output and before the first one moves: with it, an
/// empty slot is an output that was moved; without it, nothing was moved.
pub(super) const JOURNAL: &str = "journal.json";
/// The checkpoint, in the staging directory.
pub(super) const CHECKPOINT: &str = "kept.json";

/// The write prefix and the directory of the global receipt of one execution.
pub struct LocalStore {
    pub(super) root: Dir,
    /// The prefix on this machine, absolute.
    pub(super) host_prefix: PathBuf,
    pub(super) prefix: WritePrefix,
    pub(super) prefix_dir: Dir,
    pub(super) execution_dir: Dir,
    pub(super) execution_id: ExecutionId,
    /// Whether this run has both locks.
    pub(super) is_leased: Cell<bool>,
    /// Whether an earlier run left a rejected answer.
    pub(super) has_rejected: Cell<bool>,
    /// The directories above both. Their new entries, of this run or a killed one, may not be durable yet.
    pub(super) above: Vec<Dir>,
}

impl LocalStore {
    /// Opens both directories, making what is missing.
    ///
    /// # Errors
    ///
    /// `ERR_FORBIDDEN_SEGMENT` for a symbolic link on the way, `ERR_OUTPUT_WRITE` for any other error.
    pub fn open(base: &Path, prefix: WritePrefix, execution_id: ExecutionId) -> Result<Self, Error> {
        let base_error = |error: io::Error| {
            let message = format!(
                "the artifacts directory cannot be opened or made ({error}); set ARTIFACTS_BASE_DIR to one that can"
            );
            Error::new(ErrorCode::OutputWrite, message)
        };
        let host_root = std::path::absolute(base).map_err(base_error)?;
        let root = make_root(&host_root).map_err(base_error)?;
        let mut above = vec![root.clone()];
        let prefix_dir = make_path(&root, &prefix.segments(), &mut above)?;
        let execution_dir = make_path(&root, &[EXECUTIONS, execution_id.as_str()], &mut above)?;
        Ok(Self {
            host_prefix: prefix
                .segments()
                .iter()
                .fold(host_root, |path, name| path.join(name)),
            root,
            prefix,
            prefix_dir,
            execution_dir,
            execution_id,
            is_leased: Cell::new(false),
            has_rejected: Cell::new(false),
            above,
        })
    }

    pub(super) fn staging_name(&self) -> String {
        format!("{STAGING}{}", self.execution_id.as_str())
    }
}

/// Opens the root, making what is missing.
fn make_root(path: &Path) -> io::Result<Dir> {
    match Dir::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        found => return found,
    }
    let made = path.ancestors().take_while(|dir| !dir.exists());
    let parents: Vec<&Path> = made.filter_map(Path::parent).collect();
    std::fs::create_dir_all(path)?;
    for parent in parents {
        Dir::open(parent)?.sync()?;
    }
    Dir::open(path)
}

/// Opens a directory below the root, making what is missing.
fn make_path(root: &Dir, names: &[&str], above: &mut Vec<Dir>) -> Result<Dir, Error> {
    let mut dir = root.clone();
    for (depth, name) in names.iter().enumerate() {
        let at = || format!("/artifacts/{}", names.get(..=depth).unwrap_or_default().join("/"));
        dir = dir.make_child(name).map_err(|error| {
            if dir.is_link(name) {
                let message = format!("{} is a symbolic link; use a write prefix without one", at());
                Error::new(ErrorCode::ForbiddenSegment, message)
            } else {
                let message = format!("the directory {} cannot be opened or made: {error}", at());
                Error::new(ErrorCode::OutputWrite, message)
            }
        })?;
        if depth + 1 < names.len() {
            above.push(dir.clone());
        }
    }
    Ok(dir)
}
