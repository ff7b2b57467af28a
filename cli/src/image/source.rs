//! Where a processor's source is, and which state of it.

use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, Package};

use crate::git;
use crate::origin::{web_address, web_address_of_origin};
use crate::session::Session;

/// What labels say of a source; each part only if it is known for sure.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// An `https` address without credentials.
    pub(crate) url: Option<String>,
    /// The last commit that changed what the processor is built from: an unrelated commit gives the same image.
    pub(crate) revision: Option<String>,
    pub(crate) version: Option<String>,
    /// An SPDX expression.
    pub(crate) licences: Option<String>,
    /// Why there is no revision.
    pub(crate) note: Option<String>,
}

impl Source {
    /// Nothing is known, for this reason.
    pub(crate) fn unknown(note: String) -> Self {
        Self {
            note: Some(note),
            ..Self::default()
        }
    }

    /// Asks cargo's metadata and git about a package.
    pub(crate) fn read(package: &str, metadata: &Metadata, session: &Session) -> Self {
        let Some(found) = metadata
            .workspace_packages()
            .into_iter()
            .find(|found| found.name == package)
        else {
            return Self::unknown(format!("the workspace has no package {package}"));
        };
        let workspace = metadata.workspace_root.as_std_path();
        let (revision, note) = match revision(&sources(found, metadata), workspace, session) {
            Ok(revision) => (Some(revision), None),
            Err(note) => (None, Some(note)),
        };
        let origin = || web_address_of_origin(workspace, &session.environment);
        Self {
            url: found.repository.as_deref().and_then(web_address).or_else(origin),
            revision,
            version: Some(found.version.to_string()),
            licences: found.license.clone(),
            note,
        }
    }
}

/// The files and directories that a package is built from: its own, those of its dependencies in the workspace, and what
/// holds for the whole workspace.
fn sources(package: &Package, metadata: &Metadata) -> Vec<PathBuf> {
    let root = metadata.workspace_root.as_std_path();
    let mut dirs: Vec<PathBuf> = ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", ".cargo"]
        .iter()
        .map(|name| root.join(name))
        .collect();
    let mut pending = vec![package];
    while let Some(package) = pending.pop() {
        let Some(dir) = package
            .manifest_path
            .parent()
            .map(|dir| dir.as_std_path().to_owned())
        else {
            continue;
        };
        if dirs.contains(&dir) {
            continue;
        }
        dirs.push(dir);
        let built = package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind != DependencyKind::Development);
        pending.extend(built.filter_map(|dependency| {
            let dir = dependency.path.as_ref()?;
            metadata
                .packages
                .iter()
                .find(|found| found.manifest_path.parent() == Some(dir))
        }));
    }
    dirs
}

/// The last commit of some paths, or why none is known for sure.
fn revision(paths: &[PathBuf], workspace: &Path, session: &Session) -> Result<String, String> {
    let git = |arguments: &[&str]| git::ask(workspace, &session.environment, arguments);
    let paths: Vec<&str> = paths.iter().filter_map(|path| path.to_str()).collect();
    let with = |command: &[&str]| git(&[command, &["--"], &paths].concat());
    if git(&["rev-parse", "--is-inside-work-tree"]).is_none() {
        return Err("the workspace is in no git repository".into());
    }
    if git(&["rev-parse", "--is-shallow-repository"]).as_deref() == Some("true") {
        return Err("the clone is shallow; `git fetch --unshallow` gets all commits".into());
    }
    match with(&["status", "--porcelain", "--untracked-files=normal"]).as_deref() {
        Some("") => {}
        _ => return Err("there are changes that are not committed".into()),
    }
    with(&["rev-list", "--max-count=1", "HEAD"])
        .filter(|revision| !revision.is_empty())
        .ok_or_else(|| "there is no commit yet".into())
}
