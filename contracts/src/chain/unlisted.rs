//! What lies below `outputs/` and belongs to no run that succeeded.

use std::collections::BTreeSet;
use std::io;

use crate::outputs::{FOLDER, IndexEntry};
use crate::store::Folder;
use crate::world_path::WorldPath;

/// The files below the `outputs/` beside a receipt or an index that the index does not list, by their world paths; a name that is
/// not UTF-8 has `U+FFFD` in it.
///
/// A symbolic link counts as a file and is not followed.
///
/// # Errors
///
/// Those of the disk.
pub fn unlisted(root: &Folder, beside: &WorldPath, entries: &[IndexEntry]) -> io::Result<Vec<String>> {
    let (folders, _) = beside.split();
    let top = FOLDER.trim_end_matches('/');
    let folder = match root.open_below(&folders)?.child(top) {
        Ok(folder) => folder,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(Vec::new());
        }
        Err(error) => return Err(error),
    };
    let listed: BTreeSet<&str> = entries.iter().map(|entry| entry.path.as_str()).collect();
    let mut found = Vec::new();
    let mut left = vec![(folder, beside.beside(FOLDER))];
    while let Some((folder, path)) = left.pop() {
        for name in folder.names()? {
            let at = format!("{path}{}", name.to_string_lossy());
            match name.to_str().map(|name| folder.child(name)) {
                Ok(Ok(child)) => left.push((child, format!("{at}/"))),
                _ if listed.contains(at.as_str()) => {}
                _ => found.push(at),
            }
        }
    }
    found.sort();
    Ok(found)
}
