//! Receipts that are named by their place on this machine.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use documents::layout::{EXECUTIONS, GLOBAL_RECEIPT, RECEIPT};
use documents::{ExecutionId, WorldPath};
use serde_json::Value;
use store::local::Dir;

use super::Located;
use crate::artifacts::Artifacts;

/// Finds the receipt of a file or folder. The links on the way to it are the operator's own.
pub(super) fn receipt(named: &Path, artifacts: &Artifacts) -> anyhow::Result<Located> {
    let shown = named.display();
    let metadata = fs::metadata(named).with_context(|| {
        format!("{shown} cannot be found; name a write prefix, a receipt, or a folder below {EXECUTIONS}/")
    })?;
    let (folder, name) = match metadata.is_dir() {
        true => {
            let has = |name: &&str| named.join(name).symlink_metadata().is_ok();
            let name = [RECEIPT, GLOBAL_RECEIPT].into_iter().find(has).with_context(|| {
                format!("{shown} has no receipt; name a write prefix, or a folder below {EXECUTIONS}/")
            })?;
            (named.canonicalize(), name)
        }
        false => {
            let name = named.file_name().and_then(|name| name.to_str());
            let parent = named.parent().filter(|parent| *parent != Path::new(""));
            (
                parent.unwrap_or(Path::new(".")).canonicalize(),
                name.with_context(|| format!("{shown} is not a receipt"))?,
            )
        }
    };
    let unreadable = || format!("{shown} cannot be read");
    let folder = folder.with_context(unreadable)?;
    let bytes = Dir::open(&folder)
        .and_then(|folder| folder.read_file(name))
        .with_context(unreadable)?
        .with_context(unreadable)?;

    let own = Own::of(&bytes);
    if let Some(host_root) = own.root(&folder, name, artifacts)
        && let Some(path) = world_path(&host_root, &folder, name)
    {
        return Ok(Located {
            root: Dir::open(&host_root).with_context(unreadable)?,
            host_root,
            name: path.as_str().to_owned(),
            path: Some(path),
            bytes,
        });
    }
    match artifacts.open() {
        Ok(root) if own.is_below(&root) => Ok(Located {
            root,
            host_root: artifacts.artifacts_dir.clone(),
            path: None,
            name: named.to_string_lossy().into_owned(),
            bytes,
        }),
        Ok(_) | Err(_) => {
            bail!("{shown} does not tell which artifacts folder it is of; name that with --artifacts-dir")
        }
    }
}

/// What a receipt says of its own places, as far as it can be read.
struct Own {
    index: Option<WorldPath>,
    execution_id: Option<ExecutionId>,
}

impl Own {
    fn of(bytes: &[u8]) -> Self {
        let value: Value = serde_json::from_slice(bytes).unwrap_or_default();
        let text = |field| value.get(field).and_then(Value::as_str);
        Self {
            index: text("outputs_index").and_then(|path| WorldPath::parse(path).ok()),
            execution_id: text("execution_id").and_then(|id| ExecutionId::parse(id).ok()),
        }
    }

    /// The artifacts folder above a receipt: by what it says, so that a tree is whole wherever it was copied to.
    fn root(&self, folder: &Path, name: &str, artifacts: &Artifacts) -> Option<PathBuf> {
        if name == GLOBAL_RECEIPT
            && let Some(executions) = folder.parent()
            && executions.ends_with(EXECUTIONS)
        {
            return executions.parent().map(Path::to_owned);
        }
        if let Some(index) = &self.index {
            let (prefix, _) = index.split();
            if folder.ends_with(prefix.iter().collect::<PathBuf>()) {
                return folder.ancestors().nth(prefix.len()).map(Path::to_owned);
            }
        }
        if let Some(id) = &self.execution_id {
            let twin = Path::new(EXECUTIONS).join(id.as_str()).join(GLOBAL_RECEIPT);
            if let Some(root) = folder.ancestors().find(|above| above.join(&twin).is_file()) {
                return Some(root.to_owned());
            }
        }
        let usual = artifacts.artifacts_dir.canonicalize().ok()?;
        folder.starts_with(&usual).then_some(usual)
    }

    /// Whether an artifacts folder has one of the places.
    fn is_below(&self, root: &Dir) -> bool {
        let prefix = self
            .index
            .as_ref()
            .is_some_and(|index| root.open_below(&index.split().0).is_ok());
        let execution = |id: &ExecutionId| root.open_below(&[EXECUTIONS, id.as_str()]).is_ok();
        prefix || self.execution_id.as_ref().is_some_and(execution)
    }
}

fn world_path(root: &Path, folder: &Path, name: &str) -> Option<WorldPath> {
    let below = folder.strip_prefix(root).ok()?.join(name);
    let text = format!("world://artifacts/{}", below.to_str()?);
    WorldPath::parse(&text).ok().filter(|path| path.as_str() == text)
}
