//! Whether `--save-dir` can take a run, before it is paid for.

use std::fs::Metadata;
use std::io;
use std::path::Path;

use documents::layout::RECEIPT;
use documents::receipt::Receipt;
use documents::{ErrorCode, ExecutionId};
use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
use store::Artifacts;

use crate::environment::Environment;
use crate::error::Error;
use crate::unfinished;

/// Checks that a directory can be made, or is empty, or has this run already.
///
/// # Errors
///
/// `ERR_USAGE`.
pub(super) fn check(
    dir: &Path,
    execution_id: &str,
    artifacts: &dyn Artifacts,
    environment: &Environment,
) -> Result<(), Error> {
    let path = environment.path(dir);
    if is_there(&path).map_err(|error| unusable(dir, &error))? {
        let receipt = path.join(RECEIPT);
        let is_empty = path.read_dir().is_ok_and(|mut entries| entries.next().is_none());
        let has_this_run = || receipt.is_file() && is_of(&receipt, execution_id, artifacts);
        if !is_empty && !has_this_run() {
            let message = format!("--save-dir {} has other files", dir.display());
            return Err(Error::new(ErrorCode::Usage, message)
                .hint("name a directory that is empty or does not exist"));
        }
    }
    let path = path.canonicalize().unwrap_or(path);
    if is_mount_point(&path) {
        let message = format!(
            "--save-dir {} is a mount point, which cannot be replaced as a whole",
            dir.display()
        );
        return Err(Error::new(ErrorCode::Usage, message).hint("name a directory below it"));
    }
    let parent = path.parent().unwrap_or(&path);
    unfinished::remove_left(parent);
    check_writable(parent).map_err(|error| unusable(dir, &error))
}

/// Checks that directories can be made in a directory, which need not exist.
///
/// # Errors
///
/// `ERR_USAGE`.
pub(super) fn check_parent(dir: &Path, environment: &Environment) -> Result<(), Error> {
    let path = environment.path(dir);
    let check = || {
        if is_there(&path)? {
            unfinished::remove_left(&path);
        }
        check_writable(&path)
    };
    check().map_err(|error| unusable(dir, &error))
}

/// Whether such a directory exists.
fn is_there(path: &Path) -> io::Result<bool> {
    match path.metadata().as_ref().map(Metadata::is_dir) {
        Ok(true) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => Ok(false),
        Ok(false) | Err(_) => Err(io::ErrorKind::NotADirectory.into()),
    }
}

/// Whether another file system, or another part of this one, begins there.
fn is_mount_point(path: &Path) -> bool {
    statx(CWD, path, AtFlags::empty(), StatxFlags::empty())
        .is_ok_and(|there| there.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
}

/// Makes a file without a name in the nearest directory that exists.
fn check_writable(path: &Path) -> io::Result<()> {
    let nearest = path.ancestors().find(|path| path.symlink_metadata().is_ok());
    tempfile::tempfile_in(nearest.unwrap_or(path)).map(drop)
}

/// Whether this is the receipt of an execution.
fn is_of(receipt: &Path, execution_id: &str, artifacts: &dyn Artifacts) -> bool {
    let Ok(id) = ExecutionId::parse(execution_id) else {
        return false;
    };
    let original = artifacts.read(&Receipt::global_path_of(&id));
    std::fs::read(receipt).is_ok_and(|copy| original.is_ok_and(|original| original == copy))
}

fn unusable(dir: &Path, error: &io::Error) -> Error {
    let message = format!("--save-dir {} cannot be used: {error}", dir.display());
    Error::new(ErrorCode::Usage, message).hint("name another directory; nothing was run")
}
