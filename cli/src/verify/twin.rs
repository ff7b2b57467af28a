//! Where the other receipt of a failure is, which its own does not say.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::OnceLock;

use documents::hash::sha256;
use documents::layout::{EXECUTIONS, OUTPUTS, RECEIPT};
use documents::receipt::{Receipt, Status};
use documents::{ExecutionId, WorldPath};
use store::Artifacts;

use crate::locate::Located;

/// Finds receipts in write prefixes.
#[derive(Debug)]
pub(super) enum Twins {
    /// Of one execution.
    Single,
    /// Of many executions: all of this artifacts directory's, so that it is looked through once.
    Many {
        host_root: PathBuf,
        /// Those of failures by their SHA-256.
        all: OnceLock<HashMap<String, WorldPath>>,
    },
}

impl Twins {
    pub(super) const fn of_many_in(host_root: PathBuf) -> Self {
        Self::Many {
            host_root,
            all: OnceLock::new(),
        }
    }

    /// The receipt in a write prefix that has the same bytes as this one.
    pub(super) fn find(&self, located: &Located, receipt: &Receipt) -> Option<WorldPath> {
        let artifacts = &*located.artifacts;
        let usual = usual(receipt);
        if let Some(path) = usual
            && artifacts.read(&path).is_ok_and(|found| found == located.bytes)
        {
            return Some(path);
        }
        match self {
            Self::Many { host_root, all } if *host_root == located.host_root => {
                let all = all.get_or_init(|| failures(artifacts));
                all.get(&sha256(&located.bytes)).cloned()
            }
            Self::Single | Self::Many { .. } => {
                let mut twin = None;
                walk(artifacts, |path, bytes| {
                    let is_twin = bytes == located.bytes;
                    if is_twin {
                        twin = Some(path);
                    }
                    is_twin
                });
                twin
            }
        }
    }
}

/// Where `run` puts it unless it is told otherwise.
fn usual(receipt: &Receipt) -> Option<WorldPath> {
    let id = ExecutionId::parse(&receipt.execution_id).ok()?;
    WorldPath::parse(&format!("/artifacts/outputs/{id}/{RECEIPT}")).ok()
}

fn failures(artifacts: &dyn Artifacts) -> HashMap<String, WorldPath> {
    let mut all = HashMap::new();
    walk(artifacts, |path, bytes| {
        let receipt = serde_json::from_slice::<Receipt>(&bytes);
        if receipt.is_ok_and(|receipt| receipt.status == Status::Error) {
            all.insert(sha256(&bytes), path);
        }
        false
    });
    all
}

/// Looks through the whole artifacts directory, but not into outputs, until a receipt is the one that is sought.
fn walk(artifacts: &dyn Artifacts, mut is_sought: impl FnMut(WorldPath, Vec<u8>) -> bool) {
    let mut dirs: Vec<Vec<String>> = vec![Vec::new()];
    while let Some(dir) = dirs.pop() {
        let names: Vec<&str> = dir.iter().map(String::as_str).collect();
        let entries = artifacts.list(&names).unwrap_or_default();
        let is_prefix = entries.iter().any(|entry| entry.name == RECEIPT && !entry.is_dir);
        if is_prefix
            && let Ok(path) = WorldPath::parse(&format!("world://artifacts/{}/{RECEIPT}", dir.join("/")))
            && let Ok(bytes) = artifacts.read(&path)
            && is_sought(path, bytes)
        {
            return;
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
}
