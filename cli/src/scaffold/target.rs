//! The workspace that a new processor goes into, once it is known to have room for it.

use std::fs;
use std::path::{Path, PathBuf};

use documents::{Error as ProcessorError, ErrorCode, ProcessorRef};
use toml_edit::DocumentMut;

use super::membership;
use super::names::Names;
use super::write;
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
    folder: PathBuf,
    manifest: String,
}

impl Target {
    /// Checks everything that could stand in the way, but for the files themselves.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE` and `ERR_REGISTRY`, with the way out.
    pub(super) fn check(
        registry: &Registry,
        processor_ref: &ProcessorRef,
        names: &Names,
        secrets: &[VariableName],
        force: bool,
    ) -> Result<Self, ProcessorError> {
        if let Some(name) = secrets
            .iter()
            .enumerate()
            .find_map(|(at, name)| secrets.iter().take(at).find(|earlier| *earlier == name))
        {
            return Err(ProcessorError::new(
                ErrorCode::Usage,
                format!("--secrets names {} twice; name it once", name.as_str()),
            ));
        }
        let folder = registry.workspace();
        let manifest = manifest(&folder, registry, names)?;
        check_package(&folder, names, force)?;
        check_entry(registry, processor_ref)?;
        Ok(Self { folder, manifest })
    }

    /// The workspace's folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes the processor a member of the workspace.
    pub(super) fn join(&self) -> anyhow::Result<()> {
        write::write(&self.folder, "Cargo.toml", self.manifest.as_bytes())
    }
}

/// The text of the workspace's manifest with the new member.
fn manifest(folder: &Path, registry: &Registry, names: &Names) -> Result<String, ProcessorError> {
    let path = folder.join("Cargo.toml");
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
    if !folder.join("runtime/Cargo.toml").is_file() {
        return Err(refuse("has no runtime/ beside it".into()));
    }
    if registry.folder().canonicalize().ok() != folder.join("registry").canonicalize().ok() {
        return Err(refused(format!(
            "the registry {} is not the folder `registry` of its workspace; scaffold there",
            registry.folder().display()
        )));
    }
    Ok(with_member)
}

/// A package of this name may only be the one that an earlier call made.
fn check_package(folder: &Path, names: &Names, force: bool) -> Result<(), ProcessorError> {
    let package = &names.package;
    let workspace = Workspace::read(folder).map_err(|problem| {
        refused(format!(
            "the workspace cannot be read, as {problem}; mend that first"
        ))
    })?;
    if let Some(present) = workspace.package(package) {
        let own = folder.join("processors").join(package).join("Cargo.toml");
        if !force || present.manifest_path != own {
            return Err(refused(format!(
                "the workspace has a package {package} already, {}; choose another reference{}",
                present.manifest_path.display(),
                if present.manifest_path == own {
                    ", or replace it with --force"
                } else {
                    ""
                }
            )));
        }
        return Ok(());
    }
    // two crates of one name cannot be told apart by `cargo -p`, nor by the generated `main.rs`
    let lock = fs::read_to_string(folder.join("Cargo.lock")).unwrap_or_default();
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
fn check_entry(registry: &Registry, processor_ref: &ProcessorRef) -> Result<(), ProcessorError> {
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
        _ => Ok(()), // what else is there is told with the other files
    }
}

fn refused(why: String) -> ProcessorError {
    ProcessorError::new(ErrorCode::Registry, why)
}
