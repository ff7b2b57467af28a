//! The options of `counterfoil run`.

use std::num::{NonZeroU32, NonZeroU64};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use documents::{Mode, ProcessorRef};

use super::attach::Attach;
use super::format::Format;
use crate::artifacts::ArtifactsOption;
use crate::local::EngineName;
use crate::registry::RegistryOption;
use crate::results::Select;
use crate::session::Session;

/// The command's names.
pub(crate) const NAMES: [&str; 2] = ["run", "run_processor"];
pub(crate) const ABOUT: &str =
    "Run a processor, once or for every line of a file; leave outputs and receipts";

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  counterfoil run --ref llm/litellm@1 --mode mock --inputs-json '{\"params\":{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}}'
  counterfoil run --ref llm/litellm@1 --mode real --inputs request.json --attach photo=cat.png --save-dir answer
  counterfoil run --ref llm/litellm@1 --batch requests.jsonl --mode real --jobs 8 > results.jsonl
  counterfoil run --ref llm/litellm@1 --batch openai.jsonl --format openai-batch --execution-id nightly > results.jsonl
  counterfoil run --ref llm/litellm@1 --batch people.csv --template request.json --dry-run
  counterfoil run --ref llm/litellm@1 --batch requests.jsonl --jobs 32 --rpm 500 --max-cost 20 > results.jsonl
  counterfoil run --ref llm/litellm@1 --batch requests.jsonl --mode real --jobs 8 --out answers.csv > results.jsonl
  counterfoil run --ref replicate/generic@1 --batch requests.jsonl --jobs 8 --attempts 5 > results.jsonl

The exit status is the run's, see the table of errors in docs/reference.md; 1 when a batch has lines that failed or were left.

