//! What a batch would run, and what that may use up.

use std::collections::BTreeMap;

use documents::estimate::Estimate;
use documents::{Mode, ProcessorRef};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::line_numbers::LineNumbers;

/// The parameters that limit the tokens of an answer, in the APIs of chat completions.
const LIMITS: [&str; 3] = ["max_completion_tokens", "max_tokens", "max_output_tokens"];
/// How many reasons are told apart.
const MOST_REASONS: usize = 20;

/// The lines of a batch, and what those that are left use up at most.
#[derive(Debug, Serialize)]
pub(super) struct Sums {
    pub(super) batch: String,
    #[serde(rename = "ref")]
    pub(super) processor_ref: ProcessorRef,
    pub(super) lines: u64,
    pub(super) before: u64,
    /// Those of the lines that are left that may have been paid for: a run of theirs never ended. In JSON it is their number.
    #[serde(serialize_with = "count")]
    pub(super) unknown_whether_paid: LineNumbers,
    /// By mode and model.
    #[serde(serialize_with = "values")]
    pub(super) runs: BTreeMap<(&'static str, String), Runs>,
    /// Where the processor does not say more, the bytes of all text: no token has less than one.
    pub(super) input_tokens_at_most: u64,
    /// How many of the lines that are left have more than text to read.
    pub(super) without_input_limit: u64,
    pub(super) output_tokens_at_most: u64,
    /// How many of the lines that are left have no limit of their answer.
    pub(super) without_output_limit: u64,
    pub(super) cost_usd_at_most: f64,
    /// How many of the lines that are left have a cost that is not known.
    pub(super) without_cost: u64,
    /// Why, with the number of lines.
    pub(super) unknown: BTreeMap<String, u64>,
    /// Where the prices come from.
    pub(super) prices: Option<String>,
    /// Why the processor was not asked, where it was to be.
    pub(super) not_asked: Option<String>,
}

/// The lines that ask one model in one mode.
#[derive(Debug, Serialize)]
pub(super) struct Runs {
    pub(super) mode: Mode,
    /// `None` for the processor's default, if it does not say which that is.
    pub(super) model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) provider: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) api: Option<String>,
    pub(super) lines: u64,
    pub(super) before: u64,
    pub(super) cost_usd_at_most: f64,
    pub(super) without_cost: u64,
}

/// What is known of a line without its processor.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) mode: Mode,
    /// Empty where the inputs name none.
    pub(super) model: String,
    texts: u64,
    limit: Option<u64>,
}

impl Asked {
    pub(super) fn new(mode: Mode, model: &str, params: &Map<String, Value>) -> Self {
        Self {
            mode,
            model: model.to_owned(),
            texts: texts(params),
            limit: limit(params),
        }
    }
}

impl Sums {
    pub(super) fn new(batch: &str, processor_ref: &ProcessorRef) -> Self {
        Self {
            batch: batch.to_owned(),
            processor_ref: processor_ref.clone(),
            lines: 0,
            before: 0,
            unknown_whether_paid: LineNumbers::default(),
            runs: BTreeMap::new(),
            input_tokens_at_most: 0,
            without_input_limit: 0,
            output_tokens_at_most: 0,
            without_output_limit: 0,
            cost_usd_at_most: 0.0,
            without_cost: 0,
            unknown: BTreeMap::new(),
            prices: None,
            not_asked: None,
        }
    }

    /// Counts a line that is done.
    pub(super) fn add_done(&mut self, asked: &Asked) {
        self.lines += 1;
        self.before += 1;
        self.runs_of(asked).before += 1;
    }

    /// Counts a line among those that may have been paid for.
    pub(super) fn add_unknown_whether_paid(&mut self, line: u64) {
        self.unknown_whether_paid.add(line);
    }

    /// Counts a line that is left, with what its processor says of it.
    pub(super) fn add(&mut self, asked: &Asked, estimate: Option<&Estimate>) {
        let none = Estimate::default();
        let estimate = estimate.unwrap_or(&none);
        self.lines += 1;
        let is_told = estimate.output_tokens_at_most.is_some() || !estimate.unknown.is_empty();
        let own = |number: Option<u64>| number.filter(|_| !is_told);
        add(
            estimate.input_tokens_at_most.or(own(Some(asked.texts))),
            &mut self.input_tokens_at_most,
            &mut self.without_input_limit,
        );
        add(
            estimate.output_tokens_at_most.or(own(asked.limit)),
            &mut self.output_tokens_at_most,
            &mut self.without_output_limit,
        );
        let cost = match asked.mode {
            Mode::Mock => Some(0.0),
            Mode::Real => estimate
                .cost_usd_at_most
                .filter(|usd| usd.is_finite() && *usd >= 0.0),
        };
        for reason in &estimate.unknown {
            if self.unknown.len() < MOST_REASONS || self.unknown.contains_key(reason) {
                *self.unknown.entry(reason.clone()).or_default() += 1;
            }
        }
        if self.prices.is_none() {
            self.prices.clone_from(&estimate.prices);
        }
        let usd = cost.unwrap_or_default();
        self.cost_usd_at_most = rounded(self.cost_usd_at_most + usd);
        self.without_cost += u64::from(cost.is_none());
        let runs = self.runs_of(asked);
        runs.cost_usd_at_most = rounded(runs.cost_usd_at_most + usd);
        runs.without_cost += u64::from(cost.is_none());
        for (known, told) in [
            (&mut runs.model, &estimate.model),
            (&mut runs.provider, &estimate.provider),
            (&mut runs.api, &estimate.api),
        ] {
            if known.is_none() {
                known.clone_from(told);
            }
        }
    }

    fn runs_of(&mut self, asked: &Asked) -> &mut Runs {
        let key = (asked.mode.as_str(), asked.model.clone());
        let runs = self.runs.entry(key).or_insert_with(|| Runs {
            mode: asked.mode,
            model: (!asked.model.is_empty()).then(|| asked.model.clone()),
            provider: None,
            api: None,
            lines: 0,
            before: 0,
            cost_usd_at_most: 0.0,
            without_cost: 0,
        });
        runs.lines += 1;
        runs
    }

    /// How many lines are left.
    pub(super) const fn left(&self) -> u64 {
        self.lines - self.before
    }
}

/// To 12 decimal places, as costs are: sums of doubles have more.
fn rounded(usd: f64) -> f64 {
    (usd * 1e12).round() / 1e12
}

fn add(number: Option<u64>, sum: &mut u64, without: &mut u64) {
    *sum = sum.saturating_add(number.unwrap_or_default());
    *without += u64::from(number.is_none());
}

fn count<S: Serializer>(lines: &LineNumbers, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(lines.count())
}

fn values<K, V: Serialize, S: Serializer>(map: &BTreeMap<K, V>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(map.values())
}

/// The bytes of all strings.
fn texts(params: &Map<String, Value>) -> u64 {
    params.values().map(text).sum()
}

fn text(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.len() as u64,
        Value::Array(items) => items.iter().map(text).sum(),
        Value::Object(members) => texts(members),
        _ => 0,
    }
}

/// How many tokens all answers to these parameters may have.
fn limit(params: &Map<String, Value>) -> Option<u64> {
    let number = |name: &str| params.get(name).and_then(Value::as_u64);
    let tokens = LIMITS.iter().find_map(|name| number(name))?;
    Some(tokens.saturating_mul(number("n").unwrap_or(1)))
}
