//! `counterfoil verify`.

mod chain;
mod many;
mod named;
mod report;
mod text;
mod twin;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::Args;
use documents::ErrorCode;

use crate::artifacts::ArtifactsOption;
use crate::error::Error;
use crate::locate;
use crate::printable::json_line;
use crate::session::{ExitStatus, Session};
use twin::Twins;

/// Check that a run's files are still those that its receipt names
///
/// Follows the chain from the receipt over the index to every output, compares both receipts, and names every file that
/// differs, and every file below `outputs/` that no index lists. The exit status is 0 when all holds, 1 when something differs, and 2 for a wrong command line. A receipt of a
/// failed run is verified too: that the run failed is then what holds. With --quiet, of several runs only those are printed that
/// are not verified, and the sum.
///
/// Receipts are not signed. Somebody who can write to the artifacts directory can change a receipt and its twin alike, or
/// replace a whole run, and this does not find it; a copy of the receipt that they cannot write to does.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  counterfoil verify artifacts/outputs/demo/run-1/
  counterfoil verify world://artifacts/outputs/demo/run-1/ --artifacts-dir /data/artifacts
  counterfoil verify artifacts/execution/run-1/determinism.json --inputs inputs.json
  counterfoil verify 'nightly-*' run-1 --quiet
  counterfoil verify --batch nightly")]
pub(crate) struct Verify {
    /// A write prefix or a receipt: a world path, /artifacts/..., or a directory or file of this machine; or an execution id, or
    /// the beginning of many, such as 'nightly-*'. Several are verified at once, and summed up
    #[arg(value_name = "PREFIX|RECEIPT|ID", required_unless_present = "batch")]
    named: Vec<OsString>,
    /// All lines of this batch
    #[arg(long, value_name = "NAME")]
    batch: Option<String>,
    /// The inputs document of the run, or `-` for standard input: its hash has to be the receipt's. Without a `mode` of
    /// its own it takes the receipt's, because `run --mode` sets it
    #[arg(long, value_name = "FILE|-")]
    inputs: Option<PathBuf>,
    /// Let other files in the write prefix fail, too, and not only those below its `outputs/`
    #[arg(long)]
    strict: bool,
    /// Answer with one line of JSON a run
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    artifacts: ArtifactsOption,
}

impl Verify {
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<ExitStatus> {
        let named = match self.named.as_slice() {
            [named] if self.batch.is_none() && !named::is_many(named) => named,
            _ => return self.run_many(session),
        };
        // a document that cannot be read makes the command line wrong; one that is wrong itself differs
        let unreadable = |error: Error| Error::new(ErrorCode::Usage, error.message());
        let inputs = self.inputs.as_deref().map(|file| session.read_inputs(file));
        let inputs = inputs.transpose().map_err(unreadable)?;
        let located = locate::receipt(named, &self.artifacts, &session.environment)?;
        let report = chain::examine(&located, inputs.as_deref(), self.strict, &Twins::Single);
        let text = if self.json {
            json_line(&report)? + "\n"
        } else {
            text::render(&report)
        };
        print(&text, session)?;
        Ok(ExitStatus::success_if(report.verified))
    }

    fn run_many(&self, session: &Session) -> anyhow::Result<ExitStatus> {
        if self.inputs.is_some() {
            let message = "--inputs is the document of one run, and several are named";
            return Err(Error::new(ErrorCode::Usage, message).into());
        }
        let named = named::expand(
            &self.named,
            self.batch.as_deref(),
            &self.artifacts,
            &session.environment,
        )?;
        let many = many::Many {
            named: &named,
            is_strict: self.strict,
            is_quiet: session.is_quiet(),
            is_json: self.json,
            artifacts: &self.artifacts,
            environment: &session.environment,
        };
        let sum = many.verify(|text| print(text, session))?;
        if !self.json {
            print(&sum.line(), session)?;
        }
        Ok(ExitStatus::success_if(sum.is_verified()))
    }
}

/// The verdict stands even if nobody reads it.
fn print(text: &str, session: &Session) -> io::Result<()> {
    match session.out().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
