//! What an adapter is: a way to run a processor somewhere, and to return its reply.

use std::future::Future;
use std::pin::Pin;
use std::process::Child;
use std::sync::Arc;
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
    /// Called with every pause, whatever the level.
    pub(crate) on_pause: Option<Box<OnPause>>,
}

pub(crate) type OnPause = dyn Fn(Pause) + Send + Sync;

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
        self.take_pause(&log.event, &text);
        if log.level == "error" {
            LineKind::Error(log.event.into_owned())
        } else {
            LineKind::Logged
        }
    }

    /// Passes a pause on. A pause that a service asks for comes as `told_pause`; the `retry` after it says nothing new.
    fn take_pause(&self, event: &str, line: &str) {
        let Some(on_pause) = &self.on_pause else { return };
        let is_requested = match event {
            "told_pause" => true,
            "retry" => false,
            _ => return,
        };
        if let Ok(pause) = serde_json::from_str::<PauseLine>(line)
            && (is_requested || !pause.told)
        {
            on_pause(Pause {
                provider: pause.provider,
                code: pause.code,
                length: Duration::from_millis(pause.pause_ms),
                is_requested,
            });
        }
    }
}
