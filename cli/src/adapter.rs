//! What an adapter is: a way to run a processor somewhere, and to return its reply.

use std::future::Future;
use std::pin::Pin;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use documents::{ImageDigest, Signal};
use logging::Redactor;
use logging::{LogWriter, parse_level};
use serde::Deserialize;
use tracing::level_filters::LevelFilter;

use crate::call::Call;
use crate::cancel::Cancel;
use crate::error::Error;

/// A processor's reply, or why it has not run.
pub(crate) type Invocation<'a> = Pin<Box<dyn Future<Output = Result<Reply, Error>> + Send + 'a>>;

/// A processor, ready to be run any number of times.
pub(crate) trait Adapter: Send + Sync {
    /// Where it runs, as logs have it.
    fn name(&self) -> &'static str;

    /// What the receipts call its image.
    fn image(&self) -> &ImageDigest;

    /// Starts the processor to ask it for estimates. It gets the environment of this call's run.
    ///
    /// # Errors
    ///
    /// `ERR_ADAPTER_INVOCATION` where it cannot be started, `ERR_USAGE` for a setting that it cannot be given.
    fn estimator(&self, call: &Call) -> Result<EstimatorProcess, Error>;

    /// Runs one call to its end. What the reply says is believed only where the artifacts agree.
    fn invoke<'a>(&'a self, call: &'a Call, run: &'a RunContext) -> Invocation<'a>;
}

/// A processor that answers inputs documents on its stdin with estimates on its stdout.
pub(crate) struct EstimatorProcess {
    pub(crate) child: Child,
    /// What it needs as long as it lives.
    pub(crate) _kept: Option<Box<dyn Send>>,
}

/// What a run has beside its call.
pub(crate) struct RunContext {
    pub(crate) cancel: Cancel,
    pub(crate) log: Arc<ProcessorLog>,
}

/// What a processor left behind, beside its artifacts.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) stdout: Vec<u8>,
    /// The end of its stderr, without secrets.
    pub(crate) stderr: String,
    pub(crate) end: End,
    /// The same for people, e.g. `exit status 1`.
    pub(crate) description: String,
}

/// How a processor ended.
#[derive(Debug)]
pub(crate) enum End {
    /// By itself, with this exit status.
    Exited(i32),
    /// By a signal that nobody here sent.
    Crashed,
    /// The same, by SIGKILL, which says nothing about the run: another try may succeed.
    Killed,
    /// Killed: it took longer than it may.
    TimedOut,
    /// Killed after this signal.
    Cancelled(Signal),
    /// Killed: it answered without end.
    Endless,
}

impl End {
    /// Whether it could not say all that it has to say: what it committed before counts.
    pub(crate) const fn is_cut_short(&self) -> bool {
        match self {
            Self::Crashed | Self::Killed | Self::TimedOut | Self::Cancelled(_) => true,
            Self::Exited(_) | Self::Endless => false,
        }
    }
}

/// Where log lines of processors go.
pub(crate) struct ProcessorLog {
    pub(crate) sink: LogWriter,
    pub(crate) level: LevelFilter,
    pub(crate) redactor: Redactor,
    /// Called with every note, whatever the level.
    pub(crate) on_note: Option<Box<OnNote>>,
    /// Whether the processor found the success of another run, which it may have waited for.
    pub(crate) found_success: AtomicBool,
}

/// What a processor logs when it repeats the answer of an earlier success.
const ALREADY_DONE: &str = "already_done";

pub(crate) type OnNote = dyn Fn(Note) + Send + Sync;

/// What a log line of a processor says about the run that goes on.
#[derive(Clone, Debug)]
pub(crate) enum Note {
    Pause(Pause),
    Progress(JobProgress),
    /// A request goes out that its service may charge for.
    Request,
    /// An earlier run of the execution never ended, and may have been paid for.
    EarlierAttempt,
}

/// How far a service is with a job, as it says itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct JobProgress {
    pub(crate) status: String,
    #[serde(default)]
    pub(crate) percent: Option<u8>,
}

/// A pause that a processor makes, or that its service asks for.
#[derive(Clone, Debug)]
pub(crate) struct Pause {
    /// The provider that it asks, if it names one.
    pub(crate) provider: Option<String>,
    /// The error that it waits because of.
    pub(crate) code: String,
    pub(crate) length: Duration,
    /// Whether the service named the length; else the processor chose it.
    pub(crate) is_requested: bool,
}

#[derive(Deserialize)]
struct LogLine<'a> {
    #[serde(borrow)]
    level: std::borrow::Cow<'a, str>,
    #[serde(default, borrow)]
    event: std::borrow::Cow<'a, str>,
}

/// The fields of the events `told_pause` and `retry`.
#[derive(Deserialize)]
struct PauseLine {
    #[serde(default)]
    provider: Option<String>,
    #[serde(default)]
    code: String,
    pause_ms: u64,
    #[serde(default)]
    told: bool,
}

/// What a line of a processor's stderr is.
pub(crate) enum LineKind {
    /// A log line, which has been written to the log.
    Logged,
    /// A log line that reports this error.
    Error(String),
    /// Anything else.
    Other,
}

impl ProcessorLog {
    /// Takes a line of stderr, with its newline; log lines go on into the log.
    pub(crate) fn take_line(&self, line: &[u8]) -> LineKind {
        let text = self.redactor.redact(&String::from_utf8_lossy(line));
        let Ok(log) = serde_json::from_str::<LogLine<'_>>(&text) else {
            return LineKind::Other;
        };
        if parse_level(&log.level).is_none_or(|level| level <= self.level) {
            self.sink.write(format!("{}\n", text.trim_end()).as_bytes());
        }
        if log.event == ALREADY_DONE {
            self.found_success.store(true, Ordering::Relaxed);
        }
        self.pass_on(&log.event, &text);
        if log.level == "error" {
            LineKind::Error(log.event.into_owned())
        } else {
            LineKind::Logged
        }
    }

    fn pass_on(&self, event: &str, line: &str) {
        let Some(on_note) = &self.on_note else { return };
        let note = match event {
            "told_pause" => pause(line, true).map(Note::Pause),
            "retry" => pause(line, false).map(Note::Pause),
            "progress" => serde_json::from_str(line).ok().map(Note::Progress),
            "request" => Some(Note::Request),
            "earlier_attempt" => Some(Note::EarlierAttempt),
            _ => None,
        };
        if let Some(note) = note {
            on_note(note);
        }
    }
}

/// The pause of a line. One that a service asks for comes as `told_pause`; the `retry` after it says nothing new.
fn pause(line: &str, is_requested: bool) -> Option<Pause> {
    let line: PauseLine = serde_json::from_str(line).ok()?;
    (is_requested || !line.told).then(|| Pause {
        provider: line.provider,
        code: line.code,
        length: Duration::from_millis(line.pause_ms),
        is_requested,
    })
}
