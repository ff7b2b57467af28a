//! One run from the command line to the exit status.

mod finish;
mod supervise;
mod work;

use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tracing::Dispatch;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::cli::{Arguments, Refused};
use crate::clock::Clock;
use crate::config::Config;
use crate::contract::{MakeRunner, Runner};
use crate::envelope::Envelope;
use crate::environment::Environment;
use crate::error::{ErrorCode, ProcessorError};
use crate::interrupt::{Interrupt, Interruption};
use crate::log::{Bound, Log};
use crate::names::{ExecutionId, ProcessorRef};
use crate::receipt::Failure;
use crate::redact::Redactor;
use crate::settings::Settings;
use crate::signals::Signals;
use crate::store::Store;
use crate::world_path::WritePrefix;
use finish::Known;
use work::Job;

/// How often a run looks whether another one of the same execution has ended.
const LOCK_POLL: Duration = Duration::from_millis(20);

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
pub struct Invocation<'a> {
    /// The command line, the program's name first.
    pub arguments: Vec<OsString>,
    /// Settings and secrets.
    pub environment: Environment,
    /// Where times come from.
    pub clock: Clock,
    /// Read where the inputs are `-`.
    pub stdin: Box<dyn Read + Send>,
    /// Gets one line, the envelope.
    pub stdout: &'a mut dyn Write,
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
        ExitCode::from(self.run(Invocation {
            arguments: std::env::args_os().collect(),
            environment: Environment::process(),
            clock: Clock::system(),
            stdin: Box::new(io::stdin()),
            stdout: &mut io::stdout(),
            stderr: Box::new(io::stderr()),
            signals,
        }))
    }

    /// Runs once; gives the exit status (section 11 of the contracts).
    ///
    /// On every way out there is one envelope on stdout, but for `--help` and `--version`; and there are two receipts
    /// wherever the write prefix and the execution id were good and the disk let them be written.
    pub fn run(&self, invocation: Invocation<'_>) -> u8 {
        let started = Instant::now();
        let Invocation {
            arguments,
            environment,
            clock,
            stdin,
            stdout,
            stderr,
            signals,
        } = invocation;
        let mut settings = Settings::read(&environment, &self.processor_ref);
        let redactor = Redactor::default();
        let bound = Bound::new(settings.processor_ref.as_str());
        let dispatch = Dispatch::new(tracing_subscriber::registry().with(Log {
            writer: Mutex::new(stderr),
            bound: bound.clone(),
            redactor: redactor.clone(),
            clock,
            level: settings.log_level,
            provider_crate: self.provider_crate,
        }));
        if IS_WHOLE_PROCESS.load(Ordering::Relaxed) {
            // for threads of the provider's own; it can only be set once, and is
            let _ = tracing::dispatcher::set_global_default(dispatch.clone());
        }
        let _guard = tracing::dispatcher::set_default(&dispatch);

        let parsed = Arguments::parse(&arguments, self.name, self.version, self.processor_ref.as_str());
        let arguments = match parsed {
            Ok(arguments) => arguments,
            Err(refused) => return refuse(&refused, &settings, &redactor, stdout),
        };
        let execution_id = arguments.execution_id.to_string_lossy().into_owned();
        bound.set(|fields| fields.trace_id.clone_from(&execution_id));
        for warning in &settings.warnings {
            tracing::warn!(warning, "setting_ignored");
        }

        let known = Known::new(started, clock, redactor.clone());
        let answer = Execution::open(&arguments, &settings).and_then(|execution| {
            execution.lock(&settings, started, &signals)?;
            let prior = execution.store.prior()?;
            let result = match settings.problem.take() {
                Some(problem) => Err(problem),
                None => {
                    let job = Job {
                        make_runner: Arc::clone(&self.make_runner),
                        source: arguments.inputs,
                        stdin,
                        environment,
                        ci: settings.ci,
                        processor_ref: settings.processor_ref.clone(),
                        prior: prior.clone(),
                        root: execution.store.root().clone(),
                        scratch: execution.store.scratch(),
                        deadline: deadline(started, &settings),
                        redactor: redactor.clone(),
                        interruption: Interruption::new(),
                        known: known.clone(),
                        bound,
                    };
                    execution
                        .prepare(prior.is_some())
                        .and_then(|()| supervise::run(job, &signals, &dispatch))
                }
            };
            execution.finish(result, prior, &settings, &known)
        });
        answer
            .unwrap_or_else(|error| report(&error, &execution_id, &settings, &redactor))
            .print(stdout)
    }
}

