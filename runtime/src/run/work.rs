//! The part of a run that may block or panic: reading the inputs and calling the provider.

use std::cell::{Cell, OnceCell, RefCell};
use std::ffi::OsString;
use std::io::Read;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once};
use std::time::Instant;

use super::finish::Known;
use crate::config::Config;
use crate::contract::{MakeRunner, ProcessorOutput, ProcessorResult};
use crate::inputs::Inputs;
use crate::interrupt::Interruption;
use crate::kept::Kept;
use contracts::Environment;
use contracts::ProcessorRef;
use contracts::inputs::{self, HASH_SCHEMA};
use contracts::log::Bound;
use contracts::redact::Redactor;
use contracts::store::{self, Folder, Prior};
use contracts::{ErrorCode, ProcessorError};

/// Everything that the work needs.
pub(super) struct Job {
    pub(super) make_runner: Arc<MakeRunner>,
    pub(super) source: OsString,
    pub(super) stdin: Box<dyn Read + Send>,
    pub(super) environment: Environment,
    pub(super) ci: bool,
    pub(super) processor_ref: ProcessorRef,
    pub(super) prior: Option<Prior>,
    pub(super) root: Folder,
    pub(super) scratch: PathBuf,
    pub(super) kept: store::Kept,
    pub(super) deadline: Option<Instant>,
    pub(super) redactor: Redactor,
    pub(super) interruption: Interruption,
    pub(super) known: Known,
    pub(super) bound: Bound,
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Work {
    /// The provider ran.
    Done(ProcessorOutput),
    /// An earlier run had already done it.
    AlreadyDone(Box<Prior>),
}

/// Does the job.
pub(super) fn run(job: Job, is_cleaning_up: Arc<AtomicBool>) -> Result<Work, ProcessorError> {
    let mut inputs = read_inputs(job.source, job.stdin, job.ci, &job.known, &job.bound)?;
    if let Some(prior) = job.prior {
        return check_same_run(prior, &job.known, &job.processor_ref);
    }
    inputs.check_files(job.root)?;
    let config = Config {
        environment: job.environment,
        redactor: job.redactor,
        deadline: job.deadline,
        interruption: job.interruption,
        is_cleaning_up,
        scratch: job.scratch,
        kept: Kept {
            place: job.kept,
            inputs_sha256: job
                .known
                .hashes()
                .map(|hashes| hashes.inputs_sha256)
                .unwrap_or_default(),
            processor_ref: job.processor_ref,
        },
        tokio: OnceCell::new(),
    };
    call(&*job.make_runner, config, inputs, &job.known).map(Work::Done)
}

fn read_inputs(
    source: OsString,
    stdin: Box<dyn Read + Send>,
    ci: bool,
    known: &Known,
    bound: &Bound,
) -> Result<Inputs, ProcessorError> {
    let document = inputs::read(&source, stdin)?;
    let normalized = inputs::parse(&document)?;
    let mode = normalized.mode;
    bound.set(|fields| fields.mode = mode.as_str());
    tracing::info!(
        inputs_hash = normalized.hashes.inputs_hash,
        inputs_sha256 = normalized.hashes.inputs_sha256,
        hash_schema = HASH_SCHEMA,
        inputs_bytes = document.len(),
        files = normalized.files.len(),
        "inputs_read"
    );
    known.set_inputs(mode, normalized.hashes.clone());
    mode.guard(ci)?;
    Ok(normalized.into())
}

fn check_same_run(prior: Prior, known: &Known, processor_ref: &ProcessorRef) -> Result<Work, ProcessorError> {
    let hashes = known.hashes();
    let what = if !prior.receipt.has_inputs(hashes.as_ref()) {
        match prior.receipt.inputs_hash == hashes.map(|hashes| hashes.inputs_hash) {
            true => "for the same inputs with their keys in another order",
            false => "for other inputs",
        }
    } else if prior.receipt.processor_ref != processor_ref.as_str() {
        "of another processor"
    } else {
        return Ok(Work::AlreadyDone(Box::new(prior)));
    };
    Err(ProcessorError::new(
        ErrorCode::ExecutionConflict,
        format!("this execution id already has a success receipt {what}; use a new one"),
    ))
}

fn call(make_runner: &MakeRunner, config: Config, inputs: Inputs, known: &Known) -> ProcessorResult {
    install_hook();
    CAPTURE.set(true);
    let mut runner = None;
    let result = catch_unwind(AssertUnwindSafe(|| {
        let runner = runner.insert(make_runner(config));
        known.start_runner();
        runner(inputs)
    }));
    known.stop_runner();
    CAPTURE.set(false);
    // The process ends soon: what a provider takes down can only hold up, or break, what is done.
    std::mem::forget(runner);
    result.unwrap_or_else(|_| {
        Err(ProcessorError::new(
            ErrorCode::Processor,
            PANIC.take().unwrap_or_else(|| "the provider panicked".into()),
        ))
    })
}

thread_local! {
    /// Whether a panic of this thread becomes an error.
    static CAPTURE: Cell<bool> = const { Cell::new(false) };
    /// What the hook has seen.
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps panics from being printed past the redactor: the provider's becomes an error, another thread's a log line.
fn install_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if CAPTURE.get() {
                PANIC.set(Some(describe(info)));
            } else if super::IS_WHOLE_PROCESS.load(Ordering::Relaxed) {
                tracing::error!(panic = describe(info), "thread_panicked");
            } else {
                before(info);
            }
        }));
    });
}

/// Message and place, without the folders of the machine that built it.
fn describe(info: &PanicHookInfo<'_>) -> String {
    let message = info.payload_as_str().unwrap_or("no message");
    let place = info.location().map_or_else(String::new, |location| {
        let file = location.file();
        let file = match file.starts_with('/') {
            true => file.rsplit('/').next().unwrap_or(file),
            false => file,
        };
        format!(" at {file}:{}:{}", location.line(), location.column())
    });
    format!("the provider panicked{place}: {message}")
}
