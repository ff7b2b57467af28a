//! `--build`: a processor's binary, made by Cargo, or its image, made by a container engine.

use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use cargo_metadata::Message;
use documents::ErrorCode;

use super::engine::Engine;
use crate::error::Error;
use crate::registry::Entry;
use crate::session::Session;

/// The recipe for the images of all processors, in the workspace.
const RECIPE: &str = "Dockerfile.template";

/// Builds a package's binary in release; returns its path. Cargo's own messages go to stderr.
pub(super) fn binary(package: &str, workspace: &Path, session: &Session) -> Result<PathBuf, Error> {
    let cannot_start = |problem: io::Error| {
        error(format!("cargo cannot be started: {problem}"))
            .hint("`--build` needs Rust and its Cargo on PATH")
    };
    let mut cargo = session.environment.command("cargo");
    cargo
        .args(["build", "--release", "--package", package])
        .args(["--message-format", "json-render-diagnostics"])
        .current_dir(workspace)
        .stdout(Stdio::piped());
    let mut executable = None;
    let read = |stdout| {
        for message in Message::parse_stream(BufReader::new(stdout)).map_while(Result::ok) {
            if let Message::CompilerArtifact(artifact) = message
                && artifact.target.name == package
                && artifact.executable.is_some()
            {
                executable = artifact.executable;
            }
        }
    };
    let status = session.run_reporting(&mut cargo, read).map_err(cannot_start)?;
    if !status.success() {
        let message = format!("the build of {package} failed ({status})");
        return Err(error(message).hint("what Cargo said stands above"));
    }
    executable.map(PathBuf::from).ok_or_else(|| {
        error(format!("the package {package} has no binary {package}"))
            .hint("name the right one in its entry")
    })
}

/// Builds a processor's image; returns its id, 64 hex digits. The engine's own messages go to stderr.
pub(super) fn image(
    engine: &Engine,
    entry: &Entry,
    workspace: &Path,
    session: &Session,
) -> Result<String, Error> {
    let package = &entry.build.package;
    let schema = entry.inputs.schema.as_ref().map(ToString::to_string);
    let labels = [
        format!("REF={}", entry.processor_ref),
        format!("SCHEMA={}", schema.unwrap_or_default()),
    ];
    let cannot = |problem: io::Error| error(format!("the image of {package} cannot be built: {problem}"));
    let dir = tempfile::tempdir().map_err(cannot)?;
    let id_file = dir.path().join("id");
    let mut command = session.environment.command(engine.name);
    command
        .arg("build")
        .arg("--file")
        .arg(workspace.join(RECIPE))
        .args(["--build-arg", &format!("PROCESSOR={package}")])
        .args(labels.iter().flat_map(|value| ["--build-arg", value]))
        .arg("--iidfile")
        .arg(&id_file)
        .arg(workspace)
        .env("DOCKER_BUILDKIT", "1") // the recipe needs it, and an older docker does not use it by itself
        .stdout(session.stderr.for_child());
    let status = session.run_reporting(&mut command, drop);
    let status = status.map_err(|problem| engine.missing(&problem))?;
    if !status.success() {
        let message = format!("the build of the image of {package} failed ({status})");
        return Err(error(message).hint(format!("what {} said stands above", engine.name)));
    }
    let id = std::fs::read_to_string(&id_file).map_err(cannot)?;
    let id = id.trim();
    let id = id.strip_prefix("sha256:").unwrap_or(id);
    if id.len() == 64 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return Ok(id.to_owned());
    }
    Err(error(format!(
        "{} built the image of {package}, but gave no id of the form sha256:<64 hex>",
        engine.name
    )))
}

fn error(message: String) -> Error {
    Error::new(ErrorCode::AdapterInvocation, message)
}
