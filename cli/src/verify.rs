//! `counterfoil verify`.

mod chain;
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

/// Check that a run's files are still those that its receipt names
///
/// Follows the chain from the receipt over the index to every output, compares both receipts, and names every file that
/// differs, and every file below `outputs/` that no index lists. The exit status is 0 when all holds, 1 when something differs, and 2 for a wrong command line. A receipt of a
/// failed run is verified too: that the run failed is then what holds.
///
/// Receipts are not signed. Somebody who can write to the artifacts directory can change a receipt and its twin alike, or
/// replace a whole run, and this does not find it; a copy of the receipt that they cannot write to does.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  counterfoil verify artifacts/outputs/demo/run-1/
  counterfoil verify world://artifacts/outputs/demo/run-1/ --artifacts-dir /data/artifacts
  counterfoil verify artifacts/execution/run-1/determinism.json --inputs inputs.json")]
pub(crate) struct Verify {
    /// A write prefix or a receipt: a world path, /artifacts/..., or a directory or file of this machine; or an execution id
    #[arg(value_name = "PREFIX|RECEIPT|ID")]
    named: OsString,
    /// The inputs document of the run, or `-` for standard input: its hash has to be the receipt's. Without a `mode` of
    /// its own it takes the receipt's, because `run --mode` sets it
    #[arg(long, value_name = "FILE|-")]
    inputs: Option<PathBuf>,
    /// Let other files in the write prefix fail, too, and not only those below its `outputs/`
    #[arg(long)]
    strict: bool,
    /// Answer with one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    artifacts: ArtifactsOption,
}

impl Verify {
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<ExitStatus> {
        // a document that cannot be read makes the command line wrong; one that is wrong itself differs
        let unreadable = |error: documents::Error| Error::new(ErrorCode::Usage, error.message().to_owned());
        let inputs = self.inputs.as_deref().map(|file| session.read_inputs(file));
        let inputs = inputs.transpose().map_err(unreadable)?;
        let located = locate::receipt(&self.named, &self.artifacts, &session.environment)?;
        let report = chain::examine(&located, inputs.as_deref(), self.strict);
        let text = if self.json {
            json_line(&report)? + "\n"
        } else {
            text::render(&report)
        };
        match session.out().write_all(text.as_bytes()) {
            // the verdict stands even if nobody reads it
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            written => written?,
        }
        Ok(ExitStatus::success_if(report.verified))
    }
}
