//! The places on disk that one execution may write to, and nothing besides them.

mod commit;
mod folder;
mod kept;
mod others;
mod prior;
mod read;
mod rejected;
mod staging;

pub use commit::Stopped;
pub use folder::Folder;
pub use kept::Kept;
pub use prior::Prior;
pub use read::{receipts, status};
pub use rejected::{ANSWER, Keeping, REJECTED};
use staging::SCRATCH;

use std::cell::Cell;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{ErrorCode, ProcessorError};
use crate::names::ExecutionId;
use crate::world_path::{WorldPath, WritePrefix};

/// The name of the index in the write prefix.
pub const INDEX: &str = "outputs.json";
/// The name of the receipt in the write prefix.
pub const RECEIPT: &str = "receipt.json";
/// The name of the receipt in the folder of its execution.
pub const GLOBAL_RECEIPT: &str = "determinism.json";
/// The folder below the artifacts folder that has a folder for every execution.
pub const EXECUTIONS: &str = "execution";
/// Under this name with the execution id, in the write prefix, a run keeps what is not yet committed.
const STAGING: &str = ".staging-";
/// Under this name, beside the global receipt, the next one is written.
const GLOBAL_STAGING: &str = ".determinism.json.staging";

/// The write prefix and the global receipt's folder of one execution.
pub struct Store {
    root: Folder,
    /// The prefix on this machine, absolute.
    host_prefix: PathBuf,
    prefix: WritePrefix,
    prefix_folder: Folder,
    execution_folder: Folder,
    execution_id: ExecutionId,
    /// Whether no other run can be at work in either folder.
    is_locked: Cell<bool>,
    /// Whether an earlier run has left an answer that could not be used.
    has_rejected: Cell<bool>,
    /// The folders above both: an entry of theirs that is new, by this run or a killed one, may not be on the disk.
    above: Vec<Folder>,
}

impl Store {
    /// Opens both folders, making what is missing.
    ///
    /// # Errors
    ///
    /// `ERR_FORBIDDEN_SEGMENT` for a symbolic link on the way, `ERR_OUTPUT_WRITE` for anything that the disk says.
    pub fn open(base: &Path, prefix: WritePrefix, execution_id: ExecutionId) -> Result<Self, ProcessorError> {
        let base_error = |error: io::Error| {
            ProcessorError::new(
                ErrorCode::OutputWrite,
                format!(
                    "the artifacts folder cannot be opened or made ({error}); set ARTIFACTS_BASE_DIR to one that can"
                ),
            )
        };
        let host_root = std::path::absolute(base).map_err(base_error)?;
        let root = make_root(&host_root).map_err(base_error)?;
        let mut above = vec![root.clone()];
        let prefix_folder = make_path(&root, &prefix.segments(), &mut above)?;
        let execution_folder = make_path(&root, &[EXECUTIONS, execution_id.as_str()], &mut above)?;
        Ok(Self {
            host_prefix: prefix
                .segments()
                .iter()
                .fold(host_root, |path, name| path.join(name)),
            root,
            prefix,
            prefix_folder,
            execution_folder,
            execution_id,
            is_locked: Cell::new(false),
            has_rejected: Cell::new(false),
            above,
        })
    }

    /// The artifacts folder.
    pub const fn root(&self) -> &Folder {
        &self.root
    }

    /// The world path of the outputs' index.
    pub fn index_path(&self) -> Result<WorldPath, ProcessorError> {
        self.prefix.path(INDEX)
    }

    /// Tries to take both folders for this process alone; `false` while another run has one of them.
    ///
    /// # Errors
    ///
    /// Those of a file system without locks; there the caller goes on without.
    pub fn try_lock(&self) -> io::Result<bool> {
        let mut folders = [&self.prefix_folder, &self.execution_folder];
        let mut identities = (folders[0].identity()?, folders[1].identity()?);
        // one order for everybody, so that two runs never wait for each other
        if identities.0 > identities.1 {
            folders.reverse();
            identities = (identities.1, identities.0);
        }
        let is_locked = folders[0].try_lock()? && (identities.0 == identities.1 || folders[1].try_lock()?);
        self.is_locked.set(is_locked);
        Ok(is_locked)
    }

    fn staging_name(&self) -> String {
        format!("{STAGING}{}", self.execution_id.as_str())
    }
}

/// Opens the root, making what is missing.
fn make_root(path: &Path) -> io::Result<Folder> {
    match Folder::at(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        found => return found,
    }
    let made = path.ancestors().take_while(|folder| !folder.exists());
    let parents: Vec<&Path> = made.filter_map(Path::parent).collect();
    std::fs::create_dir_all(path)?;
    for parent in parents {
        Folder::at(parent)?.sync()?;
    }
    Folder::at(path)
}

/// Opens a folder below the root, making what is missing.
fn make_path(root: &Folder, names: &[&str], above: &mut Vec<Folder>) -> Result<Folder, ProcessorError> {
    let mut folder = root.clone();
    for (depth, name) in names.iter().enumerate() {
        let at = || format!("/artifacts/{}", names.get(..=depth).unwrap_or_default().join("/"));
        folder = folder.make_child(name).map_err(|error| {
            if folder.is_link(name) {
                ProcessorError::new(
                    ErrorCode::ForbiddenSegment,
                    format!("{} is a symbolic link; use a write prefix without one", at()),
                )
            } else {
                ProcessorError::new(
                    ErrorCode::OutputWrite,
                    format!("the folder {} cannot be opened or made: {error}", at()),
                )
            }
        })?;
        if depth + 1 < names.len() {
            above.push(folder.clone());
        }
    }
    Ok(folder)
}
