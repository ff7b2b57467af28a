//! Runs commands in the workspace.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

/// Where commands run.
pub(crate) struct Shell {
    pub(crate) root: PathBuf,
}

impl Shell {
    /// # Errors
    ///
    /// When `root` is not a directory.
    pub(crate) fn new(root: PathBuf) -> Result<Self> {
        let root = root
            .canonicalize()
            .with_context(|| format!("no workspace at {}", root.display()))?;
        Ok(Self { root })
    }

    /// Runs a line of bash, and shows it first.
    ///
    /// # Errors
    ///
    /// When it exits with another status than 0.
    pub(crate) fn run(&self, line: &str) -> Result<()> {
        println!("$ {line}");
        let status = self.command(line).status().context("cannot start bash")?;
        ensure!(status.success(), "{status}: {line}");
        Ok(())
    }

    /// What a line of bash prints, if it succeeds.
    pub(crate) fn output(&self, line: &str) -> Option<String> {
        let output = self.command(line).stderr(Stdio::null()).output().ok()?;
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Whether a program is on `PATH`.
    pub(crate) fn has(&self, program: &str) -> bool {
        env::split_paths(&env::var_os("PATH").unwrap_or_default()).any(|dir| dir.join(program).is_file())
    }

    /// A line of bash, with whatever cargo has told this program about its own package taken out.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new("bash");
        command
            .args(["-euo", "pipefail", "-c", line])
            .current_dir(&self.root);
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") || text == "CARGO" {
                command.env_remove(&name);
            }
        }
        command
    }
}
