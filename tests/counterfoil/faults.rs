//! What the orchestrator leaves when the machine fails it: killed at each of its system calls that change something, a full disk
//! at each of them, its processors killed under it.
//!
//! After every fault the same holds: what is there is whole, and the same command again ends as if nothing had been.

mod batches;
mod day;
mod processors;
mod saved;
mod starts;
mod table;

use std::collections::BTreeSet;
use std::path::Path;

use support::{Finished, files_below};

use crate::workspace::Workspace;

/// Fails if a file or directory anywhere has a name of one that is not finished.
#[track_caller]
fn assert_nothing_unfinished(dir: &Path) {
    let files = files_below(dir);
    let is_unfinished = |path: &String| {
        [".counterfoil-", ".tmp", ".new-"]
            .iter()
            .any(|name| path.contains(name))
    };
    let left: Vec<_> = files.keys().filter(|path| is_unfinished(path)).collect();
    assert!(left.is_empty(), "{left:?}");
    for path in files.keys() {
        for above in dir
            .join(path)
            .ancestors()
            .skip(1)
            .take_while(|above| above.starts_with(dir))
        {
            assert_eq!(
                names(above).iter().find(|name| is_unfinished(name)),
                None,
                "{}",
                above.display()
            );
        }
    }
}

/// The names in a directory; none where there is none.
fn names(dir: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(dir).into_iter().flatten();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn prune(workspace: &Workspace) -> Finished {
    let finished = workspace.counterfoil(["prune", "--older-than", "0s"]).run();
    finished.assert_status(0);
    finished
}
