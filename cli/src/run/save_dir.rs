//! `--save-dir` before a run: whether what the run leaves can be saved there.

use std::io::{self, ErrorKind};
use std::path::Path;

use documents::layout::RECEIPT;
use documents::{ErrorCode, WorldPath};
use rustix::fs::{Access, access};
use store::Artifacts;

use crate::environment::Environment;
use crate::error::Error;

/// Checks that it is a directory that can be written, or one that can be made.
///
/// # Errors
///
/// `ERR_USAGE`.
pub(super) fn check(dir: &Path, environment: &Environment) -> Result<(), Error> {
    let path = environment.path(dir);
    // the first that there is
    for above in path.ancestors() {
        match above.metadata() {
            Ok(metadata) if !metadata.is_dir() => {
                return Err(unusable(dir, &format!("{} is not a directory", above.display())));
            }
            Ok(_) => {
                let cannot = |error: rustix::io::Errno| {
                    let error = io::Error::from(error);
                    unusable(dir, &format!("{} cannot be written: {error}", above.display()))
                };
                return access(above, Access::WRITE_OK | Access::EXEC_OK).map_err(cannot);
            }
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            Err(error) => return Err(unusable(dir, &error.to_string())),
        }
    }
    Ok(())
}

/// Checks that it does not have another execution's files: its receipt, where it has one, is that of this one.
///
/// # Errors
///
/// `ERR_USAGE`.
pub(super) fn check_owner(
    dir: &Path,
    execution_id: &str,
    artifacts: &dyn Artifacts,
    environment: &Environment,
) -> Result<(), Error> {
    let saved = environment.path(dir).join(RECEIPT);
    if saved.symlink_metadata().is_err() {
        return Ok(());
    }
    let receipt = || {
        let path = format!("/artifacts/execution/{execution_id}/determinism.json");
        artifacts.read(&WorldPath::parse(&path).ok()?).ok()
    };
    // asked first: a FIFO would wait for its writer
    let is_own = saved.is_file()
        && std::fs::read(&saved).is_ok_and(|saved| receipt().is_some_and(|receipt| receipt == saved));
    if is_own {
        return Ok(());
    }
    Err(unusable(dir, "it has the files of another run"))
}

fn unusable(dir: &Path, why: &str) -> Error {
    let message = format!("nothing can be saved in {}: {why}", dir.display());
    Error::new(ErrorCode::Usage, message).hint("name another directory with --save-dir; nothing was run")
}
