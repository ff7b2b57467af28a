//! What the listed executions come to, in one line.

use std::collections::BTreeMap;
use std::fmt;

use documents::Mode;

use super::row::Row;
use crate::quantity::{grouped, usd};
use crate::state::State;

/// The executions by how they stand, and what they used up.
#[derive(Debug, Default)]
pub(super) struct Sum<'a> {
    states: [u64; State::ALL.len()],
    codes: BTreeMap<&'a str, u64>,
    tokens: f64,
    cost: f64,
    is_cost_known: bool,
    /// Successes in real mode that do not say what they cost.
    without_cost: u64,
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
            sum.tokens += row.tokens.unwrap_or_default();
            sum.cost += row.cost.unwrap_or_default();
            sum.is_cost_known |= row.cost.is_some();
            let was_paid = row.status == State::Success && row.mode == Some(Mode::Real);
            sum.without_cost += u64::from(was_paid && row.cost.is_none());
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
                State::Error => format!("{count} failed ({})", self.failed()),
                _ => format!("{count} {state}"),
            });
        }
        f.write_str(&parts.join(", "))?;
        let mut separator = "; ";
        if self.tokens > 0.0 {
            write!(f, "{separator}{} tokens", grouped(self.tokens as u64))?;
            separator = ", ";
        }
        if self.is_cost_known {
            write!(f, "{separator}{} USD", usd(self.cost))?;
            separator = ", ";
        }
        if self.without_cost > 0 {
            write!(
                f,
                "{separator}the cost of {} not known",
                grouped(self.without_cost)
            )?;
        }
        Ok(())
    }
}

impl Sum<'_> {
    /// The codes, the most frequent first.
    fn failed(&self) -> String {
        let mut codes: Vec<_> = self.codes.iter().collect();
        codes.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        let codes: Vec<_> = codes
            .iter()
            .map(|(code, count)| format!("{code} {}", grouped(**count)))
            .collect();
        codes.join(", ")
    }
}
