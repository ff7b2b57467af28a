//! What `run` prints for people.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use documents::Failure;
use documents::envelope::{Envelope, SuccessMeta};
use documents::outputs::IndexEntry;

use super::answer::Answer;
use super::options::Run;
use crate::call::Outcome;
use crate::printable::{Printable, printable_lines};
use crate::quantity::duration;
use crate::session::Session;
use crate::spent::Spent;

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// The end of a run at a terminal.
pub(super) struct Summary<'a> {
    pub(super) run: &'a Run,
    pub(super) session: &'a Session,
    pub(super) outcome: &'a Outcome,
    /// Whether there is a place for receipts.
    pub(super) has_receipts: bool,
}

impl Summary<'_> {
    /// Prints the answer, and how the run ended with the paths to open; or why it failed.
    ///
    /// # Errors
    ///
    /// Those of stdout.
    pub(super) fn print(&self) -> io::Result<()> {
        let mut out = self.session.out();
        match &self.outcome.envelope {
            Envelope::Success {
                execution_id,
                outputs,
                index_path,
                meta,
            } => {
                let answer = Answer::read(self.run, index_path, self.session);
                self.print_answer(&answer, &mut out)?;
                if !self.session.is_quiet() {
                    self.print_success(execution_id, meta, &answer, &mut out)?;
                    self.print_paths(outputs, index_path, &answer, &mut out)?;
                }
            }
            Envelope::Error {
                execution_id, error, ..
            } => self.print_failure(execution_id, error, &mut out)?,
        }
        out.flush()
    }

    fn print_answer(&self, answer: &Answer, out: &mut impl Write) -> io::Result<()> {
        if let Some(text) = &answer.text {
            writeln!(out, "{}", printable_lines(text.trim_end_matches('\n')))?;
            if !self.session.is_quiet() {
                writeln!(out)?;
            }
        }
        if let Some(problem) = &answer.problem {
            let problem = Printable(problem);
            writeln!(out, "the answer cannot be shown: {problem}")?;
        }
        Ok(())
    }

    fn print_success(
        &self,
        execution_id: &str,
        meta: &SuccessMeta,
        answer: &Answer,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let when = if self.outcome.is_earlier {
            ", done before"
        } else {
            ""
        };
        write!(out, "{GOOD}success{GOOD:#}{when}  {}", self.run.processor_ref)?;
        if let Some(mode) = meta.mode {
            write!(out, "  {}", mode.as_str())?;
        }
        if let Some(model) = &answer.model {
            write!(out, "  {}", Printable(model))?;
        }
        write!(out, "  {execution_id}  {}", duration(meta.duration_ms))?;
        let mut spent = Spent::default();
        if let Some(usage) = &self.outcome.usage {
            spent.add(usage, false);
        }
        for part in spent.parts() {
            write!(out, "  {part}")?;
        }
        writeln!(out)
    }

    fn print_paths(
        &self,
        outputs: &[IndexEntry],
        index_path: &str,
        answer: &Answer,
        out: &mut impl Write,
    ) -> io::Result<()> {
        for output in outputs {
            let path = self.on_host(&output.path);
            if !answer.names(&path) {
                let (bytes, mime) = (output.size_bytes, Printable(&output.mime));
                writeln!(out, "  {path}  {bytes} bytes  {mime}")?;
            }
        }
        let prefix = index_path.rsplit_once('/').map_or("", |(prefix, _)| prefix);
        let receipt = format!("{prefix}/{}", documents::layout::RECEIPT);
        writeln!(out, "  {}", self.on_host(&receipt))
    }

    fn print_failure(&self, execution_id: &str, error: &Failure, out: &mut impl Write) -> io::Result<()> {
        let (code, id) = (Printable(&error.code), Printable(execution_id));
        writeln!(out, "{BAD}{code}{BAD:#}  {}  {id}", self.run.processor_ref)?;
        writeln!(out, "  {}", Printable(&error.message))?;
        if self.has_receipts && !execution_id.is_empty() {
            let receipt = format!("world://artifacts/execution/{execution_id}/determinism.json");
            writeln!(out, "  {}", self.on_host(&receipt))?;
        }
        Ok(())
    }

    /// Where a world path is on this machine.
    fn on_host(&self, path: &str) -> String {
        let artifacts = self.run.artifacts.dir(&self.session.environment);
        match path.strip_prefix("world://artifacts/") {
            Some(below) => artifacts.join(below).display().to_string(),
            None => path.to_owned(),
        }
    }
}

/// The line for an error beside the run's own.
pub(super) fn problem(code: &str, message: &str) -> String {
    format!("{BAD}error:{BAD:#} {}: {}", Printable(code), Printable(message))
}
