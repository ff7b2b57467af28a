//! What is below `outputs/` and no success lists.

use std::collections::BTreeSet;

use documents::WorldPath;
use documents::layout::OUTPUTS;
use documents::outputs::IndexEntry;

use crate::artifacts::{Artifacts, ReadError};

/// The files below the `outputs/` beside a receipt or an index that the index does not list, by their world paths, and the empty
/// directories, whose paths end with `/`; a name that is not UTF-8 has `U+FFFD` in it. A symbolic link counts as a file and is not
/// followed.
///
/// # Errors
///
/// The [`ReadError`] of a directory that cannot be listed.
pub fn unlisted(
    artifacts: &dyn Artifacts,
    beside: &WorldPath,
    entries: &[IndexEntry],
) -> Result<Vec<String>, ReadError> {
    let (mut segments, _) = beside.split();
    let siblings = artifacts.list(&segments).unwrap_or_default();
    segments.push(OUTPUTS);
    let listed: BTreeSet<&str> = entries.iter().map(|entry| entry.path.as_str()).collect();
    let mut found = Vec::new();
    let top: Vec<_> = segments.into_iter().map(str::to_owned).collect();
    if siblings
        .iter()
        .any(|entry| entry.name == OUTPUTS && !entry.is_dir)
    {
        found.push(format!("world://artifacts/{}", top.join("/")));
    }
    let mut dirs = vec![top.clone()];
    while let Some(dir) = dirs.pop() {
        let names: Vec<&str> = dir.iter().map(String::as_str).collect();
        let path = format!("world://artifacts/{}", dir.join("/"));
        let entries = match artifacts.list(&names) {
            Ok(entries) => entries,
            Err(ReadError::Missing | ReadError::Link | ReadError::NotAFile) => continue,
            Err(error) => return Err(error),
        };
        if entries.is_empty() && dir != top {
            found.push(path.clone() + "/");
        }
        for entry in entries {
            if entry.is_dir {
                let mut child = dir.clone();
                child.push(entry.name);
                dirs.push(child);
            } else {
                let path = format!("{path}/{}", entry.name);
                if !listed.contains(path.as_str()) {
                    found.push(path);
                }
            }
        }
    }
    found.sort();
    Ok(found)
}
