//! From what somebody names to a receipt, and the artifacts directory that it belongs to.

mod host;
mod located;

use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;

use anyhow::bail;
use documents::layout::{EXECUTIONS, GLOBAL_RECEIPT, RECEIPT};
use documents::receipt::Receipt;
use documents::{ErrorCode, ExecutionId, WorldPath};
use store::{Artifacts, ReadError};

use crate::artifacts::ArtifactsOption;
use crate::environment::Environment;
use crate::error::Error;
pub(crate) use located::Located;

/// The receipt of a world path, of `/artifacts/...`, or of a file or directory on this machine.
fn by_path(named: &OsStr, artifacts: &ArtifactsOption, environment: &Environment) -> anyhow::Result<Located> {
    let world = named
        .to_str()
        .filter(|text| text.starts_with("world://") || text.starts_with("/artifacts/"));
    match world.map(|text| by_world_path(text, artifacts, environment)) {
        // a machine may have a directory /artifacts of its own
        Some(Err(_)) if environment.path(named).exists() => {}
        Some(result) => return result,
        None => {}
    }
    host::receipt(Path::new(named), artifacts, environment)
}

/// Finds the receipt of a world path, of `/artifacts/...`, of a file or directory on this machine, or of an execution id. Fails
/// with `ERR_USAGE` for what cannot be a world path.
pub(crate) fn receipt(
    named: &OsStr,
    artifacts: &ArtifactsOption,
    environment: &Environment,
) -> anyhow::Result<Located> {
    let found = by_path(named, artifacts, environment);
    let (Err(_), Some(id)) = (
        &found,
        named.to_str().and_then(|text| ExecutionId::parse(text).ok()),
    ) else {
        return found;
    };
    if let Some(located) = below(artifacts, environment, &Receipt::global_path_of(&id))? {
        return Ok(located);
    }
    if environment.path(named).exists() {
        return found;
    }
    if without_receipt(named, artifacts, environment).is_some() {
        let id = id.as_str();
        bail!("the execution {id} has no receipt yet; `counterfoil show {id}` says how it stands");
    }
    if has_batch(artifacts, environment, &id) {
        bail!(
            "{0} is no execution, but a batch; `counterfoil ls --batch {0}` lists its runs, and `counterfoil results {0}` their answers",
            id.as_str()
        )
    }
    bail!(
        "there is no execution {} below {}; `counterfoil ls` shows what is there, and --artifacts-dir names another directory",
        id.as_str(),
        artifacts.dir(environment).display()
    )
}

/// Whether a batch has this name.
fn has_batch(artifacts: &ArtifactsOption, environment: &Environment, name: &ExecutionId) -> bool {
    let record = WorldPath::parse(&format!("/artifacts/batch/{}.json", name.as_str()));
    let root = artifacts.open(environment);
    matches!((root, record), (Ok(root), Ok(record)) if root.has_file(&record))
}

/// An execution that has a directory and no receipt, if an execution id names one.
pub(crate) fn without_receipt(
    named: &OsStr,
    artifacts: &ArtifactsOption,
    environment: &Environment,
) -> Option<(ExecutionId, Arc<dyn Artifacts>)> {
    let id = ExecutionId::parse(named.to_str()?).ok()?;
    let root = artifacts.open(environment).ok()?;
    root.list(&[EXECUTIONS, id.as_str()]).ok()?;
    let is_missing = matches!(
        root.read_small(&Receipt::global_path_of(&id), &mut [0]),
        Err(ReadError::Missing)
    );
    is_missing.then_some((id, root))
}

fn by_world_path(
    text: &str,
    artifacts: &ArtifactsOption,
    environment: &Environment,
) -> anyhow::Result<Located> {
    let dir = text.trim_end_matches('/');
    let parse = |text: &str| {
        WorldPath::parse(text)
            .map_err(|error| Error::new(ErrorCode::Usage, format!("{text}: {}", error.message())))
    };
    if dir == text
        && let Some(located) = below(artifacts, environment, &parse(text)?)?
    {
        return Ok(located);
    }
    for name in [RECEIPT, GLOBAL_RECEIPT] {
        if let Some(located) = below(artifacts, environment, &parse(&format!("{dir}/{name}"))?)? {
            return Ok(located);
        }
    }
    bail!(
        "there is no receipt in {text} below {}; name another artifacts directory with --artifacts-dir",
        artifacts.dir(environment).display()
    )
}

/// The receipt at a world path, if there is a file.
fn below(
    artifacts: &ArtifactsOption,
    environment: &Environment,
    path: &WorldPath,
) -> anyhow::Result<Option<Located>> {
    let root = artifacts.open(environment)?;
    let bytes = match root.read(path) {
        Ok(bytes) => bytes,
        Err(ReadError::Missing | ReadError::NotAFile) => return Ok(None),
        Err(error) => bail!("{path} {error}"),
    };
    Ok(Some(Located {
        artifacts: root,
        host_root: artifacts.dir(environment).to_owned(),
        path: Some(path.clone()),
        name: path.as_str().to_owned(),
        bytes,
    }))
}
