//! The workspace that a new processor goes into, once it is known to have room for it.

use std::fs;
use std::path::{Path, PathBuf};

use documents::{ErrorCode, ProcessorRef};
use toml_edit::DocumentMut;

use super::membership;
use super::names::Names;
use super::write;
use crate::error::Error;
use crate::registry::entry::VariableName;
use crate::registry::{Entry, Registry};
use crate::workspace::Workspace;

/// What the generated manifest takes from the workspace.
const INHERITED: [(&str, &str); 8] = [
    ("dependencies", "counterfoil-runtime"),
    ("dependencies", "counterfoil-test-support"),
    ("dependencies", "serde_json"),
    ("package", "version"),
    ("package", "edition"),
    ("package", "rust-version"),
    ("package", "license"),
    ("package", "publish"),
];

/// A workspace with a free place.
#[derive(Debug)]
pub(super) struct Target {
    dir: PathBuf,
    manifest: String,
}

impl Target {
    /// Checks everything that could stand in the way, but for the files themselves.
    pub(super) fn check(
        registry: &Registry,
        processor_ref: &ProcessorRef,
        names: &Names,
        secrets: &[VariableName],
        force: bool,
    ) -> Result<Self, Error> {
        if let Some(name) = secrets
            .iter()
            .enumerate()
            .find_map(|(at, name)| secrets.iter().take(at).find(|earlier| *earlier == name))
        {
            return Err(Error::new(
                ErrorCode::Usage,
                format!("--secrets names {} twice; name it once", name.as_str()),
            ));
        }
        let dir = registry.workspace();
        let manifest = manifest(&dir, registry, names)?;
        check_package(registry, &dir, names, force)?;
        check_entry(registry, processor_ref)?;
        Ok(Self { dir, manifest })
    }

    /// The workspace's directory.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Makes the processor a member of the workspace.
    pub(super) fn join(&self) -> anyhow::Result<()> {
        write::write(&self.dir, "Cargo.toml", self.manifest.as_bytes())
    }
}

/// The text of the workspace's manifest with the new member.
fn manifest(dir: &Path, registry: &Registry, names: &Names) -> Result<String, Error> {
    let path = dir.join("Cargo.toml");
    let refuse = |why: String| {
        refused(format!(
            "{} {why}; scaffold in the workspace that has counterfoil's runtime",
            path.display()
        ))
    };
    let text = fs::read_to_string(&path).map_err(|problem| refuse(format!("cannot be read: {problem}")))?;
    let with_member = membership::add(&text, &format!("processors/{}", names.package)).map_err(refuse)?;
    let document: DocumentMut = with_member.parse().map_err(|_| refuse("is not TOML".into()))?;
    let workspace = document.get("workspace");
    for (table, key) in INHERITED {
        let found = workspace.and_then(|workspace| workspace.get(table)?.get(key));
        if found.is_none() {
            return Err(refuse(format!("has no {key} in [workspace.{table}]")));
        }
    }
    if workspace.and_then(|workspace| workspace.get("lints")).is_none() {
        return Err(refuse("has no [workspace.lints]".into()));
    }
    if !dir.join("runtime/Cargo.toml").is_file() {
        return Err(refuse("has no runtime/ beside it".into()));
    }
    if registry.dir().canonicalize().ok() != dir.join("registry").canonicalize().ok() {
        return Err(refused(format!(
            "the registry {} is not the directory `registry` of its workspace; scaffold there",
            registry.shown(registry.dir())
        )));
    }
    Ok(with_member)
}

/// A package of this name may only be the one that an earlier call made.
fn check_package(registry: &Registry, dir: &Path, names: &Names, force: bool) -> Result<(), Error> {
    let package = &names.package;
    let workspace = Workspace::read(dir, registry.environment()).map_err(|problem| {
        refused(format!(
            "the workspace cannot be read, as {problem}; repair that first"
        ))
    })?;
    if let Some(present) = workspace.package(package) {
        let own = dir.join("processors").join(package).join("Cargo.toml");
        if !force || present.manifest_path.as_std_path() != own {
            return Err(refused(format!(
                "the workspace has a package {package} already, {}; choose another reference{}",
                present.manifest_path,
                if present.manifest_path.as_std_path() == own {
                    ", or replace it with --force"
                } else {
                    ""
                }
            )));
        }
        return Ok(());
    }
    // two crates of one name cannot be told apart by `cargo -p`, nor by the generated `main.rs`
    let lock = fs::read_to_string(dir.join("Cargo.lock")).unwrap_or_default();
    let taken = lock
        .lines()
        .filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
        .find(|name| name.replace('-', "_") == names.lib);
    match taken {
        Some(name) => Err(refused(format!(
            "the workspace depends on a crate {name} already; choose another reference"
        ))),
        None => Ok(()),
    }
}

/// `a_b/c` and `a/b_c` have one file name.
fn check_entry(registry: &Registry, processor_ref: &ProcessorRef) -> Result<(), Error> {
    let path = registry.path(processor_ref);
    match Entry::read(&path).map(|entry| entry.processor_ref) {
        Ok(other)
            if (other.namespace(), other.name()) != (processor_ref.namespace(), processor_ref.name()) =>
        {
            Err(refused(format!(
                "{} is the entry of {other}, and {processor_ref} would have the same file; choose another reference",
                registry.shown(&path)
            )))
        }
        _ => Ok(()), // other files are reported with the rest
    }
}

fn refused(why: String) -> Error {
    Error::new(ErrorCode::Registry, why)
}
