//! `counterfoil run`.

mod attach;
mod batch;
mod logging;
mod plan;
mod progress;
mod save;
mod schema;
mod single;
mod summary;

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use documents::{Error as ProcessorError, ErrorCode, Mode, ProcessorRef};
use tokio::runtime::Runtime;

use crate::adapter::Engine;
use crate::artifacts::Artifacts;
use crate::call::Outcome;
use crate::registry::RegistryFolder;
use attach::Attach;

/// The command's names.
pub(crate) const NAMES: [&str; 2] = ["run", "run_processor"];

/// Run a processor, once or for every line of a file; leave outputs and receipts
#[derive(Debug, Args)]
#[command(
    alias = NAMES[1],
    after_help = "Examples:
  counterfoil run --ref llm/litellm@1 --mode mock --inputs-json '{\"params\":{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}}'
  counterfoil run --ref llm/litellm@1 --mode real --inputs request.json --attach photo=cat.png --save-dir answer
  counterfoil run --ref llm/litellm@1 --batch requests.jsonl --jobs 8 --execution-id nightly > results.jsonl
  counterfoil run --ref llm/litellm@1 --batch requests.jsonl --jobs 8 --execution-id nightly --resume >> results.jsonl
  counterfoil run --ref llm/litellm@1 --batch requests.jsonl --jobs 32 --rpm 500 --max-cost 20 > results.jsonl
  counterfoil run --ref replicate/generic@1 --batch requests.jsonl --jobs 8 --attempts 5 > results.jsonl

The exit status is the run's, as the README's table of errors has it; 1 where a batch has lines that failed or were left.
Logs are JSON lines on stdout, on stderr with --json, --batch or LOG_STREAM=stderr; LOG_LEVEL says how much."
)]
pub(crate) struct Run {
    /// The processor, ns/name@ver
    #[arg(long = "ref", value_name = "REF", value_parser = processor_ref)]
    processor_ref: ProcessorRef,
    /// Where it runs
    #[arg(long, value_enum, default_value_t = AdapterName::Local)]
    adapter: AdapterName,
    /// The inputs' mode, `mock` or `real` [default: what the inputs say, else mock]
    #[arg(long, value_parser = mode)]
    mode: Option<Mode>,
    /// Where to write, below /artifacts/; {execution_id} stands for the execution's own name
    #[arg(
        long,
        value_name = "PREFIX",
        default_value = "/artifacts/outputs/{execution_id}/"
    )]
    write_prefix: String,
    #[command(flatten)]
    source: Source,
    /// A file for the processor, NAME=PATH: it goes into the inputs' `files` under that name; may be repeated
    #[arg(long, value_name = "NAME=PATH")]
    attach: Vec<Attach>,
    /// The execution's name; with --batch the beginning of every line's [default: a UUID, version 7]
    #[arg(long, value_name = "ID")]
    execution_id: Option<String>,
    /// What the run belongs to; it is logged
    #[arg(long, value_name = "ID")]
    plan_id: Option<String>,
    /// Seconds that the run may take, instead of the entry's `timeout_s`
    #[arg(long, value_name = "SECONDS", value_parser = timeout)]
    timeout: Option<std::time::Duration>,
    /// How this machine runs it
    #[arg(long, value_enum, default_value_t = EngineName::Process)]
    engine: EngineName,
    /// Build first: the processor's binary, in release, or for docker and podman its image, from Dockerfile.template
    ///
    /// Building images has been tried with a smaller recipe; no engine has built Dockerfile.template itself yet.
    #[arg(long)]
    build: bool,
    #[command(flatten)]
    artifacts: Artifacts,
    #[command(flatten)]
    registry: RegistryFolder,
    /// Copy outputs, index and receipt of a success into this folder
    #[arg(long, value_name = "DIR")]
    save_dir: Option<PathBuf>,
    /// Print the envelope, one JSON line, and nothing else
    #[arg(long)]
    json: bool,
    /// How many runs of a batch go on at once
    #[arg(long, value_name = "N", requires = "batch", conflicts_with_all = ["inputs", "inputs_json"], default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: u16,
    /// How many runs of a batch start in a minute, evenly spread; what a run asks again by itself is not counted
    #[arg(long, value_name = "N", requires = "batch", conflicts_with_all = ["inputs", "inputs_json"])]
    rpm: Option<NonZeroU32>,
    /// Start no new runs of a batch once those of this call have cost so much, by their `usage.cost_usd`
    ///
    /// What is running then is finished, and may cost more. What earlier calls paid for is not counted, nor what says no cost.
    #[arg(long, value_name = "USD", requires = "batch", conflicts_with_all = ["inputs", "inputs_json"], value_parser = usd)]
    max_cost: Option<f64>,
    /// How often a line of a batch is run in all, where its failure may pass; it is tried again after all others
    #[arg(long, value_name = "N", requires = "batch", conflicts_with_all = ["inputs", "inputs_json"], default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    attempts: u32,
    /// Run only what earlier calls with the same batch have not done
    #[arg(long, requires = "batch", conflicts_with_all = ["inputs", "inputs_json"])]
    resume: bool,
}

/// Where the inputs come from: one of these.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Source {
    /// The inputs document itself
    #[arg(long, value_name = "JSON")]
    inputs_json: Option<String>,
    /// The inputs document's file, or - for standard input
    #[arg(long, value_name = "FILE|-")]
    inputs: Option<PathBuf>,
    /// A file of inputs documents, one a line, each an execution of its own; or - for standard input
    #[arg(long, value_name = "FILE|-")]
    batch: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum AdapterName {
    /// This machine
    Local,
    /// Modal's machines; not in this version
    Modal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum EngineName {
    /// The processor's own binary: beside counterfoil, else on PATH
    Process,
    /// The pinned image, by Docker
    Docker,
    /// The pinned image, by Podman
    Podman,
}

impl Run {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        if self.adapter == AdapterName::Modal {
            return self.refuse_adapter();
        }
        match self.source.batch.clone() {
            Some(file) => batch::run(&self, &file),
            None => single::run(&self),
        }
    }

    fn refuse_adapter(&self) -> anyhow::Result<ExitCode> {
        let error = ProcessorError::new(
            ErrorCode::Usage,
            "this version has no adapter modal; run it on this machine with --adapter local",
        );
        if self.is_json() {
            let id = self.execution_id.as_deref().unwrap_or_default();
            Outcome::error(id, &error, "", &Default::default()).print()?;
        }
        Err(error.into())
    }

    const fn engine(&self) -> Option<Engine> {
        match self.engine {
            EngineName::Process => None,
            EngineName::Docker => Some(Engine::Docker),
            EngineName::Podman => Some(Engine::Podman),
        }
    }

    /// Whether stdout is for documents alone.
    const fn is_json(&self) -> bool {
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

fn timeout(text: &str) -> Result<std::time::Duration, String> {
    documents::parse_seconds(text).ok_or_else(|| "it is a number of seconds above 0".into())
}

/// For one thread: what a run waits for wakes the thread that it runs on, and no other in between.
fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
