//! `counterfoil registry check`: what was found, for people and for programs.

use std::io::Write as _;
use std::process::ExitCode;

use documents::ErrorCode;

use super::Registry;
use super::check::{Level, check};

/// Prints every finding; the exit status says whether there is a problem.
pub(super) fn run(registry: &Registry, json: bool) -> anyhow::Result<ExitCode> {
    let checked = check(registry)?;
    let mut out = anstream::stdout();
    for finding in &checked.findings {
        match json {
            true => writeln!(out, "{}", serde_json::to_string(finding)?)?,
            false => writeln!(out, "{finding}")?,
        }
    }
    if !json {
        writeln!(
            out,
            "entries {}, problems {}, notes {}",
            checked.entries.len(),
            checked.problems(),
            checked.count(Level::Note)
        )?;
    }
    Ok(match checked.problems() {
        0 => ExitCode::SUCCESS,
        _ => ErrorCode::Registry.exit_status().into(),
    })
}
