//! `counterfoil ls`.

mod filter;
mod layout;
mod scan;
mod width;

use std::io::{self, BufWriter, Write as _};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use anyhow::Context as _;
use clap::Args;
use documents::layout::EXECUTIONS;
use serde::Serialize;
use store::local::Dir;

use crate::artifacts::Artifacts;
use filter::Filter;
use layout::Layout;
use scan::{Row, Scan};

/// List the executions below the artifacts folder, newest first
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
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let shown = self.artifacts.artifacts_dir.display();
        let Some(executions) = self.executions()? else {
            tell(&format!("there are no executions below {shown}"))?;
            return Ok(ExitCode::SUCCESS);
        };
        let Scan { mut rows, unreadable } = scan::scan(&executions, &self.filter)
            .with_context(|| format!("the executions below {shown} cannot be listed"))?;
        rows.sort_unstable_by(|a, b| (b.time, &b.execution_id).cmp(&(a.time, &a.execution_id)));
        rows.truncate(self.limit.unwrap_or(usize::MAX));

        if rows.is_empty() {
            tell(&match self.filter.is_any() {
                true => format!("there are no executions below {shown}"),
                false => format!("no execution below {shown} is as asked for"),
            })?;
        }
        let written = match self.json {
            true => as_json(&rows),
            false => as_table(&rows),
        };
        if unreadable > 0 {
            tell(&format!(
                "folders without a receipt that can be read: {unreadable} (runs at work or killed, or no runs at all)"
            ))?;
        }
        written?;
        Ok(ExitCode::SUCCESS)
    }

    /// The folder of the executions, if there is one.
    fn executions(&self) -> anyhow::Result<Option<Dir>> {
        let is_absent = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
        match self.artifacts.open() {
            Ok(root) => match root.child(EXECUTIONS) {
                Ok(folder) => Ok(Some(folder)),
                Err(error) if is_absent(&error) => Ok(None),
                Err(error) => Err(error).context("the folder of the executions cannot be opened"),
            },
            Err(error) if error.downcast_ref().is_some_and(is_absent) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn as_table(rows: &[Row]) -> io::Result<()> {
    // no `anstream::stdout()`: it writes each line by itself, and there may be very many
    let is_coloured = AutoStream::choice(&io::stdout()) != ColorChoice::Never;
    let layout = Layout::of(rows, width::of_stdout(), is_coloured);
    let mut out = buffered();
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

fn as_json(rows: &[Row]) -> io::Result<()> {
    let mut out = buffered();
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

fn buffered() -> impl io::Write {
    BufWriter::with_capacity(64 * 1024, io::stdout().lock())
}

/// On stderr: stdout has the executions and nothing else.
fn tell(what: &str) -> io::Result<()> {
    writeln!(anstream::stderr(), "{what}")
}
