//! The sums of a table, in one line.

use std::collections::BTreeMap;
use std::fmt;

use documents::{ErrorCode, Signal};

use super::line_state::LineState;
use super::row::Row;
use crate::quantity::grouped;
use crate::spent::{Spent, by_frequency};
use crate::state::State;

const CANCELLED: &str = ErrorCode::Cancelled(Signal::Interrupt).as_str();

/// What the rows of a table add up to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sums {
    /// The columns of the batch's own rows that have another name here, and which.
    renamed: Vec<(String, String)>,
    rows: u64,
    succeeded: u64,
    failed: BTreeMap<String, u64>,
    cancelled: u64,
    running: u64,
    unfinished: u64,
    unknown_whether_paid: u64,
    left: u64,
    /// How many rows are not whole.
    pub(crate) unreadable: u64,
    spent: Spent,
}

impl Sums {
    /// Of no rows yet.
    pub(super) fn new(renamed: Vec<(String, String)>) -> Self {
        Self {
            renamed,
            ..Self::default()
        }
    }

    /// What to say of columns that have another name than in the batch.
    pub(crate) fn notice(&self) -> Option<String> {
        let renamed = self.renamed.iter();
        let renamed: Vec<_> = renamed
            .map(|(name, here)| format!("{name:?} is {here:?}"))
            .collect();
        let renamed = renamed.join(", ");
        (!renamed.is_empty())
            .then(|| format!("columns of the batch have another name in the table: {renamed}"))
    }

    pub(super) fn add(&mut self, row: &Row) {
        self.rows += 1;
        match row.state {
            LineState::Begun(State::Success) => self.succeeded += 1,
            LineState::Begun(State::Error) => {
                let code = row.code.as_deref().unwrap_or_default();
                if code == CANCELLED {
                    self.cancelled += 1;
                } else {
                    *self.failed.entry(code.to_owned()).or_default() += 1;
                }
            }
            LineState::Begun(State::Running) => self.running += 1,
            LineState::Begun(State::Unfinished) => self.unfinished += 1,
            LineState::Begun(State::UnknownWhetherPaid) => self.unknown_whether_paid += 1,
            LineState::Left => self.left += 1,
            LineState::Unreadable => {}
        }
        self.unreadable += u64::from(row.is_unreadable);
        self.spent.add_run(row.tokens, row.cost, row.was_paid);
    }
}

impl fmt::Display for Sums {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noun = if self.rows == 1 { "line" } else { "lines" };
        let done = grouped(self.succeeded);
        write!(f, "{} {noun}: {done} done", grouped(self.rows))?;
        let failed: u64 = self.failed.values().sum();
        if failed > 0 {
            write!(f, ", {} failed ({})", grouped(failed), by_frequency(&self.failed))?;
        }
        for (count, what) in [
            (self.cancelled, "cancelled"),
            (self.running, "running"),
            (self.unfinished, "unfinished"),
            (self.unknown_whether_paid, "unknown whether paid"),
            (self.left, "left"),
        ] {
            if count > 0 {
                write!(f, ", {} {what}", grouped(count))?;
            }
        }
        if self.unreadable > 0 {
            let unreadable = grouped(self.unreadable);
            write!(f, ", {unreadable} that cannot be read whole (see message)")?;
        }
        let spent = self.spent.parts();
        if !spent.is_empty() {
            write!(f, "; {}", spent.join(", "))?;
        }
        Ok(())
    }
}
