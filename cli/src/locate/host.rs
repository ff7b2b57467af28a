//! Receipts that are named by their place on this machine.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use documents::layout::{EXECUTIONS, GLOBAL_RECEIPT, RECEIPT};
use documents::{ExecutionId, WorldPath};
use serde_json::Value;
use store::local::Dir;

use super::located::Located;
use crate::artifacts::Artifacts;
use crate::environment::Environment;

/// Finds the receipt of a file or directory. The links on the way to it are the operator's own.
pub(super) fn receipt(
    named: &Path,
    artifacts: &Artifacts,
    environment: &Environment,
) -> anyhow::Result<Located> {
    let shown = named.display();
    let path = &environment.path(named);
    let metadata = fs::metadata(path).with_context(|| {
        format!("{shown} cannot be found; name a write prefix, a receipt, or a directory below {EXECUTIONS}/")
    })?;
    let (dir, name) = if metadata.is_dir() {
        let has = |name: &&str| path.join(name).symlink_metadata().is_ok();
        let name = [RECEIPT, GLOBAL_RECEIPT].into_iter().find(has).with_context(|| {
            format!("{shown} has no receipt; name a write prefix, or a directory below {EXECUTIONS}/")
        })?;
        (path.canonicalize(), name)
    } else {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.with_context(|| format!("{shown} is not a receipt"))?;
        (path.parent().unwrap_or(path).canonicalize(), name)
    };
    let unreadable = || format!("{shown} cannot be read");
    let dir = dir.with_context(unreadable)?;
    let bytes = Dir::open(&dir)
        .and_then(|dir| dir.read_file(name))
        .with_context(unreadable)?
        .with_context(unreadable)?;

    let own = Own::read(&bytes);
    if let Some(host_root) = own.root(&dir, name, artifacts, environment)
        && let Some(path) = world_path(&host_root, &dir, name)
    {
        return Ok(Located {
            root: Dir::open(&host_root).with_context(unreadable)?,
            host_root,
            name: path.as_str().to_owned(),
            path: Some(path),
            bytes,
        });
    }
    match artifacts.open(environment) {
        Ok(root) if own.is_below(&root) => Ok(Located {
            root,
            host_root: artifacts.dir(environment).to_owned(),
            path: None,
            name: named.to_string_lossy().into_owned(),
            bytes,
        }),
        Ok(_) | Err(_) => {
            bail!("{shown} does not say which artifacts directory it is of; name that with --artifacts-dir")
        }
    }
}

/// What a receipt says about where it is, as far as it can be read.
struct Own {
    index: Option<WorldPath>,
    execution_id: Option<ExecutionId>,
}

impl Own {
    fn read(bytes: &[u8]) -> Self {
        let value: Value = serde_json::from_slice(bytes).unwrap_or_default();
        let text = |field| value.get(field).and_then(Value::as_str);
        Self {
            index: text("outputs_index").and_then(|path| WorldPath::parse(path).ok()),
            execution_id: text("execution_id").and_then(|id| ExecutionId::parse(id).ok()),
        }
    }

    /// The artifacts directory above a receipt: by what it says, so that a tree is whole wherever it was copied to.
    fn root(
        &self,
        dir: &Path,
        name: &str,
        artifacts: &Artifacts,
        environment: &Environment,
    ) -> Option<PathBuf> {
        if name == GLOBAL_RECEIPT
            && let Some(executions) = dir.parent()
            && executions.ends_with(EXECUTIONS)
        {
            return executions.parent().map(Path::to_owned);
        }
        if let Some(index) = &self.index {
            let (prefix, _) = index.split();
            if dir.ends_with(prefix.iter().collect::<PathBuf>()) {
                return dir.ancestors().nth(prefix.len()).map(Path::to_owned);
            }
        }
        if let Some(id) = &self.execution_id {
            let twin = Path::new(EXECUTIONS).join(id.as_str()).join(GLOBAL_RECEIPT);
            if let Some(root) = dir.ancestors().find(|above| above.join(&twin).is_file()) {
                return Some(root.to_owned());
            }
        }
        let usual = environment.path(artifacts.dir(environment)).canonicalize().ok()?;
        dir.starts_with(&usual).then_some(usual)
    }

    /// Whether an artifacts directory has one of the places.
    fn is_below(&self, root: &Dir) -> bool {
        let prefix = self
            .index
            .as_ref()
            .is_some_and(|index| root.open_below(&index.split().0).is_ok());
        let execution = |id: &ExecutionId| root.open_below(&[EXECUTIONS, id.as_str()]).is_ok();
        prefix || self.execution_id.as_ref().is_some_and(execution)
    }
}

fn world_path(root: &Path, dir: &Path, name: &str) -> Option<WorldPath> {
    let below = dir.strip_prefix(root).ok()?.join(name);
    let text = format!("world://artifacts/{}", below.to_str()?);
    WorldPath::parse(&text).ok().filter(|path| path.as_str() == text)
}
