//! `--build`: a processor's binary, made by Cargo, or its image, made by a container engine.

use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use documents::{Error as ProcessorError, ErrorCode};
use serde::Deserialize;

use crate::adapter::Engine;

/// The one recipe for the images of all processors, in the workspace.
const RECIPE: &str = "Dockerfile.template";

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

/// Builds a package's image; gives its id, 64 hex digits. What the engine tells goes to stderr.
///
/// # Errors
///
/// `ERR_ADAPTER_INVOCATION` where the engine is missing, or the build fails.
pub(crate) fn image(engine: Engine, package: &str, workspace: &Path) -> Result<String, ProcessorError> {
    let cannot = |problem: io::Error| error(format!("the image of {package} cannot be built: {problem}"));
    let folder = tempfile::tempdir().map_err(cannot)?;
    let id_file = folder.path().join("id");
    let status = Command::new(engine.name())
        .arg("build")
        .arg("--file")
        .arg(workspace.join(RECIPE))
        .args(["--build-arg", &format!("PROCESSOR={package}")])
        .arg("--iidfile")
        .arg(&id_file)
        .arg(workspace)
        .env("DOCKER_BUILDKIT", "1") // the recipe needs it; an older docker has to be told
        .stdin(Stdio::null())
        .stdout(io::stderr())
        .status()
        .map_err(|problem| engine.missing(&problem))?;
    if !status.success() {
        return Err(error(format!(
            "the build of the image of {package} failed ({status}); what {} said stands above",
            engine.name()
        )));
    }
    let id = std::fs::read_to_string(&id_file).map_err(cannot)?;
    let id = id.trim();
    let id = id.strip_prefix("sha256:").unwrap_or(id);
    match id.len() == 64 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        true => Ok(id.to_owned()),
        false => Err(error(format!(
            "{} built the image of {package}, but gave no id of the form sha256:<64 hex>",
            engine.name()
        ))),
    }
}

fn error(what: String) -> ProcessorError {
    ProcessorError::new(ErrorCode::AdapterInvocation, what)
}
