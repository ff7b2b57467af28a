//! The login for a registry, from the files of Docker and Podman and their credential helpers.

mod credential;
mod failure;
mod file;
mod helper;

use std::io::ErrorKind;
use std::path::PathBuf;

use super::repository::Repository;
use crate::environment::Environment;

pub(super) use credential::Credential;
pub(super) use failure::CredentialsError;
use file::ConfigFile;

/// A file, and what people call it: its path may say who they are.
struct Candidate {
    path: PathBuf,
    shown: &'static str,
}

/// The login for a repository, and where it is from; `None` if there is none. Files that are named in the environment come first,
/// then Docker's, then Podman's.
///
/// # Errors
///
/// When a file cannot be read, or a helper that a file names does not answer.
pub(super) fn find(
    repository: &Repository,
    environment: &Environment,
) -> Result<Option<(Credential, &'static str)>, CredentialsError> {
    for Candidate { path, shown } in candidates(environment) {
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(_) => return Err(CredentialsError::unreadable(shown)),
        };
        if bytes.trim_ascii().is_empty() {
            continue;
        }
        let file = ConfigFile::parse(&bytes).ok_or_else(|| CredentialsError::unreadable(shown))?;
        if let Some(credential) = file.find(repository, shown, environment)? {
            return Ok(Some((credential, shown)));
        }
    }
    Ok(None)
}

fn candidates(environment: &Environment) -> Vec<Candidate> {
    let below = |variable: &str, rest: &str, shown| {
        let dir = environment.get(variable)?;
        Some(Candidate {
            path: environment.path(dir).join(rest),
            shown,
        })
    };
    let podman = environment.get("REGISTRY_AUTH_FILE").map(|file| Candidate {
        path: environment.path(file),
        shown: "$REGISTRY_AUTH_FILE",
    });
    let docker = below("DOCKER_CONFIG", "config.json", "$DOCKER_CONFIG/config.json")
        .or_else(|| below("HOME", ".docker/config.json", "~/.docker/config.json"));
    let runtime = below(
        "XDG_RUNTIME_DIR",
        "containers/auth.json",
        "$XDG_RUNTIME_DIR/containers/auth.json",
    );
    let config = below(
        "XDG_CONFIG_HOME",
        "containers/auth.json",
        "$XDG_CONFIG_HOME/containers/auth.json",
    )
    .or_else(|| {
        below(
            "HOME",
            ".config/containers/auth.json",
            "~/.config/containers/auth.json",
        )
    });
    [podman, docker, runtime, config].into_iter().flatten().collect()
}
