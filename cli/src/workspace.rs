//! The Cargo workspace that processors are built in.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

/// What `cargo metadata` knows of a workspace's own packages.
#[derive(Debug, Deserialize)]
pub(crate) struct Workspace {
    packages: Vec<Package>,
}

/// One package of the workspace.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

impl Workspace {
    /// Asks cargo, without the network.
    ///
    /// # Errors
    ///
    /// Why cargo cannot tell, in a part of a sentence.
    pub(crate) fn read(folder: &Path) -> Result<Self, String> {
        let manifest = folder.join("Cargo.toml");
        if !manifest.is_file() {
            return Err(format!("there is no {}", manifest.display()));
        }
        let answer = Command::new("cargo")
            .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
            .arg("--manifest-path")
            .arg(&manifest)
            .stdin(Stdio::null())
            .output()
            .map_err(|problem| format!("cargo does not start: {problem}"))?;
        if !answer.status.success() {
            let told = String::from_utf8_lossy(&answer.stderr);
            return Err(format!("cargo metadata fails: {}", first_error(&told)));
        }
        serde_json::from_slice(&answer.stdout)
            .map_err(|problem| format!("cargo metadata gives what is not understood: {problem}"))
    }

    /// The package of this name.
    pub(crate) fn package(&self, name: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.name == name)
    }
}

impl Package {
    /// Whether it has a binary that is named as the package is.
    pub(crate) fn has_own_binary(&self) -> bool {
        self.targets
            .iter()
            .any(|target| target.name == self.name && target.kind.iter().any(|kind| kind == "bin"))
    }
}

/// The sentence that counts: cargo tells the file first and the reason below.
fn first_error(told: &str) -> String {
    let lines: Vec<_> = told
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
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let workspace = Workspace::read(&folder).unwrap();
        assert!(workspace.package("counterfoil").unwrap().has_own_binary());
        assert!(
            !workspace
                .package("counterfoil-documents")
                .unwrap()
                .has_own_binary()
        );
        assert!(workspace.package("serde").is_none());
    }

    #[test]
    fn no_workspace_is_told_in_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let missing = Workspace::read(folder.path()).unwrap_err();
        assert!(
            missing.starts_with("there is no ") && missing.ends_with("Cargo.toml"),
            "{missing}"
        );
        std::fs::write(
            folder.path().join("Cargo.toml"),
            "[workspace]\nmembers = [\"nowhere\"]\n",
        )
        .unwrap();
        let broken = Workspace::read(folder.path()).unwrap_err();
        assert!(
            broken.starts_with("cargo metadata fails: ") && !broken.contains('\n'),
            "{broken}"
        );
        assert!(broken.contains("nowhere"), "{broken}");
    }
}
