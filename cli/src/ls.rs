//! `counterfoil ls`.

mod filter;
mod layout;
mod scan;

use std::io::{self, BufWriter, Write as _};

use anyhow::Context as _;
use clap::Args;
use documents::layout::EXECUTIONS;
use serde::Serialize;
use store::local::Dir;

use crate::artifacts::Artifacts;
use crate::session::{ExitStatus, Session};
use filter::Filter;
use layout::Layout;
use scan::{Row, Scan};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  counterfoil ls --limit 20
  counterfoil ls --status error --ref llm/litellm
  counterfoil ls --json | jq -r 'select(.duration_ms > 1000) | .execution_id'")]
pub(crate) struct Ls {
    #[command(flatten)]
    filter: Filter,
    /// At most so many
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Answer with one line of JSON an execution
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    artifacts: Artifacts,
}

impl Ls {
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<ExitStatus> {
        // stdout has the executions and nothing else
        let report = |message: &str| writeln!(session.err(), "{message}");
        let shown = self.artifacts.dir(&session.environment).display();
        let Some(executions) = self.executions(session)? else {
            report(&format!("there are no executions below {shown}"))?;
            return Ok(ExitStatus::SUCCESS);
        };
        let Scan { mut rows, unreadable } = scan::scan(&executions, &self.filter)
            .with_context(|| format!("the executions below {shown} cannot be listed"))?;
        rows.sort_unstable_by(|a, b| (b.time, &b.execution_id).cmp(&(a.time, &a.execution_id)));
        rows.truncate(self.limit.unwrap_or(usize::MAX));

        if rows.is_empty() {
            report(&if self.filter.is_any() {
                format!("there are no executions below {shown}")
            } else {
                format!("no execution below {shown} is as asked for")
            })?;
        }
        let written = if self.json {
            as_json(&rows, session)
        } else {
            as_table(&rows, session)
        };
        if unreadable > 0 {
            report(&format!(
                "directories without a receipt that can be read: {unreadable} (runs at work or killed, or no runs at all)"
            ))?;
        }
        written?;
        Ok(ExitStatus::SUCCESS)
    }

    /// The directory of the executions, if there is one.
    fn executions(&self, session: &Session) -> anyhow::Result<Option<Dir>> {
        let is_absent = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
        match self.artifacts.open(&session.environment) {
            Ok(root) => match root.child(EXECUTIONS) {
                Ok(dir) => Ok(Some(dir)),
                Err(error) if is_absent(&error) => Ok(None),
                Err(error) => Err(error).context("the directory of the executions cannot be opened"),
            },
            Err(error) if error.downcast_ref().is_some_and(is_absent) => Ok(None),
            Err(error) => Err(error),
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

/// A line of `--json`; fields in this order.
#[derive(Serialize)]
struct Line<'a> {
    execution_id: &'a str,
    status: documents::receipt::Status,
    processor_ref: &'a str,
    mode: Option<documents::Mode>,
    timestamp_utc: &'a str,
    duration_ms: u64,
}

fn as_json(rows: &[Row], session: &Session) -> io::Result<()> {
    let mut out = buffered(session);
    for row in rows {
        let line = Line {
            execution_id: &row.execution_id,
            status: row.status,
            processor_ref: &row.processor_ref,
            mode: row.mode,
            timestamp_utc: row.time.as_str(),
            duration_ms: row.duration_ms,
        };
        serde_json::to_writer(&mut out, &line)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

fn buffered(session: &Session) -> impl io::Write {
    BufWriter::with_capacity(64 * 1024, session.stdout.clone())
}
