//! Runs `counterfoil` in a folder of the test's own.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// A folder that is gone after the test.
pub(crate) struct Place(TempDir);

/// A call that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().expect("a temporary folder"))
    }

    /// A workspace with one processor, `a-b`, and its registry entry.
    pub(crate) fn workspace() -> Self {
        let place = Self::new();
        place.write(
            "Cargo.toml",
            "[workspace]\nresolver = \"3\"\nmembers = [\"processors/a-b\"]\n",
        );
        place.write(
            "processors/a-b/Cargo.toml",
            "[package]\nname = \"a-b\"\nedition = \"2024\"\n",
        );
        place.write("processors/a-b/src/main.rs", "fn main() {}\n");
        place.write(
            "registry/a_b.yaml",
            &entry("a/b@1", "a-b", "secrets: {required: [A], optional: [B]}\n"),
        );
        place
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// A folder with this shell script in it.
    pub(crate) fn script(&self, folder: &str, name: &str, body: &str) -> PathBuf {
        self.write(&format!("{folder}/{name}"), &format!("#!/bin/sh\n{body}\n"));
        let folder = self.path().join(folder);
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o755)).unwrap();
        folder
    }

    /// Runs `counterfoil` here, with the environment of the test.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, |command| command)
    }

    /// Runs `counterfoil` here, with what the test changes.
    pub(crate) fn run_with(
        &self,
        arguments: &[&str],
        change: impl FnOnce(&mut Command) -> &mut Command,
    ) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_counterfoil"));
        command
            .args(arguments)
            .current_dir(self.path())
            .env_remove("ARTIFACTS_BASE_DIR")
            .env_remove("COUNTERFOIL_REGISTRY");
        ended(change(&mut command))
    }
}

/// Runs a command to its end.
pub(crate) fn ended(command: &mut Command) -> Ended {
    let output = command.output().expect("it starts");
    Ended {
        status: output.status.code().expect("no signal"),
        stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
    }
}

/// The text of an entry with these further lines.
pub(crate) fn entry(processor_ref: &str, package: &str, lines: &str) -> String {
    format!(
        "ref: {processor_ref}\nbuild: {{package: {package}}}\nruntime: {{cpu: 1, memory: 2Gi, timeout_s: 60}}\n{lines}"
    )
}

impl Ended {
    #[track_caller]
    pub(crate) fn assert_status(&self, status: i32) -> &Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// Fails unless it ended with this status and exactly this sentence.
    #[track_caller]
    pub(crate) fn assert_refused(&self, status: i32, sentence: &str) {
        self.assert_status(status);
        assert_eq!(self.stderr, format!("error: {sentence}\n"), "{self:?}");
        assert_eq!(self.stdout, "");
    }

    /// Every line of stdout as JSON.
    pub(crate) fn json_lines(&self) -> Vec<Value> {
        self.stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
            .collect()
    }
}
