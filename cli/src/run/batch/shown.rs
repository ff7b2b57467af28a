//! What a batch shows while it goes on: a bar at a terminal, log lines elsewhere.

use std::io::Write as _;
use std::time::Instant;

use documents::envelope::Envelope;

use super::line_runs::Batch;
use super::pace::Pace;
use super::schedule::{Item, Schedule};
use super::totals::Totals;
use crate::columns::cut;
use crate::printable::Printable;
use crate::quantity::grouped;
use crate::run::progress::Progress;
use crate::session::Session;

/// The line of a failure is no longer, on however wide a terminal.
const FAILURE_COLUMNS: usize = 160;

pub(super) struct Shown {
    progress: Progress,
    pace: Pace,
}

impl Shown {
    /// Begins with none of so many lines.
    pub(super) fn begin(progress: &Progress, lines: usize) -> Self {
        let lines = lines as u64;
        progress.begin_bar(lines);
        Self {
            progress: progress.clone(),
            pace: Pace {
                lines,
                started: Instant::now(),
            },
        }
    }

    /// How far the batch is, and until when a provider keeps it waiting.
    pub(super) fn progress(&self, schedule: &Schedule) {
        if !self.progress.is_shown() {
            return;
        }
        let now = Instant::now();
        let facts = self.pace.at(&schedule.totals, now);
        let has_waiting = facts.ended < facts.lines;
        self.progress
            .pause(has_waiting.then(|| schedule.held(now)).flatten());
        self.progress.move_bar(facts.ended, facts);
    }

    /// The same as a line, where no bar shows it: for people at a terminal, else in the log.
    pub(super) fn line(&self, totals: &Totals, batch: &Batch) {
        let session = &batch.session;
        if self.progress.is_shown() || session.is_quiet() {
            return;
        }
        let facts = self.pace.at(totals, Instant::now());
        if session.stderr.is_terminal {
            let [ended, lines] = [facts.ended, facts.lines].map(grouped);
            let _ = writeln!(session.err(), "{ended}/{lines}  {facts}"); // there is nowhere left to report it
            return;
        }
        let processor_ref = &batch.plan.entry().processor_ref;
        let dispatch = batch.logging.of_batch(&batch.name, processor_ref);
        tracing::dispatcher::with_default(&dispatch, || {
            tracing::info!(
                lines = facts.lines,
                ended = facts.ended,
                before = facts.before,
                failed = facts.failed,
                cost_usd = facts.cost_usd,
                per_second = facts.per_second,
                left_s = facts.left.map(|left| left.as_secs()),
                "batch_progress"
            );
        });
    }

    /// Writes to the terminal without tearing the bar.
    pub(super) fn beside<R>(&self, write: impl FnOnce() -> R) -> R {
        self.progress.suspended(write)
    }

    /// A line at a terminal for one that failed, in place of its log.
    pub(super) fn failure(&self, item: &Item, envelope: &Envelope, session: &Session) {
        let Envelope::Error { error, .. } = envelope else {
            return;
        };
        if !session.stderr.is_terminal {
            return;
        }
        let label = item.label.as_deref().map(|label| format!(" ({label})"));
        let number = item.line.number;
        let label = label.unwrap_or_default();
        let line = format!("line {number}{label}: {}  {}", error.code, error.message);
        let columns = session.err_columns().unwrap_or(FAILURE_COLUMNS);
        let line = cut(&Printable(&line).to_string(), columns.min(FAILURE_COLUMNS));
        self.progress.suspended(|| {
            let _ = writeln!(session.err(), "{line}"); // there is nowhere left to report it
        });
    }
}