/// One execution whose names are good and whose folders are open.
struct Execution {
    execution_id: ExecutionId,
    store: Store,
}

impl Execution {
    fn open(arguments: &Arguments, settings: &Settings) -> Result<Self, ProcessorError> {
        let execution_id = ExecutionId::parse(&arguments.execution_id.to_string_lossy())?;
        let template = arguments
            .write_prefix
            .to_str()
            .ok_or_else(|| ProcessorError::new(ErrorCode::PrefixTemplate, "the write prefix is not UTF-8"))?;
        let prefix = WritePrefix::expand(template, &execution_id)?;
        if settings.base.to_string_lossy().contains("://") {
            return Err(ProcessorError::new(
                ErrorCode::Usage,
                "ARTIFACTS_BASE_DIR is a URL, and this processor writes to folders only",
            ));
        }
        Ok(Self {
            store: Store::open(&settings.base, prefix, execution_id.clone())?,
            execution_id,
        })
    }

    /// Waits until no other run of this execution or in this prefix goes on.
    ///
    /// The error leaves no receipt: the run that has the lock writes them.
    fn lock(&self, settings: &Settings, started: Instant, signals: &Signals) -> Result<(), ProcessorError> {
        let deadline = deadline(started, settings);
        let mut is_told = false;
        loop {
            match self.store.try_lock() {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "lock_unavailable");
                    return Ok(());
                }
            }
            if !is_told {
                tracing::info!("waiting_for_another_run");
                is_told = true;
            }
            if let Some(signal) = signals.wait(Some(LOCK_POLL)) {
                return Err(Interrupt::Signal(signal).error());
            }
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return Err(Interrupt::Timeout.error());
            }
        }
    }

    /// Clears the way for a run that may write.
    fn prepare(&self, has_succeeded: bool) -> Result<(), ProcessorError> {
        match has_succeeded {
            true => Ok(()),
            false => self.store.prepare(),
        }
    }
}

/// The end of a run: its line and its exit status.
struct Answer {
    line: String,
    status: u8,
}

impl Answer {
    fn print(self, stdout: &mut dyn Write) -> u8 {
        let mut line = self.line;
        line.push('\n');
        match stdout.write_all(line.as_bytes()).and_then(|()| stdout.flush()) {
            Ok(()) => self.status,
            // nobody wants to read it; the receipts say the same
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.status,
            Err(error) => {
                tracing::error!(%error, "envelope_not_written");
                match self.status {
                    0 => ErrorCode::OutputWrite.exit_status(), // run again: it prints the same envelope
                    status => status,
                }
            }
        }
    }
}

fn deadline(started: Instant, settings: &Settings) -> Option<Instant> {
    started.checked_add(settings.timeout?)
}

/// Help, the version, or a command line that is wrong.
fn refuse(refused: &Refused, settings: &Settings, redactor: &Redactor, stdout: &mut dyn Write) -> u8 {
    if refused.is_answer {
        let _ = stdout.write_all(refused.text.as_bytes());
        return 0;
    }
    let mut stderr = io::stderr();
    let _ = stderr.write_all(refused.text.as_bytes());
    let execution_id = refused
        .execution_id
        .as_deref()
        .map(OsStr::to_string_lossy)
        .unwrap_or_default();
    let error = ProcessorError::new(
        ErrorCode::Usage,
        "the command line is wrong; stderr says where, and --help what is right",
    );
    report(&error, &execution_id, settings, redactor).print(stdout)
}

/// The answer for an error, told in the log.
fn report(error: &ProcessorError, execution_id: &str, settings: &Settings, redactor: &Redactor) -> Answer {
    let failure = Failure::of(error, redactor);
    let mut cause = String::new();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        cause = format!("{cause}{}{error}", if cause.is_empty() { "" } else { ": " });
        source = error.source();
    }
    tracing::error!(
        code = failure.code,
        error = failure.message,
        cause,
        retryable = error.code().is_retryable(),
        "run_failed"
    );
    let execution_id = redactor.redact(execution_id);
    let envelope = Envelope::error(&execution_id, &failure, &settings.env_fingerprint);
    Answer {
        line: envelope.to_line().unwrap_or_default(), // strings alone: it cannot fail
        status: error.code().exit_status(),
    }
}
