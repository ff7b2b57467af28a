//! What cargo builds: a package's binary, and the packages in it.

use std::collections::BTreeMap;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::{Message, Metadata};
use documents::ErrorCode;

use crate::error::Error;
use crate::session::Session;

/// A package that is in a binary, as `Cargo.lock` has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LockedPackage {
    pub(crate) name: String,
    pub(crate) version: String,
    /// An SPDX expression, if its manifest has one.
    pub(crate) licence: Option<String>,
}

/// Builds a package's binary in release by `cargo build`, to which `adjust` adds arguments and variables; returns its
/// path. Cargo's own messages go to stderr.
///
/// # Errors
///
/// `code`, without cargo, for a build that fails, and for a package without a binary of its name.
pub(crate) fn build(
    package: &str,
    workspace: &Path,
    code: ErrorCode,
    session: &Session,
    adjust: impl FnOnce(&mut Command),
) -> Result<PathBuf, Error> {
    let mut cargo = session.environment.command("cargo");
    cargo
        .args(["build", "--release", "--package", package])
        .args(["--message-format", "json-render-diagnostics"])
        .current_dir(workspace)
        .stdout(Stdio::piped());
    if session.is_quiet() {
        cargo.arg("--quiet");
    }
    adjust(&mut cargo);
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
    let status = session
        .run_reporting(&mut cargo, read)
        .map_err(|problem| cannot_start(code, &problem))?;
    if !status.success() {
        let message = format!("the build of {package} failed ({status})");
        return Err(Error::new(code, message).hint("what cargo said stands above"));
    }
    executable.map(PathBuf::from).ok_or_else(|| {
        Error::new(code, format!("the package {package} has no binary {package}"))
            .hint("name the right one in its entry")
    })
}

/// The packages of a workspace with their dependencies, as `Cargo.lock` has them.
///
/// # Errors
///
/// `ERR_IMAGE_BUILD`, with what cargo says.
pub(crate) fn metadata(workspace: &Path, session: &Session) -> Result<Metadata, Error> {
    let stdout = ask(
        ["metadata", "--format-version", "1", "--locked", "--all-features"],
        workspace,
        session,
    )?;
    cargo_metadata::MetadataCommand::parse(stdout).map_err(|problem| {
        Error::new(
            ErrorCode::ImageBuild,
            format!("the answer of cargo metadata cannot be read: {problem}"),
        )
    })
}

/// The packages whose code is in a package's binary for a target: without what only builds or tests it.
///
/// # Errors
///
/// `ERR_IMAGE_BUILD`, with what cargo says.
pub(crate) fn packages_of(
    package: &str,
    target: &str,
    metadata: &Metadata,
    workspace: &Path,
    session: &Session,
) -> Result<Vec<LockedPackage>, Error> {
    let tree = ask(
        [
            "tree",
            "--package",
            package,
            "--target",
            target,
            "--edges",
            "normal,no-proc-macro",
            "--prefix",
            "none",
            "--format",
            "{p}",
            "--locked",
        ],
        workspace,
        session,
    )?;
    let licences: BTreeMap<_, _> = metadata
        .packages
        .iter()
        .map(|found| ((found.name.as_str(), found.version.to_string()), &found.license))
        .collect();
    // `name v1.2.3`, then what it is or where it comes from
    let packages = tree.lines().filter_map(|line| {
        let mut words = line.split(' ');
        let name = words.next()?;
        let version = words.next()?.strip_prefix('v')?.to_owned();
        let licence = licences.get(&(name, version.clone()));
        Some(LockedPackage {
            name: name.to_owned(),
            licence: licence.and_then(|licence| (*licence).clone()),
            version,
        })
    });
    Ok(packages.collect())
}

fn ask<'a>(
    arguments: impl IntoIterator<Item = &'a str>,
    workspace: &Path,
    session: &Session,
) -> Result<String, Error> {
    let code = ErrorCode::ImageBuild;
    let output = session
        .environment
        .command("cargo")
        .args(arguments)
        .current_dir(workspace)
        .stdin(Stdio::null())
        .output()
        .map_err(|problem| cannot_start(code, &problem))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    Err(Error::new(
        code,
        format!(
            "cargo cannot read the workspace: {}",
            crate::workspace::first_error(&stderr)
        ),
    ))
}

fn cannot_start(code: ErrorCode, problem: &io::Error) -> Error {
    Error::new(code, format!("cargo cannot be started: {problem}"))
        .hint("building needs Rust and its cargo on PATH")
}
