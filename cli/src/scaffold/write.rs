//! Putting the files where they belong: all of them or, where one is in the way, none.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::Context as _;

/// The paths that exist already, whatever is there.
pub(super) fn existing<'a>(workspace: &Path, files: &'a [(String, Vec<u8>)]) -> Vec<&'a str> {
    files
        .iter()
        .map(|(path, _)| path.as_str())
        .filter(|path| workspace.join(path).symlink_metadata().is_ok())
        .collect()
}

/// Writes one file whole, with the directories above it; it replaces what was there, and follows no link.
pub(super) fn write(workspace: &Path, path: &str, bytes: &[u8]) -> anyhow::Result<()> {
    replace(&workspace.join(path), bytes).with_context(|| format!("{path} cannot be written"))
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    fs::write(&beside, bytes)
        .and_then(|()| fs::rename(&beside, path))
        .inspect_err(|_| drop(fs::remove_file(&beside)))
}
