//! One run from the command line to the exit status.

mod answer;
mod execution;
mod finish;
mod supervise;
mod work;

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Instant;

use tracing::Dispatch;

use crate::cli::Arguments;
use crate::config::Config;
use crate::contract::{MakeRunner, Runner};
use crate::interrupt::Interruption;
use crate::settings::Settings;
use crate::signals::Signals;
use answer::{refuse, report};
use contracts::Clock;
use contracts::Environment;
use contracts::ErrorCode;
use contracts::ProcessorRef;
use contracts::log::{Bound, Log, Sink};
use contracts::redact::Redactor;
use execution::Execution;
use finish::Known;
use supervise::{Abandon, End};
use work::Job;

/// The stack of a run's thread, in bytes: what a process's first thread has. Only what is touched is ever memory.
const STACK: usize = 8 * 1024 * 1024;

/// Whether the run is all that this process does: then every thread's events and panics are the run's.
static IS_WHOLE_PROCESS: AtomicBool = AtomicBool::new(false);

/// What a processor is: [`main!`](crate::main) makes it.
#[derive(Clone)]
pub struct Processor {
    name: &'static str,
    version: &'static str,
    processor_ref: ProcessorRef,
    make_runner: Arc<MakeRunner>,
    /// The crate whose log events are the processor's own.
    provider_crate: &'static str,
}

/// What a run is given by the world around it; tests make their own.
pub struct Invocation {
    /// The command line, the program's name first.
    pub arguments: Vec<OsString>,
    /// Settings and secrets.
    pub environment: Environment,
    /// Where times come from.
    pub clock: Clock,
    /// Read where the inputs are `-`.
    pub stdin: Box<dyn Read + Send>,
    /// Gets one line, the envelope.
    pub stdout: Box<dyn Write + Send>,
    /// Gets the log.
    pub stderr: Box<dyn Write + Send>,
    /// What may cancel the run.
    pub signals: Signals,
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
            provider_crate: function.split("::").next().unwrap_or(function),
        }
    }

    /// Runs once, as this process.
    pub fn main(&self) -> ExitCode {
        IS_WHOLE_PROCESS.store(true, Ordering::Relaxed);
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
        };
        let abandon = |status| std::process::exit(i32::from(status));
        ExitCode::from(self.run_here(invocation, Box::new(abandon)))
    }

    /// Runs once; gives the exit status (section 11 of the contracts).
    ///
    /// On every way out there is one envelope on stdout, but for `--help` and `--version`; and there are two receipts
    /// wherever the write prefix and the execution id were good and the disk let them be written.
    pub fn run(&self, invocation: Invocation) -> u8 {
        // a thread of its own can be left behind with a provider that does not come back
        let (ended, status) = mpsc::channel();
        let abandoned = ended.clone();
        let processor = self.clone();
        let spawned = std::thread::Builder::new().stack_size(STACK).spawn(move || {
            let abandon = move |status| {
                let _ = abandoned.send(status);
            };
            let _ = ended.send(processor.run_here(invocation, Box::new(abandon)));
        });
        let status = spawned.ok().and_then(|_| status.recv().ok());
        status.unwrap_or(ErrorCode::Processor.exit_status())
    }

    /// Runs once on this thread; does not return when `abandon` has got the exit status.
    fn run_here(&self, invocation: Invocation, abandon: Abandon) -> u8 {
        let started = Instant::now();
        let Invocation {
            arguments,
            environment,
            clock,
            stdin,
            mut stdout,
            stderr,
            signals,
        } = invocation;
        let mut settings = Settings::read(&environment, &self.processor_ref);
        let stderr = Sink::new(stderr);
        let redactor = Redactor::default();
        let bound = Bound::new(settings.processor_ref.as_str());
        bound.set(|fields| fields.adapter.clone_from(&settings.adapter));
        let dispatch = Dispatch::new(Log {
            sink: stderr.clone(),
            bound: bound.clone(),
            redactor: redactor.clone(),
            clock,
            level: settings.log_level,
            own: vec![env!("CARGO_CRATE_NAME"), self.provider_crate],
        });
        if IS_WHOLE_PROCESS.load(Ordering::Relaxed) {
            // for threads of the provider's own; it can only be set once, and is
            let _ = tracing::dispatcher::set_global_default(dispatch.clone());
        }
        let _guard = tracing::dispatcher::set_default(&dispatch);

        let parsed = Arguments::parse(&arguments, self.name, self.version, self.processor_ref.as_str());
        let arguments = match parsed {
            Ok(arguments) => arguments,
            Err(refused) => return refuse(&refused, &settings, &redactor, &mut *stdout, &stderr),
        };
        let execution_id = arguments.execution_id.to_string_lossy().into_owned();
        bound.set(|fields| fields.trace_id.clone_from(&execution_id));
        for warning in &settings.warnings {
            tracing::warn!(warning, "setting_ignored");
        }

        let opened = Execution::open(&arguments, &settings).and_then(|execution| {
            execution.lock(&settings, started, &signals)?;
            let prior = execution.store.prior()?;
            Ok((execution, prior))
        });
        let (execution, prior) = match opened {
            Ok(opened) => opened,
            Err(error) => return report(&error, &execution_id, &settings, &redactor).print(&mut *stdout),
        };
        let has_succeeded = prior.is_some();
        let prepared = match settings.problem.take() {
            Some(problem) => Err(problem),
            None if has_succeeded => Ok(()),
            None => execution.store.prepare(),
        };
        let known = Known::new(started, clock, redactor.clone());
        let job = Job {
            make_runner: Arc::clone(&self.make_runner),
            source: arguments.inputs,
            stdin,
            environment,
            ci: settings.ci,
            processor_ref: settings.processor_ref.clone(),
            prior,
            root: execution.store.root().clone(),
            scratch: execution.store.scratch(),
            kept: execution.store.kept(),
            deadline: deadline(started, &settings),
            redactor: redactor.clone(),
            interruption: Interruption::new(),
            known: known.clone(),
            bound,
        };
        let end: End = Box::new(move |result| {
            execution
                .finish(result, has_succeeded, &settings, &known)
                .unwrap_or_else(|error| report(&error, &execution_id, &settings, &redactor))
                .print(&mut *stdout)
        });
        match prepared {
            Ok(()) => supervise::run(job, end, signals, dispatch, abandon),
            Err(error) => end(Err(error)),
        }
    }
}

fn deadline(started: Instant, settings: &Settings) -> Option<Instant> {
    started.checked_add(settings.timeout?)
}
