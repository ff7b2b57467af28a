//! The Cargo workspace that processors are built in.

use std::path::Path;
use std::process::Stdio;

use cargo_metadata::{Metadata, MetadataCommand, Package};

use crate::environment::Environment;

/// A workspace's own packages.
#[derive(Debug)]
pub(crate) struct Workspace(Metadata);

impl Workspace {
    /// Asks cargo, without the network. The error is a clause of a message.
    pub(crate) fn read(dir: &Path, environment: &Environment) -> Result<Self, String> {
        let manifest = dir.join("Cargo.toml");
        if !manifest.is_file() {
            return Err(format!("there is no {}", manifest.display()));
        }
        let mut command = MetadataCommand::new()
            .cargo_path("cargo")
            .manifest_path(&manifest)
            .no_deps()
            .other_options(["--offline".to_owned()])
            .cargo_command();
        environment.apply(&mut command);
        let output = command
            .stdin(Stdio::null())
            .output()
            .map_err(|problem| format!("cargo does not start: {problem}"))?;
        if !output.status.success() {
            let stderr = String::from_utf8_lossy(&output.stderr);
            return Err(format!("cargo metadata fails: {}", first_error(&stderr)));
        }
        MetadataCommand::parse(String::from_utf8_lossy(&output.stdout))
            .map(Self)
            .map_err(|problem| format!("the answer of cargo metadata cannot be read: {problem}"))
    }

    /// All that cargo says of it; dependencies are named, but not resolved.
    pub(crate) const fn metadata(&self) -> &Metadata {
        &self.0
    }

    /// The package of this name.
    pub(crate) fn package(&self, name: &str) -> Option<&Package> {
        self.0.packages.iter().find(|package| package.name == name)
    }
}

/// Whether a package has a binary that is named as it is.
pub(crate) fn has_own_binary(package: &Package) -> bool {
    let mut targets = package.targets.iter();
    targets.any(|target| package.name == target.name && target.is_bin())
}

/// The lines that matter: cargo names the file first and the reason below.
pub(crate) fn first_error(stderr: &str) -> String {
    let lines: Vec<_> = stderr
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && *line != "Caused by:")
        .take(3)
        .collect();
    lines.join(": ").replace("error: ", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_and_their_binaries() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let workspace = Workspace::read(&dir, &Environment::process()).unwrap();
        assert!(has_own_binary(workspace.package("counterfoil").unwrap()));
        assert!(!has_own_binary(workspace.package("counterfoil-runtime").unwrap()));
        assert!(workspace.package("serde").is_none());
    }

    #[test]
    fn a_missing_workspace_is_reported_in_one_line() {
        let dir = tempfile::tempdir().unwrap();
        let missing = Workspace::read(dir.path(), &Environment::process()).unwrap_err();
        assert!(
            missing.starts_with("there is no ") && missing.ends_with("Cargo.toml"),
            "{missing}"
        );
        std::fs::write(
            dir.path().join("Cargo.toml"),
            "[workspace]\nmembers = [\"nowhere\"]\n",
        )
        .unwrap();
        let broken = Workspace::read(dir.path(), &Environment::process()).unwrap_err();
        assert!(
            broken.starts_with("cargo metadata fails: ") && !broken.contains('\n'),
            "{broken}"
        );
        assert!(broken.contains("nowhere"), "{broken}");
    }
}
