//! From what somebody names to a receipt, and the artifacts folder that it belongs to.

mod host;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use documents::layout::{GLOBAL_RECEIPT, RECEIPT};
use documents::receipt::Receipt;
use documents::{Error as ProcessorError, ErrorCode, ExecutionId, WorldPath};
use store::local::Dir;

use crate::artifacts::Artifacts;

/// A receipt on this machine.
#[derive(Debug)]
pub(crate) struct Located {
    /// The artifacts folder, below which no symbolic link is followed.
    pub(crate) root: Dir,
    /// The same, as a path to show.
    pub(crate) host_root: PathBuf,
    /// Where the receipt is; none for a copy that lies outside.
    pub(crate) path: Option<WorldPath>,
    /// The receipt's name for people: the world path, or what was named.
    pub(crate) name: String,
    /// The receipt, byte for byte.
    pub(crate) bytes: Vec<u8>,
}

impl Located {
    /// Where something is on this machine.
    pub(crate) fn on_host(&self, path: &WorldPath) -> PathBuf {
        let (folders, name) = path.split();
        let folder = folders
            .iter()
            .fold(self.host_root.clone(), |path, name| path.join(name));
        folder.join(name)
    }
}

/// The receipt of a world path, of `/artifacts/...`, or of a file or folder on this machine.
fn by_place(named: &OsStr, artifacts: &Artifacts) -> anyhow::Result<Located> {
    let world = named
        .to_str()
        .filter(|text| text.starts_with("world://") || text.starts_with("/artifacts/"));
    match world.map(|text| by_world_path(text, artifacts)) {
        // a machine may have a folder /artifacts of its own
        Some(Err(_)) if Path::new(named).exists() => {}
        Some(result) => return result,
        None => {}
    }
    host::receipt(Path::new(named), artifacts)
}

/// Finds the receipt of a world path, of `/artifacts/...`, of a file or folder on this machine, or of an execution id.
///
/// # Errors
///
/// A sentence that names the thing and the way out; `ERR_USAGE` for what cannot be a world path.
pub(crate) fn receipt(named: &OsStr, artifacts: &Artifacts) -> anyhow::Result<Located> {
    let found = by_place(named, artifacts);
    let (Err(_), Some(id)) = (
        &found,
        named.to_str().and_then(|text| ExecutionId::parse(text).ok()),
    ) else {
        return found;
    };
    if let Some(located) = below(artifacts, &Receipt::global_path_of(&id))? {
        return Ok(located);
    }
    if Path::new(named).exists() {
        return found;
    }
    bail!(
        "there is no execution {} below {}; `counterfoil ls` shows what is there, and --artifacts-dir names another folder",
        id.as_str(),
        artifacts.artifacts_dir.display()
    )
}

fn by_world_path(text: &str, artifacts: &Artifacts) -> anyhow::Result<Located> {
    let folder = text.trim_end_matches('/');
    let parse = |text: &str| {
        WorldPath::parse(text)
            .map_err(|error| ProcessorError::new(ErrorCode::Usage, format!("{text}: {}", error.message())))
    };
    if folder == text
        && let Some(located) = below(artifacts, &parse(text)?)?
    {
        return Ok(located);
    }
    for name in [RECEIPT, GLOBAL_RECEIPT] {
        if let Some(located) = below(artifacts, &parse(&format!("{folder}/{name}"))?)? {
            return Ok(located);
        }
    }
    bail!(
        "there is no receipt in {text} below {}; name another artifacts folder with --artifacts-dir",
        artifacts.artifacts_dir.display()
    )
}

/// The receipt at a world path, if there is a file.
fn below(artifacts: &Artifacts, path: &WorldPath) -> anyhow::Result<Option<Located>> {
    use std::io::ErrorKind::{InvalidInput, NotADirectory, NotFound};
    let root = artifacts.open()?;
    let (folders, name) = path.split();
    let bytes = match root
        .open_below(&folders)
        .and_then(|folder| folder.read_file(name))
    {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(None),
        Err(error) if matches!(error.kind(), NotFound | NotADirectory | InvalidInput) => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("{path} cannot be read")),
    };
    Ok(Some(Located {
        root,
        host_root: artifacts.artifacts_dir.clone(),
        path: Some(path.clone()),
        name: path.as_str().to_owned(),
        bytes,
    }))
}
