//! Runs commands in the workspace.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// The exit status of a script that lacks something on this machine.
const SKIPPED: i32 = 77;

/// A check that did not fail.
pub(crate) enum Outcome {
    Passed,
    /// Why it cannot be made on this machine.
    Skipped(String),
}

pub(crate) struct Shell {
    pub(crate) root: PathBuf,
}

impl Shell {
    /// Commands run in the directory above this package, whose path cargo passes to this program.
    ///
    /// # Errors
    ///
    /// When cargo does not run this program.
    pub(crate) fn new() -> Result<Self> {
        let package = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let root = package.as_deref().and_then(Path::parent);
        let root = root.context("run this as `cargo xtask`")?.to_owned();
        Ok(Self { root })
    }

    /// Prints a line of bash and runs it.
    ///
    /// # Errors
    ///
    /// When it exits with another status than 0, or 77 for a skipped check.
    pub(crate) fn run(&self, line: &str) -> Result<Outcome> {
        println!("$ {line}");
        let status = self.command(line).status().context("cannot start bash")?;
        match status.code() {
            Some(0) => Ok(Outcome::Passed),
            Some(SKIPPED) => Ok(Outcome::Skipped(format!("{line} says why"))),
            _ => bail!("{status}: {line}"),
        }
    }

    /// Runs lines of bash until one is skipped.
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run), by the first line that fails.
    pub(crate) fn run_until_skipped(&self, lines: &[&str]) -> Result<Outcome> {
        for line in lines {
            let outcome = self.run(line)?;
            if matches!(outcome, Outcome::Skipped(_)) {
                return Ok(outcome);
            }
        }
        Ok(Outcome::Passed)
    }

    /// Runs a line of bash if a program is installed.
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run).
    pub(crate) fn run_with(&self, program: &str, line: &str) -> Result<Outcome> {
        if self.has(program) {
            self.run(line)
        } else {
            Ok(Outcome::Skipped(format!("{program} is not installed")))
        }
    }

    /// What a line of bash prints, if it succeeds.
    pub(crate) fn output(&self, line: &str) -> Option<String> {
        let output = self.command(line).stderr(Stdio::null()).output().ok()?;
        let output = Some(output).filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Whether a program is on `PATH`.
    pub(crate) fn has(&self, program: &str) -> bool {
        env::split_paths(&env::var_os("PATH").unwrap_or_default()).any(|dir| dir.join(program).is_file())
    }

    /// A line of bash, without what cargo tells this program about its own package.
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
