//! What git says of a repository.

use std::path::Path;
use std::process::Stdio;

use crate::environment::Environment;

/// Asks git in a directory, without taking a lock there; `None` if it fails, or answers with what is no text.
pub(crate) fn ask(dir: &Path, environment: &Environment, arguments: &[&str]) -> Option<String> {
    let output = environment
        .command("git")
        .args(arguments)
        .current_dir(dir)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let stdout = output.status.success().then_some(output.stdout)?;
    Some(String::from_utf8(stdout).ok()?.trim().to_owned())
}
