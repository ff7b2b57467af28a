//! Where the other receipt of a failure is, which its own does not say.

use documents::WorldPath;
use documents::layout::{EXECUTIONS, OUTPUTS, RECEIPT};
use store::Artifacts;

/// The receipt in a write prefix that has the same bytes. Looks through the whole artifacts directory, but not into outputs.
pub(super) fn find(artifacts: &dyn Artifacts, bytes: &[u8]) -> Option<WorldPath> {
    let mut dirs: Vec<Vec<String>> = vec![Vec::new()];
    while let Some(dir) = dirs.pop() {
        let names: Vec<&str> = dir.iter().map(String::as_str).collect();
        let entries = artifacts.list(&names).unwrap_or_default();
        let is_prefix = entries.iter().any(|entry| entry.name == RECEIPT && !entry.is_dir);
        if is_prefix
            && let Ok(path) = WorldPath::parse(&format!("world://artifacts/{}/{RECEIPT}", dir.join("/")))
            && artifacts.read(&path).is_ok_and(|found| found == bytes)
        {
            return Some(path);
        }
        let is_searched =
            |name: &str| !(dir.is_empty() && name == EXECUTIONS || is_prefix && name == OUTPUTS);
        for entry in entries {
            if entry.is_dir && is_searched(&entry.name) {
                let mut child = dir.clone();
                child.push(entry.name);
                dirs.push(child);
            }
        }
    }
    None
}
