//! Where the binary of a processor is.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Beside this program, else in a folder of `PATH`.
pub(crate) fn find(package: &str) -> Option<PathBuf> {
    let own = std::env::current_exe().ok();
    let beside = own.as_deref().and_then(Path::parent).map(Path::to_owned);
    let path = std::env::var_os("PATH").unwrap_or_default();
    beside
        .into_iter()
        .chain(std::env::split_paths(&path))
        .filter(|folder| !folder.as_os_str().is_empty()) // no PATH at all is no reason to look in the working folder
        .map(|folder| folder.join(package))
        .find(|file| is_executable(file))
}

fn is_executable(file: &Path) -> bool {
    file.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}
