//! What the listed executions come to, in one line.

use std::collections::BTreeMap;
use std::fmt;

use documents::Mode;

use super::row::Row;
use crate::quantity::grouped;
use crate::spent::{Spent, by_frequency};
use crate::state::State;

/// The executions by how they stand, and what they used up.
#[derive(Debug, Default)]
pub(super) struct Sum<'a> {
    states: [u64; State::ALL.len()],
    codes: BTreeMap<&'a str, u64>,
    /// Successes in mock mode cost nothing, and need not say so.
    spent: Spent,
}

impl<'a> Sum<'a> {
    pub(super) fn of(rows: &'a [Row]) -> Self {
        let mut sum = Self::default();
        for row in rows {
            let states = State::ALL.iter().zip(&mut sum.states);
            for (_, count) in states.filter(|(state, _)| **state == row.status) {
                *count += 1;
            }
            if row.status == State::Error {
                let code = row.code.as_deref().unwrap_or("without a code");
                *sum.codes.entry(code).or_default() += 1;
            }
            let was_paid = row.status == State::Success && row.mode == Some(Mode::Real);
            sum.spent.add_run(row.tokens, row.cost, was_paid);
        }
        sum
    }

    /// The line, for this many that are shown.
    pub(super) fn line(&self, shown: usize) -> String {
        let all: u64 = self.states.iter().sum();
        let noun = if all == 1 { "run" } else { "runs" };
        let shown = u64::try_from(shown).unwrap_or(u64::MAX);
        let of = if shown == all {
            String::new()
        } else {
            format!(" ({} shown)", grouped(shown))
        };
        format!("{} {noun}{of}: {self}", grouped(all))
    }
}

impl fmt::Display for Sum<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        for (state, count) in State::ALL.iter().zip(self.states).filter(|(_, count)| *count > 0) {
            let count = grouped(count);
            parts.push(match state {
                State::Success => format!("{count} done"),
                State::Error => format!("{count} failed ({})", by_frequency(&self.codes)),
                _ => format!("{count} {state}"),
            });
        }
        f.write_str(&parts.join(", "))?;
        let spent = self.spent.parts().join(", ");
        if !spent.is_empty() {
            write!(f, "; {spent}")?;
        }
        Ok(())
    }
}
