//! The sums of a table, in one line.

use std::collections::BTreeMap;
use std::fmt;

use documents::{ErrorCode, Signal};

use super::row::{Row, State};
use crate::quantity::grouped;

const CANCELLED: &str = ErrorCode::Cancelled(Signal::Interrupt).as_str();

/// What the rows of a table add up to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sums {
    rows: u64,
    succeeded: u64,
    failed: BTreeMap<String, u64>,
    cancelled: u64,
    left: u64,
    /// How many rows are not whole.
    pub(crate) unreadable: u64,
    tokens: f64,
    cost: Option<f64>,
}

impl Sums {
    pub(super) fn add(&mut self, row: &Row) {
        self.rows += 1;
        match row.state {
            State::Success => self.succeeded += 1,
            State::Error if row.code.as_deref() == Some(CANCELLED) => self.cancelled += 1,
            State::Error => {
                *self
                    .failed
                    .entry(row.code.clone().unwrap_or_default())
                    .or_default() += 1
            }
            State::Left => self.left += 1,
            State::Unreadable => {}
        }
        self.unreadable += u64::from(row.is_unreadable);
        self.tokens += row.tokens.unwrap_or_default();
        if let Some(cost) = row.cost {
            *self.cost.get_or_insert_default() += cost;
        }
    }
}

impl fmt::Display for Sums {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noun = if self.rows == 1 { "line" } else { "lines" };
        let done = grouped(self.succeeded);
        write!(f, "{} {noun}: {done} done", grouped(self.rows))?;
        let failed: u64 = self.failed.values().sum();
        if failed > 0 {
            let mut codes: Vec<_> = self.failed.iter().collect();
            codes.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
            let codes = codes
                .iter()
                .map(|(code, count)| format!("{code} {}", grouped(**count)));
            let codes: Vec<_> = codes.collect();
            write!(f, ", {} failed ({})", grouped(failed), codes.join(", "))?;
        }
        for (count, what) in [(self.cancelled, "cancelled"), (self.left, "left")] {
            if count > 0 {
                write!(f, ", {} {what}", grouped(count))?;
            }
        }
        if self.unreadable > 0 {
            let unreadable = grouped(self.unreadable);
            write!(f, ", {unreadable} that cannot be read whole (see message)")?;
        }
        if self.tokens > 0.0 {
            write!(f, "; {} tokens", grouped(self.tokens as u64))?;
        }
        if let Some(cost) = self.cost {
            write!(f, "; {cost:.6} USD")?;
        }
        Ok(())
    }
}
