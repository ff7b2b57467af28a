//! `--dry-run`: what a batch would run, as far as this program can know it.

use std::collections::BTreeMap;
use std::io::{self, Write as _};

use documents::{Mode, ProcessorRef};
use serde::Serialize;
use serde_json::{Map, Value};

use super::inspect::Inspected;
use crate::error::Error;
use crate::execute::earlier_success;
use crate::printable::Printable;
use crate::quantity::grouped;
use crate::run::options::Run;
use crate::session::Session;

/// The parameters that limit the tokens of an answer, in the APIs of chat completions.
const LIMITS: [&str; 3] = ["max_completion_tokens", "max_tokens", "max_output_tokens"];

/// The lines of a batch, and what they may use up.
#[derive(Debug, Serialize)]
pub(super) struct Sums {
    batch: String,
    #[serde(rename = "ref")]
    processor_ref: ProcessorRef,
    lines: u64,
    before: u64,
    /// By mode and model.
    runs: Vec<Runs>,
    /// The bytes of all text of the lines that are left: no token has less than one.
    input_tokens_at_most: u64,
    output_tokens_at_most: u64,
    /// How many of the lines that are left do not limit their answer.
    without_output_limit: u64,
    /// The prices are the processor's.
    cost_usd: Option<f64>,
}

/// The lines that ask one model in one mode.
#[derive(Debug, Serialize)]
struct Runs {
    mode: Mode,
    /// `None` for the processor's default.
    model: Option<String>,
    lines: u64,
    before: u64,
}

impl Sums {
    /// Reads the lines once more, and looks which of them are done.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE` or `ERR_INPUTS` for a file that has changed since.
    pub(super) fn of(inspected: Inspected) -> Result<Self, Error> {
        let Inspected {
            plan,
            file,
            name,
            is_begun,
            reading,
            mut ids,
            ..
        } = inspected;
        let mut sums = Self {
            batch: name.text,
            processor_ref: plan.entry().processor_ref.clone(),
            lines: 0,
            before: 0,
            runs: Vec::new(),
            input_tokens_at_most: 0,
            output_tokens_at_most: 0,
            without_output_limit: 0,
            cost_usd: None,
        };
        let mut runs: BTreeMap<(&str, String), (Mode, u64, u64)> = BTreeMap::new();
        let mut lines = reading.lines(&file)?;
        while let (Some(id), Some((_, bytes))) = (ids.next(), lines.next()?) {
            let document = reading.reader.document(&bytes)?;
            let document = plan.document(reading.reader.read(&document)?.inputs)?;
            let (mode, model) = (document.mode, document.service.model.clone());
            let input = texts(&document.params);
            let output = limit(&document.params);
            let is_before = is_begun && {
                let call = plan.unchecked_call(&id.in_batch(&sums.batch), document)?;
                earlier_success(plan.store(), &call).is_some()
            };
            let (_, count, before) = runs.entry((mode.as_str(), model)).or_insert((mode, 0, 0));
            *count += 1;
            *before += u64::from(is_before);
            sums.lines += 1;
            sums.before += u64::from(is_before);
            if !is_before {
                sums.input_tokens_at_most += input;
                sums.output_tokens_at_most += output.unwrap_or_default();
                sums.without_output_limit += u64::from(output.is_none());
            }
        }
        let runs = runs.into_iter();
        let runs = runs.map(|((_, model), (mode, lines, before))| Runs {
            mode,
            model: (!model.is_empty()).then_some(model),
            lines,
            before,
        });
        sums.runs = runs.collect();
        Ok(sums)
    }

    /// Prints them on stdout: one JSON line with `--json`, else for people.
    pub(super) fn print(&self, run: &Run, session: &Session) -> io::Result<()> {
        let mut out = session.out();
        if run.json {
            writeln!(out, "{}", serde_json::to_string(self)?)?;
            return out.flush();
        }
        let count = |number: u64| match number {
            1 => "1 line".to_owned(),
            number => format!("{} lines", grouped(number)),
        };
        let left = self.lines - self.before;
        writeln!(
            out,
            "batch {} of {}: {}, {} done before, {} would be run",
            Printable(&self.batch),
            self.processor_ref,
            count(self.lines),
            grouped(self.before),
            grouped(left)
        )?;
        for runs in &self.runs {
            let model = runs
                .model
                .as_deref()
                .unwrap_or("no model, so the processor's default");
            let before = match runs.before {
                0 => String::new(),
                before => format!(", {} done before", grouped(before)),
            };
            let (mode, lines) = (runs.mode.as_str(), count(runs.lines));
            writeln!(out, "  {mode}  {}  {lines}{before}", Printable(model))?;
        }
        let input = grouped(self.input_tokens_at_most);
        writeln!(
            out,
            "input tokens: about {input} at most, without files (a token has at least a byte)"
        )?;
        let output = grouped(self.output_tokens_at_most);
        match self.without_output_limit {
            0 => writeln!(out, "output tokens: {output} at most")?,
            some => writeln!(
                out,
                "output tokens: {output} at most, and {} without a limit (max_tokens)",
                count(some)
            )?,
        }
        writeln!(
            out,
            "cost: not known before a run, the prices are the processor's; --limit 10 shows what ten lines cost, and --max-cost bounds it"
        )?;
        writeln!(out, "nothing was run")?;
        out.flush()
    }
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
