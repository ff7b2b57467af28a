//! Changing a file that people keep: whole or not at all, and only if it changes.

use std::fs;
use std::io::Write as _;
use std::path::Path;

/// Replaces the text of a file by what the function makes of it. The file keeps its mode; of a symbolic link, the target changes.
///
/// # Errors
///
/// Says what went wrong, in a clause; the file is as it was.
pub(super) fn file(path: &Path, change: impl FnOnce(&str) -> Result<String, String>) -> Result<(), String> {
    let path = path
        .canonicalize()
        .map_err(|error| format!("it cannot be found ({error})"))?;
    let text = fs::read_to_string(&path).map_err(|error| format!("it cannot be read ({error})"))?;
    let changed = change(&text)?;
    if changed == text {
        return Ok(());
    }
    let written = |error: std::io::Error| format!("it cannot be written ({error})");
    let dir = path.parent().unwrap_or(Path::new("."));
    let mut beside = tempfile::NamedTempFile::new_in(dir).map_err(written)?;
    beside.write_all(changed.as_bytes()).map_err(written)?;
    let permissions = fs::metadata(&path).map_err(written)?.permissions();
    beside.as_file().set_permissions(permissions).map_err(written)?;
    beside.as_file().sync_all().map_err(written)?;
    beside.persist(&path).map_err(|error| written(error.error))?;
    Ok(())
}
