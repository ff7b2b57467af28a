//! Checks dependencies with cargo-deny.

use std::env;

use anyhow::{Context as _, Result, bail};

use crate::outcome::Outcome;
use crate::shell::Shell;

/// Where cargo-deny keeps its copy of the RustSec database: the name ends in a hash of the address.
const COPY: &str = "\"${CARGO_HOME:-$HOME/.cargo}/advisory-dbs/advisory-db-3157b0e258782691\"";

/// Bans, licenses and sources; then advisories, from the network or from a copy of the database: the git repository
/// that `ADVISORY_DB` names, or what an earlier run has fetched.
///
/// # Errors
///
/// When a dependency is not allowed, or an advisory names it.
pub(crate) fn check(shell: &Shell) -> Result<Outcome> {
    if !shell.has("cargo-deny") {
        return Ok(Outcome::Skipped("cargo-deny is not installed".to_owned()));
    }
    shell.run("cargo deny check bans licenses sources")?;
    let line = "cargo deny check advisories";
    println!("$ {line}");
    let output = shell.command(line).output().context("cannot start bash")?;
    let report = String::from_utf8_lossy(&output.stderr);
    if output.status.success() || !report.contains("failed to fetch advisory database") {
        eprint!("{report}{}", String::from_utf8_lossy(&output.stdout));
        return if output.status.success() {
            Ok(Outcome::Passed)
        } else {
            bail!("{}: {line}", output.status)
        };
    }
    if env::var_os("ADVISORY_DB").is_some() {
        shell.run(&format!(
            "rm -rf {COPY} && git clone --quiet \"$ADVISORY_DB\" {COPY}"
        ))?;
    }
    let Some(date) = shell.output(&format!("git -C {COPY} log -1 --format=%cs")) else {
        return Ok(Outcome::Skipped(
            "advisories: no network, and no copy of the database (ADVISORY_DB names one, a git repository)"
                .to_owned(),
        ));
    };
    shell.run("cargo deny --offline check advisories")?;
    Ok(Outcome::Skipped(format!(
        "advisories after {}: no network, checked with a copy",
        date.trim()
    )))
}
