//! `counterfoil show`.

mod document;
mod text;
mod wrap;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use clap::Args;

use crate::artifacts::Artifacts;
use crate::locate;
use crate::printable::json_line;
use document::Document;

/// Show what a run was and what it left
///
/// Shows the receipt and the outputs as they are; `counterfoil verify` checks them.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  counterfoil show run-1
  counterfoil show artifacts/outputs/demo/run-1/
  counterfoil show run-1 --json | jq -r .paths.outputs[]")]
pub(crate) struct Show {
    /// A write prefix, an execution id or a receipt; prefix and receipt as a world path, /artifacts/..., or a folder or
    /// file of this machine
    #[arg(value_name = "PREFIX|EXECUTION_ID|RECEIPT")]
    named: OsString,
    /// Answer with one line of JSON: the receipt, the outputs as the index lists them, the paths on this machine
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    artifacts: Artifacts,
}

impl Show {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let located = locate::receipt(&self.named, &self.artifacts)?;
        let document = Document::read(&located)?;
        let text = match self.json {
            true => json_line(&document)? + "\n",
            false => text::of(&document),
        };
        if let Some(problem) = &document.problem {
            let problem = crate::printable::Printable(problem);
            writeln!(
                anstream::stderr(),
                "{problem}; `counterfoil verify` says what else differs"
            )?;
        }
        anstream::stdout().write_all(text.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }
}
