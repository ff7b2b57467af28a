//! `counterfoil registry check`: the findings, for people and for programs.

use std::io::Write as _;

use documents::ErrorCode;

use super::check::check;
use super::check::finding::Level;
use super::check::remote;
use super::directory::Registry;
use crate::printable::json_line;
use crate::session::{ExitStatus, Session};

/// Prints every finding, also those of the images' registries if `is_remote`. The exit status says whether there is a problem.
pub(super) fn run(
    registry: &Registry,
    is_remote: bool,
    json: bool,
    session: &Session,
) -> anyhow::Result<ExitStatus> {
    let mut checked = check(registry)?;
    if is_remote {
        let found = remote::findings(&checked.entries, &session.environment)?;
        checked.findings.extend(found);
    }
    let mut out = session.out();
    for finding in &checked.findings {
        if json {
            writeln!(out, "{}", json_line(finding)?)?;
        } else {
            writeln!(out, "{finding}")?;
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
        0 => ExitStatus::SUCCESS,
        _ => ErrorCode::Registry.exit_status().into(),
    })
}
