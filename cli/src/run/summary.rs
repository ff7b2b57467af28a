//! What `run` prints for people.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use documents::envelope::Envelope;

use super::options::Run;
use crate::call::Outcome;
use crate::error::Error;
use crate::printable::Printable;
use crate::session::Session;

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// Prints the end of a run, with the paths to open.
pub(super) fn print(run: &Run, has_receipts: bool, outcome: &Outcome, session: &Session) -> io::Result<()> {
    let mut out = session.out();
    let artifacts = run.artifacts.dir(&session.environment);
    let host = |path: &str| match path.strip_prefix("world://artifacts/") {
        Some(below) => artifacts.join(below).display().to_string(),
        None => path.to_owned(),
    };
    match &outcome.envelope {
        Envelope::Success {
            execution_id,
            outputs,
            index_path,
            meta,
        } => {
            writeln!(
                out,
                "{GOOD}success{GOOD:#}  {}  {execution_id}  {} ms",
                run.processor_ref, meta.duration_ms
            )?;
            for output in outputs {
                writeln!(
                    out,
                    "  {}  {} bytes  {}",
                    host(&output.path),
                    output.size_bytes,
                    Printable(&output.mime)
                )?;
            }
            let prefix = index_path.rsplit_once('/').map_or("", |(prefix, _)| prefix);
            writeln!(
                out,
                "  {}",
                host(&format!("{prefix}/{}", documents::layout::RECEIPT))
            )?;
        }
        Envelope::Error {
            execution_id, error, ..
        } => {
            writeln!(
                out,
                "{BAD}{}{BAD:#}  {}  {}",
                Printable(&error.code),
                run.processor_ref,
                Printable(execution_id)
            )?;
            writeln!(out, "  {}", Printable(&error.message))?;
            if has_receipts && !execution_id.is_empty() {
                writeln!(
                    out,
                    "  {}",
                    host(&format!(
                        "world://artifacts/execution/{execution_id}/determinism.json"
                    ))
                )?;
            }
        }
    }
    out.flush()
}

/// The line for an error beside the run's own.
pub(super) fn problem(error: &Error) -> String {
    let code = error.code().as_str();
    format!("{BAD}error:{BAD:#} {code}: {}", Printable(&error.message()))
}