At a terminal stdout is the answer and a summary, and stderr has warnings; -v shows more.
In a pipe stdout is JSON lines: the log, and last the envelope.
With --json, and with --batch, stdout is envelopes alone, and the log is on stderr.
LOG_LEVEL says how much is logged.")]
pub(crate) struct Run {
    /// The processor, ns/name@ver
    #[arg(long = "ref", value_name = "REF", value_parser = processor_ref)]
    pub(super) processor_ref: ProcessorRef,
    /// Where it runs
    #[arg(long, value_enum, default_value_t = AdapterName::Local)]
    pub(super) adapter: AdapterName,
    /// The inputs' mode, `mock` or `real` [default: what the inputs say, else mock]
    #[arg(long, value_parser = mode)]
    pub(super) mode: Option<Mode>,
    /// Where to write, below /artifacts/; {execution_id} stands for the execution's own name
    #[arg(
        long,
        value_name = "PREFIX",
        default_value = "/artifacts/outputs/{execution_id}/"
    )]
    pub(super) write_prefix: String,
    #[command(flatten)]
    pub(super) source: Source,
    /// A file for the processor, NAME=PATH: it goes into the inputs' `files` under that name; may be repeated
    #[arg(long, value_name = "NAME=PATH")]
    pub(super) attach: Vec<Attach>,
    /// The execution's name; with --batch the batch's, which every line's begins with [default: the name of the batch's file, else a UUID, version 7]
    #[arg(long, value_name = "ID")]
    pub(super) execution_id: Option<String>,
    /// What the run belongs to: `plan_id` of its receipt and its log
    #[arg(long, value_name = "ID")]
    pub(super) plan_id: Option<String>,
    /// How long the run may take, such as 90 or 5m, instead of the entry's `timeout_s`; a number alone is seconds
    #[arg(long, value_name = "DURATION", value_parser = timeout)]
    pub(super) timeout: Option<Duration>,
    /// How this machine runs it
    #[arg(long, value_enum, default_value_t = EngineName::Process)]
    pub(super) engine: EngineName,
    /// Build first: the processor's binary, in release, or for docker and podman its image, from Dockerfile.template
    #[arg(long)]
    pub(super) build: bool,
    #[command(flatten)]
    pub(super) artifacts: ArtifactsOption,
    #[command(flatten)]
    pub(super) registry: RegistryOption,
    /// Copy outputs, index and receipt of a success into this directory
    #[arg(long, value_name = "DIR")]
    pub(super) save_dir: Option<PathBuf>,
    /// Write a table of a batch to this file when it ends, which `counterfoil results` makes too; it ends in .csv, .jsonl or .md
    #[arg(long, value_name = "FILE", requires = "batch", conflicts_with_all = ["inputs", "inputs_json"])]
    pub(super) out: Option<PathBuf>,
    /// A column of that name in the table, with what this JSON pointer names in the outputs; may be repeated
    #[arg(long, value_name = "NAME=/POINTER", requires = "out")]
    pub(super) select: Vec<Select>,
    /// Print the envelope, one JSON line, and nothing else; the log is JSON lines on stderr
    #[arg(long)]
    pub(super) json: bool,
    /// How many runs of a batch go on at once
    #[arg(long, value_name = "N", requires = "batch", conflicts_with_all = ["inputs", "inputs_json"], default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) jobs: u16,
    /// How many runs of a batch start in a minute, evenly spread; a run's own retries are not counted
    #[arg(long, value_name = "N", requires = "batch", conflicts_with_all = ["inputs", "inputs_json"])]
    pub(super) rpm: Option<NonZeroU32>,
    /// Start no new runs of a batch once those of this call have cost so much, by their `usage.cost_usd`
    ///
    /// Runs that are going on are finished, and may cost more. Costs of earlier calls are not counted. After a run in real mode
    /// whose cost is not known, nothing starts either; see `--allow-unknown-cost`.
    #[arg(long, value_name = "USD", requires = "batch", conflicts_with_all = ["inputs", "inputs_json"], value_parser = usd)]
    pub(super) max_cost: Option<f64>,
    /// Start new runs also after one whose cost is not known, which `--max-cost` cannot count
    #[arg(long, requires = "max_cost")]
    pub(super) allow_unknown_cost: bool,
    /// Start no new runs of a batch once so many of its lines have failed for good
    #[arg(long, value_name = "N", requires = "batch", conflicts_with_all = ["inputs", "inputs_json"])]
    pub(super) max_failures: Option<NonZeroU64>,
    /// The same as `--max-failures 1`
    #[arg(long, requires = "batch", conflicts_with_all = ["inputs", "inputs_json", "max_failures"])]
    pub(super) fail_fast: bool,
    /// How often a line of a batch is run at most when its failure may pass; it is tried again after all others
    #[arg(long, value_name = "N", requires = "batch", conflicts_with_all = ["inputs", "inputs_json"], default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) attempts: u32,
    /// What a line of a batch is [default: what the first line looks like]
    #[arg(long, value_enum, requires = "batch", conflicts_with_all = ["inputs", "inputs_json"])]
    pub(super) format: Option<Format>,
    /// An inputs document that every row of a batch fills in: its strings hold {{column}}. Rows are CSV or JSON objects
    #[arg(long, value_name = "FILE", requires = "batch", conflicts_with_all = ["inputs", "inputs_json"])]
    pub(super) template: Option<PathBuf>,
    /// Run the first N lines of a batch only; all are checked
    #[arg(long, value_name = "N", requires = "batch", conflicts_with_all = ["inputs", "inputs_json"])]
    pub(super) limit: Option<NonZeroU32>,
    /// Check a batch and print what would be run; run and write nothing
    #[arg(long, requires = "batch", conflicts_with_all = ["inputs", "inputs_json"])]
    pub(super) dry_run: bool,
    /// Refuse to begin a batch: only go on with one. What is done is never done again anyway
    #[arg(long, requires = "batch", conflicts_with_all = ["inputs", "inputs_json"])]
    pub(super) resume: bool,
    /// Begin a batch of its own, <name>.<UTC time>, which runs every line again and pays for it
    #[arg(long, requires = "batch", conflicts_with_all = ["inputs", "inputs_json", "resume"])]
    pub(super) new: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct Source {
    /// The inputs document itself
    #[arg(long, value_name = "JSON")]
    pub(super) inputs_json: Option<String>,
    /// The inputs document's file, or - for standard input
    #[arg(long, value_name = "FILE|-")]
    pub(super) inputs: Option<PathBuf>,
    /// A file of inputs documents, one a line, each an execution of its own; or - for standard input
    #[arg(long, value_name = "FILE|-")]
    pub(super) batch: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum AdapterName {
    /// This machine
    Local,
    /// Modal's machines; not in this version
    Modal,
}

impl Run {
    /// How many lines of a batch may fail.
    pub(super) fn max_failures(&self) -> Option<NonZeroU64> {
        if self.fail_fast {
            Some(NonZeroU64::MIN)
        } else {
            self.max_failures
        }
    }

    /// Whether stdout ends with an envelope: it does but for people at a terminal.
    pub(super) fn has_envelope(&self, session: &Session) -> bool {
        self.is_json() || !session.stdout.is_terminal
    }

    /// Whether stdout is for envelopes alone.
    pub(super) const fn is_json(&self) -> bool {
        self.json || self.source.batch.is_some()
    }
}

fn processor_ref(text: &str) -> Result<ProcessorRef, String> {
    ProcessorRef::parse(text).map_err(|_| "it has the form ns/name@ver, e.g. llm/litellm@1".into())
}

fn mode(text: &str) -> Result<Mode, String> {
    text.parse()
        .map_err(|_| "there are two modes, mock and real".into())
}

fn usd(text: &str) -> Result<f64, String> {
    let amount = text.parse().ok();
    amount
        .filter(|amount: &f64| amount.is_finite() && *amount >= 0.0)
        .ok_or_else(|| "it is an amount of USD, e.g. 20 or 0.5".into())
}

fn timeout(text: &str) -> Result<Duration, String> {
    documents::parse_seconds(text)
        .or_else(|| {
            humantime::parse_duration(text)
                .ok()
                .filter(|duration| !duration.is_zero())
        })
        .ok_or_else(|| "it is a number of seconds above 0, or a duration such as 5m or 1h 30m".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_seconds_or_a_duration() {
        for (text, seconds) in [("90", 90.0), ("0.5", 0.5), ("5m", 300.0), ("1h 30m", 5_400.0)] {
            assert_eq!(timeout(text).unwrap().as_secs_f64(), seconds, "{text}");
        }
        for text in ["", "0", "0s", "-1", "5 parsecs", "inf"] {
            assert!(timeout(text).is_err(), "{text}");
        }
    }
}
