//! `counterfoil show`.

mod command;
mod document;
mod text;
mod way_out;

use std::ffi::OsString;
use std::io::Write as _;

use clap::Args;

use crate::artifacts::ArtifactsOption;
use crate::locate;
use crate::printable::{Printable, json_line};
use crate::session::{ExitStatus, Session};
use document::Document;

/// Show what a run was and what it left
///
/// Shows the receipt and the outputs as they are; `counterfoil verify` checks them. Of a run that goes on, or never ended, it
/// shows what is known, and what to do.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  counterfoil show run-1
  counterfoil show artifacts/outputs/demo/run-1/
  counterfoil show run-1 --json | jq -r .paths.outputs[]")]
pub(crate) struct Show {
    /// A write prefix, an execution id or a receipt; prefix and receipt as a world path, /artifacts/..., or a directory
    /// or file of this machine
    #[arg(value_name = "PREFIX|EXECUTION_ID|RECEIPT")]
    named: OsString,
    /// Answer with one line of JSON: the receipt, the outputs as the index lists them, the paths on this machine
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    artifacts: ArtifactsOption,
}

impl Show {
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<ExitStatus> {
        let host_root = self.artifacts.dir(&session.environment);
        let document = match locate::receipt(&self.named, &self.artifacts, &session.environment) {
            Ok(located) => Document::read(&located)?,
            Err(error) => match locate::without_receipt(&self.named, &self.artifacts, &session.environment) {
                Some((id, artifacts)) => Document::without_receipt(&id, &*artifacts, host_root),
                None => return Err(error),
            },
        };
        let text = if self.json {
            json_line(&document)? + "\n"
        } else {
            text::render(&document)
        };
        if let Some(problem) = &document.problem {
            let problem = Printable(problem);
            writeln!(
                session.err(),
                "{problem}; `counterfoil verify` says what else differs"
            )?;
        }
        session.out().write_all(text.as_bytes())?;
        Ok(ExitStatus::SUCCESS)
    }
}
