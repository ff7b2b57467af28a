//! `counterfoil results`, and the same table for `run --out`.

mod answer;
mod cell;
mod collect;
mod column_names;
mod form;
mod line_state;
mod listing;
mod out_file;
mod outputs;
mod own_columns;
#[cfg(feature = "parquet")]
mod parquet;
mod receipt;
mod row;
mod select;
mod sums;
mod table;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use store::Artifacts;

use crate::artifacts::ArtifactsOption;
use crate::session::{ExitStatus, Session};
use cell::Cell;
pub(crate) use collect::Batch;
use form::Form;
pub(crate) use listing::{Listed, Listing};
pub(crate) use out_file::OutFile;
use outputs::Outputs;
pub(crate) use select::{Select, check_names};

/// Print what became of a batch: a row for every line of its file
///
/// The rows are in the order of the file, and have the last run of each line. They are made from receipts and outputs, so they can be
/// made again at any time. `counterfoil verify` checks receipts and outputs; this does not.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  counterfoil results requests
  counterfoil results requests --out answers.csv --select city=/choices/0/message/tool_calls/0/function/arguments
  counterfoil results requests --json | jq -r 'select(.status == \"error\") | .message'")]
pub(crate) struct Results {
    /// The name of the batch: its --execution-id, or the name of its file without the extension
    #[arg(value_name = "BATCH")]
    batch: String,
    /// Write the table to this file instead of stdout; it ends in .csv, .jsonl or .md
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    out: Option<PathBuf>,
    /// A column of that name with what this JSON pointer names in the outputs; may be repeated
    #[arg(long, value_name = "NAME=/POINTER")]
    select: Vec<Select>,
    /// Print JSON lines instead of CSV
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    artifacts: ArtifactsOption,
}

impl Results {
    /// Exit status 1 if a receipt or an output that is there cannot be read.
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<ExitStatus> {
        check_names(&self.select)?;
        let environment = &session.environment;
        let out = self.out.as_deref();
        let out = out.map(|path| OutFile::new(path, environment)).transpose()?;
        if let Some(out) = &out {
            out.check_is_outside(&environment.path(self.artifacts.dir(environment)))?;
        }
        let artifacts = self.artifacts.open(environment)?;
        let batch = Batch {
            artifacts: &*artifacts,
            dir: self.artifacts.dir(environment),
            name: &self.batch,
            selects: &self.select,
        };
        let form = if self.json { Form::Jsonl } else { Form::Csv };
        let written = match &out {
            Some(out) => out.write(&batch),
            None => batch.write(form, session.stdout.is_terminal, session.stdout.clone()),
        };
        let sums = match written {
            Ok(sums) => sums,
            // the reader has seen enough
            Err(error) if is_closed(&error) => return Ok(ExitStatus::SUCCESS),
            Err(error) => return Err(error),
        };
        if let Some(notice) = sums.notice() {
            writeln!(session.err(), "{notice}")?;
        }
        writeln!(session.err(), "{sums}")?;
        Ok(ExitStatus::success_if(sums.unreadable == 0))
    }
}

/// What the outputs of an index say, as the column `answer` has it: the text of the first choice, or the paths of the files below
/// this directory.
///
/// # Errors
///
/// A clause that says which output cannot be read.
pub(crate) fn answer_of(
    artifacts: &dyn Artifacts,
    index: &str,
    dir: &Path,
) -> Result<Option<String>, String> {
    let mut outputs = Outputs::new(artifacts, index)?;
    Ok(match answer::answer(&mut outputs, dir)? {
        Cell::Empty => None,
        Cell::Text(text) | Cell::Json(text) => Some(text),
    })
}

fn is_closed(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
