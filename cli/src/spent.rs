//! What runs used up, and why some failed, as parts of a line that sums them up.

use std::collections::BTreeMap;
use std::fmt::Display;

use crate::quantity::{grouped, usd};

/// What runs used up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    pub(crate) tokens: f64,
    /// In USD.
    pub(crate) cost: f64,
    /// Whether any run said what it cost.
    pub(crate) is_cost_known: bool,
    /// Successes that did not say what they cost.
    pub(crate) without_cost: u64,
}

/// The tokens of a run's usage: all, else those of the request and of the answer.
pub(crate) fn tokens(of: impl Fn(&str) -> Option<f64>) -> Option<f64> {
    let sum = |one: &str, other: &str| Some(of(one)? + of(other)?);
    of("total_tokens")
        .or_else(|| sum("prompt_tokens", "completion_tokens"))
        .or_else(|| sum("input_tokens", "output_tokens"))
}

impl Spent {
    /// Adds the usage of a run; returns its cost, if that is known.
    pub(crate) fn add(&mut self, usage: &BTreeMap<String, f64>, was_paid: bool) -> Option<f64> {
        let of = |name: &str| usage.get(name).copied();
        let cost = of("cost_usd");
        self.add_run(tokens(of), cost, was_paid);
        cost
    }

    /// Adds what a receipt says of a run. One that was paid for and does not say its cost is counted.
    pub(crate) fn add_run(&mut self, tokens: Option<f64>, cost: Option<f64>, was_paid: bool) {
        self.tokens += tokens.unwrap_or_default();
        self.cost += cost.unwrap_or_default();
        self.is_cost_known |= cost.is_some();
        self.without_cost += u64::from(was_paid && cost.is_none());
    }

    /// A part for each number that says something.
    pub(crate) fn parts(&self) -> Vec<String> {
        let mut parts = Vec::new();
        if self.tokens > 0.0 {
            parts.push(format!("{} tokens", grouped(self.tokens as u64)));
        }
        if self.is_cost_known {
            parts.push(format!("{} USD", usd(self.cost)));
        }
        if self.without_cost > 0 {
            parts.push(format!("the cost of {} not known", grouped(self.without_cost)));
        }
        parts
    }
}

/// Error codes with their numbers, the most frequent first.
pub(crate) fn by_frequency<C: Display + Ord>(codes: &BTreeMap<C, u64>) -> String {
    let mut codes: Vec<_> = codes.iter().collect();
    codes.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let codes: Vec<_> = codes
        .iter()
        .map(|(code, count)| format!("{code} {}", grouped(**count)))
        .collect();
    codes.join(", ")
}
