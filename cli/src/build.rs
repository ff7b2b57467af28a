//! `--build`: a processor's binary, made by Cargo.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use contracts::{ErrorCode, ProcessorError};
use serde::Deserialize;

/// One of the messages of `cargo build --message-format json`.
#[derive(Deserialize)]
struct Message {
    reason: String,
    executable: Option<PathBuf>,
    target: Option<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

/// Builds a package's binary in release; gives where it is. What Cargo tells goes to stderr.
///
/// # Errors
///
/// `ERR_ADAPTER_INVOCATION` where Cargo is missing, or the build fails.
pub(crate) fn binary(package: &str, workspace: &Path) -> Result<PathBuf, ProcessorError> {
    let cannot = |problem: std::io::Error| {
        error(format!(
            "cargo cannot be started: {problem}; `--build` needs Rust and its Cargo on PATH"
        ))
    };
    let mut cargo = Command::new("cargo")
        .args(["build", "--release", "--package", package, "--message-format"])
        .arg("json-render-diagnostics")
        .current_dir(workspace)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(cannot)?;
    let mut executable = None;
    for line in cargo
        .stdout
        .take()
        .map(BufReader::new)
        .into_iter()
        .flat_map(BufReader::lines)
    {
        let line = line.map_err(cannot)?;
        if let Ok(message) = serde_json::from_str::<Message>(&line)
            && message.reason == "compiler-artifact"
            && message.target.is_some_and(|target| target.name == package)
            && message.executable.is_some()
        {
            executable = message.executable;
        }
    }
    match cargo.wait().map_err(cannot)? {
        status if status.success() => executable.ok_or_else(|| {
            error(format!(
                "the package {package} has no binary {package}; name the right one in its entry"
            ))
        }),
        status => Err(error(format!(
            "the build of {package} failed ({status}); what Cargo said stands above"
        ))),
    }
}

fn error(what: String) -> ProcessorError {
    ProcessorError::new(ErrorCode::AdapterInvocation, what)
}
