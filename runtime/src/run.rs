//! One run, from the command line to the exit status.

mod answer;
mod estimates;
mod execution;
mod finish;
mod panics;
mod place;
mod secrets;
mod start;
mod state;
mod supervise;
mod task;
mod whole_process;

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::process::ExitCode;
use std::sync::{Arc, mpsc};
use std::time::Instant;

use documents::{ErrorCode, ProcessorRef};
use logging::{Clock, Environment, JsonLayer, LogContext, LogWriter, Redactor};

use self::answer::{report, report_usage};
use self::estimates::Estimates;
use self::execution::{Execution, local_store};
use self::state::RunState;
use self::supervise::{Exit, Finish};
use self::task::Task;
use crate::cli;
use crate::config::Config;
use crate::contract::{Estimator, MakeEstimator, MakeRunner, Runner};
use crate::error::ProcessorError;
use crate::interrupt::Interruption;
use crate::settings::Settings;
use crate::signals::Signals;

pub use execution::OpenStore;

/// The stack of a run's thread, in bytes: as large as that of a process's first thread.
const STACK: usize = 8 * 1024 * 1024;

/// What a processor is: [`main!`](crate::main) makes it.
#[derive(Clone)]
pub struct Processor {
    name: &'static str,
    version: &'static str,
    processor_ref: ProcessorRef,
    make_runner: Arc<MakeRunner>,
    make_estimator: Option<Arc<MakeEstimator>>,
    /// The crate whose log events are the processor's own.
    provider_crate: &'static str,
}

/// What surrounds a run; tests make their own.
pub struct Invocation {
    /// The command line, the program's name first.
    pub arguments: Vec<OsString>,
    /// Settings and secrets.
    pub environment: Environment,
    /// Where times come from.
    pub clock: Clock,
    /// The inputs document if `--inputs` is `-`.
    pub stdin: Box<dyn Read + Send>,
    /// Gets one line, the envelope.
    pub stdout: Box<dyn Write + Send>,
    /// Gets the log.
    pub stderr: Box<dyn Write + Send>,
    /// What may cancel the run.
    pub signals: Signals,
    /// Where outputs and receipts go; `None` is the directory `ARTIFACTS_BASE_DIR`.
    pub store: Option<OpenStore>,
}

impl Processor {
    /// A processor with the name and version of its package, and its provider's function.
    pub fn new<F>(
        name: &'static str,
        version: &'static str,
        processor_ref: ProcessorRef,
        make_runner: F,
    ) -> Self
    where
        F: Fn(Config) -> Runner + Send + Sync + 'static,
    {
        let function = std::any::type_name::<F>();
        Self {
            name,
            version,
            processor_ref,
            make_runner: Arc::new(make_runner),
            make_estimator: None,
            provider_crate: function.split("::").next().unwrap_or(function),
        }
    }

    /// With a function that says more of runs before they are made than the runtime knows.
    #[must_use]
    pub fn with_estimator<F>(self, make_estimator: F) -> Self
    where
        F: Fn(Config) -> Estimator + Send + Sync + 'static,
    {
        Self {
            make_estimator: Some(Arc::new(make_estimator)),
            ..self
        }
    }

    /// Runs once, as this process.
    pub fn main(&self) -> ExitCode {
        whole_process::set();
        let signals = match Signals::process() {
            Ok(signals) => signals,
            Err(error) => {
                let _ = writeln!(io::stderr(), "signals cannot be handled: {error}");
                return ExitCode::from(ErrorCode::Processor.exit_status());
            }
        };
        let invocation = Invocation {
            arguments: std::env::args_os().collect(),
            environment: Environment::process(),
            clock: Clock::system(),
            stdin: Box::new(io::stdin()),
            stdout: Box::new(io::stdout()),
            stderr: Box::new(io::stderr()),
            signals,
            store: None,
        };
        let exit = |status| std::process::exit(i32::from(status));
        ExitCode::from(self.run_here(invocation, Box::new(exit)))
    }

