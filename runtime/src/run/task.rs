//! The part of a run that may block or panic: reading the inputs and calling the provider.

use std::cell::OnceCell;
use std::ffi::OsString;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use documents::inputs::{self, HASH_SCHEMA};
use documents::start::Start;
use documents::{ErrorCode, ExecutionId, Mode, ProcessorRef};
use logging::{Environment, LogContext, Redactor};
use store::{Artifacts, PreviousSuccess, read_inputs as read_document};

use super::panics;
use super::place;
use super::start;
use super::state::RunState;
use super::whole_process;
use crate::checkpoint::Checkpoint;
use crate::config::Config;
use crate::contract::{MakeRunner, ProcessorOutput, ProcessorResult};
use crate::error::ProcessorError;
use crate::inputs::Inputs;
use crate::interrupt::Interruption;
use crate::secrets_dir::SecretsDir;

pub(super) struct Task {
    pub(super) make_runner: Arc<MakeRunner>,
    pub(super) source: OsString,
    pub(super) stdin: Box<dyn Read + Send>,
    pub(super) environment: Environment,
    pub(super) ci: bool,
    pub(super) processor_ref: ProcessorRef,
    pub(super) previous: Option<PreviousSuccess>,
    pub(super) artifacts: Arc<dyn Artifacts>,
    pub(super) scratch: PathBuf,
    pub(super) checkpoint: Box<dyn store::Checkpoint>,
    pub(super) execution_id: ExecutionId,
    /// The write prefix with the execution id in it.
    pub(super) write_prefix: String,
    pub(super) plan_id: Option<String>,
    pub(super) start: Box<dyn store::Checkpoint>,
    pub(super) deadline: Option<Instant>,
    pub(super) redactor: Redactor,
    pub(super) interruption: Interruption,
    pub(super) state: RunState,
    pub(super) log_context: LogContext,
}

#[derive(Debug)]
pub(super) enum TaskOutcome {
    /// The provider ran.
    Done(ProcessorOutput),
    /// An earlier run succeeded.
    AlreadyDone(Box<PreviousSuccess>),
}

pub(super) fn run(task: Task, is_cleaning_up: Arc<AtomicBool>) -> Result<TaskOutcome, ProcessorError> {
    let mut inputs = read_inputs(task.source, task.stdin, task.ci, &task.state, &task.log_context)?;
    if let Some(previous) = task.previous {
        return check_same_run(previous, &task.state, &task.processor_ref);
    }
    let artifacts = Arc::clone(&task.artifacts);
    inputs.check_files(task.artifacts)?;
    place::check(&*artifacts, &task.write_prefix)?;
    let inputs_sha256 = task
        .state
        .hashes()
        .map(|hashes| hashes.inputs_sha256)
        .unwrap_or_default();
    let start = Start {
        processor_ref: task.processor_ref.as_str().to_owned(),
        write_prefix: task.write_prefix,
        inputs_sha256: inputs_sha256.clone(),
        mode: inputs.mode,
        timestamp_utc: task.state.timestamp(),
        earlier_attempts: 0,
        plan_id: task.plan_id,
    };
    let config = Config {
        secrets_dir: match inputs.mode {
            Mode::Mock => SecretsDir::default(), // mock mode has no secrets
            Mode::Real => {
                whole_process::protect();
                SecretsDir::from_environment(&task.environment)
            }
        },
        environment: task.environment,
        redactor: task.redactor,
        deadline: task.deadline,
        interruption: task.interruption,
        is_cleaning_up,
        scratch: Some(task.scratch),
        checkpoint: Checkpoint {
            store: task.checkpoint,
            inputs_sha256,
            processor_ref: task.processor_ref,
        },
        tokio: OnceCell::new(),
    };
    start::leave(start, &*task.start, &*artifacts, &task.execution_id, &task.state)?;
    call(&*task.make_runner, config, inputs, &task.state).map(TaskOutcome::Done)
}

fn read_inputs(
    source: OsString,
    stdin: Box<dyn Read + Send>,
    ci: bool,
    state: &RunState,
    log_context: &LogContext,
) -> Result<Inputs, ProcessorError> {
    let document = read_document(&source, stdin)?;
    let normalized = inputs::parse(&document)?;
    let mode = normalized.mode;
    log_context.update(|fields| fields.mode = mode.as_str());
    tracing::info!(
        inputs_hash = normalized.hashes.inputs_hash,
        inputs_sha256 = normalized.hashes.inputs_sha256,
        hash_schema = HASH_SCHEMA,
        inputs_bytes = document.len(),
        files = normalized.files.len(),
        "inputs_read"
    );
    state.set_inputs(mode, normalized.hashes.clone());
    mode.guard(ci)?;
    Ok(normalized.into())
}

fn check_same_run(
    previous: PreviousSuccess,
    state: &RunState,
    processor_ref: &ProcessorRef,
) -> Result<TaskOutcome, ProcessorError> {
    let hashes = state.hashes();
    let what = if !previous.receipt.has_inputs(hashes.as_ref()) {
        if previous.receipt.inputs_hash == hashes.map(|hashes| hashes.inputs_hash) {
            "for the same inputs with their keys in another order"
        } else {
            "for other inputs"
        }
    } else if previous.receipt.processor_ref != processor_ref.as_str() {
        "of another processor"
    } else {
        return Ok(TaskOutcome::AlreadyDone(Box::new(previous)));
    };
    Err(ProcessorError::new(
        ErrorCode::ExecutionConflict,
        format!("this execution id already has a success receipt {what}; use a new one"),
    ))
}

fn call(make_runner: &MakeRunner, config: Config, inputs: Inputs, state: &RunState) -> ProcessorResult {
    let mut runner = None;
    let result = panics::caught(|| {
        let runner = runner.insert(make_runner(config));
        state.start_runner();
        runner(inputs)
    });
    state.stop_runner();
    // the process ends soon, and a provider's destructors could only delay that
    std::mem::forget(runner);
    result
}
