//! `--build` with a container engine: a processor's image, made by it.

use std::io;
use std::path::Path;

use documents::ErrorCode;

use super::engine::Engine;
use crate::cargo;
use crate::error::Error;
use crate::image::{Source, labels};
use crate::registry::Entry;
use crate::session::Session;

/// The recipe for the images of all processors, in the workspace.
const RECIPE: &str = "Dockerfile.template";

/// The recipe's argument for each label that it does not know itself.
const ARGUMENTS: [(&str, &str); 5] = [
    ("org.opencontainers.image.source", "SOURCE"),
    ("org.opencontainers.image.revision", "REVISION"),
    ("org.opencontainers.image.version", "VERSION"),
    ("dev.counterfoil.processor.ref", "REF"),
    ("dev.counterfoil.inputs.schema", "SCHEMA"),
];

/// Builds a processor's image; returns its id, 64 hex digits. The engine's own messages go to stderr.
pub(super) fn image(
    engine: &Engine,
    entry: &Entry,
    workspace: &Path,
    session: &Session,
) -> Result<String, Error> {
    let package = &entry.build.package;
    let metadata = cargo::metadata(workspace, session).ok(); // without cargo an engine builds all the same
    let source = metadata.map(|metadata| Source::read(package, &metadata, session));
    let labels = labels(entry, &source.unwrap_or_default());
    let cannot = |problem: io::Error| error(format!("the image of {package} cannot be built: {problem}"));
    let dir = tempfile::tempdir().map_err(cannot)?;
    let id_file = dir.path().join("id");
    let mut command = session.environment.command(engine.name);
    command
        .arg("build")
        .arg("--file")
        .arg(workspace.join(RECIPE))
        .args(["--build-arg", &format!("PROCESSOR={package}")])
        .args(labels.iter().filter_map(build_argument))
        .args(session.is_quiet().then_some("--quiet"))
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

fn build_argument((label, value): (&String, &String)) -> Option<String> {
    let (_, argument) = ARGUMENTS.iter().find(|(name, _)| name == label)?;
    Some(format!("--build-arg={argument}={value}"))
}

fn error(message: String) -> Error {
    Error::new(ErrorCode::AdapterInvocation, message)
}
