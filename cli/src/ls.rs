//! `counterfoil ls`.

mod filter;
mod layout;
mod row;
mod scan;
mod sum;

use std::io::{self, BufWriter, Write as _};
use std::sync::Arc;

use anyhow::bail;
use clap::Args;
use documents::layout::EXECUTIONS;
use store::{Artifacts, Entry, ReadError};

use crate::artifacts::ArtifactsOption;
use crate::printable::json_line;
use crate::session::{ExitStatus, Session};
use filter::Filter;
use layout::Layout;
use row::Row;
use scan::Scan;
use sum::Sum;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  counterfoil ls -n 20
  counterfoil ls --status error --ref llm/litellm --since 2h
  counterfoil ls --batch nightly
  counterfoil ls --json | jq -r 'select(.duration_ms > 1000) | .execution_id'")]
pub(crate) struct Ls {
    #[command(flatten)]
    filter: Filter,
    /// At most so many
    #[arg(short = 'n', long, value_name = "N")]
    limit: Option<usize>,
    /// Answer with one line of JSON an execution
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    artifacts: ArtifactsOption,
}

/// The directories of executions, and the artifacts that they are in.
type Executions = (Arc<dyn Artifacts>, Vec<Entry>);

impl Ls {
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<ExitStatus> {
        // stdout has the executions and nothing else
        let report = |message: &str| writeln!(session.err(), "{message}");
        let shown_dir = self.artifacts.dir(&session.environment).display();
        let Some((artifacts, executions)) = self.executions(session)? else {
            report(&format!("there are no executions below {shown_dir}"))?;
            return Ok(ExitStatus::SUCCESS);
        };
        let Scan { mut rows, unreadable } = scan::scan(&*artifacts, &executions, &self.filter);
        // those without a time first: they are at work, or something is to be done about them
        rows.sort_unstable_by(|a, b| {
            let order = b.time.is_none().cmp(&a.time.is_none());
            order.then_with(|| (&b.time, &b.execution_id).cmp(&(&a.time, &a.execution_id)))
        });
        let shown = rows
            .get(..self.limit.unwrap_or(usize::MAX).min(rows.len()))
            .unwrap_or_default();

        if rows.is_empty() {
            report(&if self.filter.is_any() {
                format!("there are no executions below {shown_dir}")
            } else {
                format!("no execution below {shown_dir} is as asked for")
            })?;
        }
        let written = if self.json {
            as_json(shown, session)
        } else {
            as_table(shown, session)
        };
        if unreadable > 0 {
            report(&format!(
                "entries of {shown_dir}/{EXECUTIONS} that are no executions, or whose receipt cannot be read: {unreadable}"
            ))?;
        }
        if written.is_ok() && !self.json && !rows.is_empty() {
            report(&Sum::of(&rows).line(shown.len()))?;
        }
        written?;
        Ok(ExitStatus::SUCCESS)
    }

    /// The directories of the executions, if there are any.
    fn executions(&self, session: &Session) -> anyhow::Result<Option<Executions>> {
        let is_absent = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
        let artifacts = match self.artifacts.open(&session.environment) {
            Err(error) if error.downcast_ref().is_some_and(is_absent) => return Ok(None),
            artifacts => artifacts?,
        };
        match artifacts.list(&[EXECUTIONS]) {
            Ok(executions) => Ok(Some((artifacts, executions))),
            Err(ReadError::Missing) => Ok(None),
            Err(error) => bail!("the directory of the executions {error}"),
        }
    }
}

fn as_table(rows: &[Row], session: &Session) -> io::Result<()> {
    let layout = Layout::new(rows, session.columns(), session.stdout.has_colour);
    let mut out = buffered(session); // unlike `session.out()`: there may be very many lines
    let mut line = String::new();
    for row in rows {
        line.clear();
        layout.write(row, &mut line);
        out.write_all(line.as_bytes())?;
    }
    out.flush()
}

fn as_json(rows: &[Row], session: &Session) -> io::Result<()> {
    let mut out = buffered(session);
    for row in rows {
        out.write_all((json_line(row)? + "\n").as_bytes())?;
    }
    out.flush()
}

fn buffered(session: &Session) -> impl io::Write {
    BufWriter::with_capacity(64 * 1024, session.stdout.clone())
}
