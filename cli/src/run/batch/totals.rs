//! What became of a batch's lines, in one line.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use documents::envelope::Envelope;
use documents::{ErrorCode, Mode, Signal};

use super::line_numbers::LineNumbers;
use super::sent::Sent;
use crate::call::Outcome;
use crate::quantity::{duration, grouped};
use crate::spent::{Spent, by_frequency};

const CANCELLED: &str = ErrorCode::Cancelled(Signal::Interrupt).as_str();

/// The lines of a batch by how they ended, and what they used up.
#[derive(Clone, Debug, Default)]
pub(super) struct Totals {
    pub(super) done: u64,
    done_before: u64,
    /// The modes of the lines that have ended.
    modes: [bool; 2],
    failed: BTreeMap<String, u64>,
    /// Cancelled in their runs: others than those that failed.
    cancelled: u64,
    /// Not begun.
    pub(super) left: u64,
    pub(super) not_saved: u64,
    requests: u64,
    /// Lines that sent requests after a run of theirs that may have been paid for.
    paid_twice: LineNumbers,
    spent: Spent,
    /// Whether lines were left because of them.
    pub(super) is_cost_too_unknown: bool,
}

impl Totals {
    /// A line has ended like this.
    pub(super) fn end(&mut self, outcome: &Outcome) {
        match outcome.code() {
            None if outcome.is_earlier => self.done_before += 1,
            None => self.done += 1,
            Some(code) if code == CANCELLED => self.cancelled += 1,
            Some(code) => *self.failed.entry(code.to_owned()).or_default() += 1,
        }
        self.see(outcome.envelope.mode());
    }

    /// A line was done before this call.
    pub(super) fn end_before(&mut self, envelope: &Envelope) {
        self.done_before += 1;
        self.see(envelope.mode());
    }

    fn see(&mut self, mode: Option<Mode>) {
        let [mock, real] = &mut self.modes;
        *mock |= mode == Some(Mode::Mock);
        *real |= mode == Some(Mode::Real);
    }

    /// Adds what a run used up, whether it was its line's last one or not; returns its cost, or
    /// `None` for a success that does not say it.
    pub(super) fn add_usage(&mut self, outcome: &Outcome) -> Option<f64> {
        let Some(usage) = &outcome.usage else {
            return Some(0.0);
        };
        let was_paid = outcome.is_success() && outcome.envelope.mode() == Some(Mode::Real);
        let cost = self.spent.add(usage, was_paid);
        cost.or_else(|| (!outcome.is_success()).then_some(0.0))
    }

    /// Counts what a run of this line has sent to a service, whether it was the line's last one or not.
    pub(super) fn add_sent(&mut self, line: u64, sent: &Sent) {
        self.requests += sent.requests();
        if sent.may_be_paid_twice() {
            self.paid_twice.add(line);
        }
    }

    /// The lines that have ended, now or before.
    pub(super) fn ended(&self) -> u64 {
        self.done + self.done_before + self.failed() + self.cancelled
    }

    pub(super) const fn done_before(&self) -> u64 {
        self.done_before
    }

    /// What the runs have cost, if any has said it.
    pub(super) fn cost(&self) -> Option<f64> {
        self.spent.is_cost_known.then_some(self.spent.cost)
    }

    pub(super) fn failed(&self) -> u64 {
        self.failed.values().sum()
    }

    /// Whether every line is done, and saved.
    pub(super) fn is_complete(&self) -> bool {
        self.failed() + self.cancelled + self.left + self.not_saved == 0
    }

    /// The whole, with the mode and the time that it took.
    pub(super) fn summary(&self, took: Duration) -> String {
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let mode = match self.modes {
            [false, false] => "",
            [true, false] => "mode mock, ",
            [false, true] => "mode real, ",
            [true, true] => "modes mock and real, ",
        };
        format!("{self}; {mode}{}", duration(ms))
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed = self.failed();
        let lines = self.done + self.done_before + failed + self.cancelled + self.left;
        let noun = if lines == 1 { "line" } else { "lines" };
        write!(f, "{} {noun}: {} done", grouped(lines), grouped(self.done))?;
        if self.done_before > 0 {
            write!(f, " now, {} before", grouped(self.done_before))?;
        }
        if failed > 0 {
            write!(f, ", {} failed ({})", grouped(failed), by_frequency(&self.failed))?;
        }
        if self.cancelled > 0 {
            write!(f, ", {} cancelled", grouped(self.cancelled))?;
        }
        if self.left > 0 {
            write!(f, ", {} left", grouped(self.left))?;
        }
        if self.not_saved > 0 {
            write!(f, ", {} could not be saved", grouped(self.not_saved))?;
        }
        let mut spent = self.spent.parts();
        if self.requests > 0 {
            let noun = if self.requests == 1 { "request" } else { "requests" };
            spent.insert(0, format!("{} {noun}", grouped(self.requests)));
        }
        if !spent.is_empty() {
            write!(f, "; {}", spent.join(", "))?;
        }
        if self.paid_twice.count() > 0 {
            let count = grouped(self.paid_twice.count());
            write!(f, "; {count} may have been paid twice: {}", self.paid_twice)?;
        }
        if self.is_cost_too_unknown && self.left > 0 {
            f.write_str(" (--allow-unknown-cost goes on all the same)")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_it_all() {
        let mut totals = Totals {
            done: 1_990,
            done_before: 4,
            cancelled: 3,
            left: 7,
            requests: 2_004,
            spent: Spent {
                tokens: 120_345.0,
                cost: 1.234,
                is_cost_known: true,
                ..Spent::default()
            },
            modes: [false, true],
            ..Totals::default()
        };
        totals.failed.insert("ERR_TIMEOUT".into(), 2);
        totals.failed.insert("ERR_PROVIDER_RATE_LIMIT".into(), 4);
        assert_eq!(
            totals.summary(Duration::from_secs(252)),
            "2,010 lines: 1,990 done now, 4 before, 6 failed (ERR_PROVIDER_RATE_LIMIT 4, ERR_TIMEOUT 2), \
             3 cancelled, 7 left; 2,004 requests, 120,345 tokens, 1.23 USD; mode real, 4m12s"
        );
    }

    #[test]
    fn what_did_not_happen_is_left_out() {
        let totals = Totals {
            done: 1,
            ..Totals::default()
        };
        assert_eq!(
            totals.summary(Duration::from_millis(1_250)),
            "1 line: 1 done; 1.2 s"
        );
        assert_eq!(Totals::default().to_string(), "0 lines: 0 done");
    }
}