    /// Runs once; returns the exit status (`docs/spec.md#error-codes`).
    ///
    /// Every run prints one envelope on stdout, except for `--help` and `--version`. It leaves two receipts if the write prefix and
    /// the execution id are valid and the store can be written.
    pub fn run(&self, invocation: Invocation) -> u8 {
        // on a thread of its own, which is left behind if the provider does not return
        let (worker, status) = mpsc::channel();
        let supervisor = worker.clone();
        let processor = self.clone();
        let spawned = std::thread::Builder::new().stack_size(STACK).spawn(move || {
            let exit = move |status| {
                let _ = supervisor.send(status);
            };
            let _ = worker.send(processor.run_here(invocation, Box::new(exit)));
        });
        let status = spawned.ok().and_then(|_| status.recv().ok());
        status.unwrap_or(ErrorCode::Processor.exit_status())
    }

    /// Runs once on this thread; does not return after a call of `exit`.
    fn run_here(&self, invocation: Invocation, exit: Exit) -> u8 {
        let started = Instant::now();
        let Invocation {
            arguments,
            environment,
            clock,
            stdin,
            mut stdout,
            stderr,
            signals,
            store,
        } = invocation;
        let mut settings = Settings::read(&environment, &self.processor_ref);
        let stderr = LogWriter::new(stderr);
        let redactor = Redactor::default();
        let log_context = LogContext::new(settings.processor_ref.as_str());
        log_context.update(|fields| fields.adapter.clone_from(&settings.adapter));
        let layer = JsonLayer {
            writer: stderr.clone(),
            context: log_context.clone(),
            redactor: redactor.clone(),
            clock,
            level: settings.log_level,
            own_crates: vec![env!("CARGO_CRATE_NAME"), "store", self.provider_crate],
        };
        let dispatch = layer.into_dispatch();
        if whole_process::get() {
            // for the provider's threads; it fails only if it is set already
            let _ = tracing::dispatcher::set_global_default(dispatch.clone());
        }
        let _guard = tracing::dispatcher::set_default(&dispatch);

        let parsed = cli::Task::parse(&arguments, self.name, self.version, self.processor_ref.as_str());
        let arguments = match parsed {
            Ok(cli::Task::Run(arguments)) => arguments,
            Ok(cli::Task::Estimate) => {
                let estimates = Estimates {
                    make_estimator: self.make_estimator.clone(),
                    environment,
                    redactor,
                    settings,
                    estimator: None,
                };
                return estimates.run(stdin, stdout, signals, exit);
            }
            Err(usage) => return report_usage(&usage, &settings, &redactor, &mut *stdout, &stderr),
        };
        let execution_id = arguments.execution_id.to_string_lossy().into_owned();
        log_context.update(|fields| fields.trace_id.clone_from(&execution_id));
        for warning in &settings.warnings {
            tracing::warn!(warning, "setting_ignored");
        }

        let open_store = store.unwrap_or_else(|| local_store(settings.base.clone()));
        let opened = Execution::open(&arguments, open_store).and_then(|execution| {
            execution.lease(&settings, started, &signals)?;
            let previous = execution.store.previous_success()?;
            Ok((execution, previous))
        });
        let (execution, previous) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                return report(&error, &execution_id, None, &settings, &redactor).print(&mut *stdout);
            }
        };
        let has_succeeded = previous.is_some();
        let prepared = match settings.error.take() {
            Some(error) => Err(error),
            None if has_succeeded => Ok(()),
            None => execution.store.prepare().map_err(ProcessorError::from),
        };
        let state = RunState::new(started, clock, redactor.clone());
        let task = Task {
            make_runner: Arc::clone(&self.make_runner),
            source: arguments.inputs,
            stdin,
            environment,
            ci: settings.ci,
            processor_ref: settings.processor_ref.clone(),
            previous,
            artifacts: execution.store.artifacts(),
            scratch: execution.store.scratch(),
            checkpoint: execution.store.checkpoint(),
            execution_id: execution.execution_id.clone(),
            write_prefix: execution.write_prefix.clone(),
            plan_id: settings.plan_id.as_deref().map(|id| redactor.redact(id)),
            start: execution.store.start(),
            deadline: settings.deadline(started),
            redactor: redactor.clone(),
            interruption: Interruption::new(settings.deadline(started)),
            state: state.clone(),
            log_context,
        };
        let finish: Finish = Box::new(move |result| {
            execution
                .finish(result, has_succeeded, &settings, &state)
                .unwrap_or_else(|error| report(&error, &execution_id, state.mode(), &settings, &redactor))
                .print(&mut *stdout)
        });
        match prepared {
            Ok(()) => supervise::run(task, finish, signals, dispatch, exit),
            Err(error) => finish(Err(error)),
        }
    }
}
