//! Programs that keep logins: `docker-credential-<name> get`, with the registry on stdin and JSON on stdout.

use std::io::Write as _;
use std::process::{Output, Stdio};

use serde::Deserialize;

use super::credential::Credential;
use super::failure::CredentialsError;
use crate::environment::Environment;
use crate::find_program;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Reply {
    username: String,
    secret: String,
}

/// What a helper prints when it has no login; it fails then.
const NOT_FOUND: &str = "credentials not found";

/// Asks a helper for the login of a registry; `None` if it has none.
pub(super) fn ask(
    helper: &str,
    registry: &str,
    file: &str,
    environment: &Environment,
) -> Result<Option<Credential>, CredentialsError> {
    let name = format!("docker-credential-{helper}");
    let failed = |what: &str| CredentialsError::helper(&name, file, what);
    if helper.contains('/') {
        return Err(failed("has a path for a name"));
    }
    let program = find_program::on_path(&name, environment).ok_or_else(|| failed("is not on PATH"))?;
    let output = run(&program, registry, environment).map_err(|_| failed("does not start"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stdout);
        return if said.contains(NOT_FOUND) {
            Ok(None)
        } else {
            Err(failed("fails"))
        };
    }
    let reply: Reply =
        serde_json::from_slice(&output.stdout).map_err(|_| failed("does not answer with a login"))?;
    Ok(Some(Credential::new(reply.username, reply.secret)))
}

fn run(program: &std::path::Path, registry: &str, environment: &Environment) -> std::io::Result<Output> {
    let mut child = environment
        .command(program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null()) // it may quote what it keeps
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        let _ = stdin.write_all(registry.as_bytes()); // one that needs no name does not read it
    }
    child.wait_with_output()
}
