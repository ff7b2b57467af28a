//! Where the log of a run goes, and how much of it.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use documents::ProcessorRef;
use logging::Clock;
use logging::Redactor;
use logging::{JsonLayer, LogContext, LogWriter, parse_level};
use tracing::Dispatch;
use tracing::level_filters::LevelFilter;

use super::progress::Progress;
use crate::adapter::{OnPause, ProcessorLog};
use crate::call::{Call, LOCAL};
use crate::session::{Output, Session};

/// What a log line about a run that failed contains.
const RUN_FAILED: &str = r#""event":"run_failed""#;

/// The log of a command; each of its runs has lines of its own.
#[derive(Clone)]
pub(crate) struct Logging {
    sink: LogWriter,
    level: LevelFilter,
    redactor: Redactor,
}

/// Writes to an output without tearing the progress line.
struct Beside {
    writer: Output,
    progress: Progress,
    /// Lines with this are left out.
    hidden: Option<&'static str>,
}

impl Write for Beside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Self {
            writer,
            progress,
            hidden,
        } = self;
        if hidden.is_some_and(|hidden| memchr::memmem::find(bytes, hidden.as_bytes()).is_some()) {
            return Ok(bytes.len());
        }
        progress.suspended(|| writer.write_all(bytes).and_then(|()| writer.flush()))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Logging {
    /// The log goes to stdout, but to stderr where stdout is for documents or `LOG_STREAM` says so. On a terminal it has
    /// warnings only, unless `LOG_LEVEL` says otherwise. See `docs/spec.md#orchestrator-command-line`.
    pub(crate) fn new(
        stdout_is_taken: bool,
        progress: &Progress,
        redactor: &Redactor,
        session: &Session,
    ) -> Self {
        Self::hiding(None, stdout_is_taken, progress, redactor, session)
    }

    /// The log of a batch. A terminal shows the failures of lines without it.
    pub(crate) fn for_batch(progress: &Progress, redactor: &Redactor, session: &Session) -> Self {
        let hidden = progress.is_shown().then_some(RUN_FAILED);
        Self::hiding(hidden, true, progress, redactor, session)
    }

    fn hiding(
        hidden: Option<&'static str>,
        stdout_is_taken: bool,
        progress: &Progress,
        redactor: &Redactor,
        session: &Session,
    ) -> Self {
        let environment = &session.environment;
        let to_stderr = stdout_is_taken
            || environment
                .get("LOG_STREAM")
                .is_some_and(|stream| stream == "stderr");
        let output = if to_stderr {
            &session.stderr
        } else {
            &session.stdout
        };
        let level = environment
            .get("LOG_LEVEL")
            .and_then(|level| parse_level(level.to_str()?));
        let default = if output.is_terminal {
            LevelFilter::WARN
        } else {
            LevelFilter::INFO
        };
        Self {
            sink: LogWriter::new(Box::new(Beside {
                writer: output.clone(),
                progress: progress.clone(),
                hidden,
            })),
            level: level.unwrap_or(default),
            redactor: redactor.clone(),
        }
    }

    /// The log of one run.
    pub(crate) fn dispatch(&self, call: &Call) -> Dispatch {
        let bound = LogContext::new(call.entry.processor_ref.as_str());
        bound.update(|fields| fields.mode = call.mode.as_str());
        self.bound(bound, call.execution_id.as_str())
    }

    /// The log of a batch as a whole.
    pub(crate) fn of_batch(&self, name: &str, processor_ref: &ProcessorRef) -> Dispatch {
        self.bound(LogContext::new(processor_ref.as_str()), name)
    }

    fn bound(&self, bound: LogContext, trace_id: &str) -> Dispatch {
        bound.update(|fields| {
            fields.trace_id = trace_id.to_owned();
            fields.adapter = LOCAL.to_owned();
        });
        let layer = JsonLayer {
            writer: self.sink.clone(),
            context: bound,
            redactor: self.redactor.clone(),
            clock: Clock::system(),
            level: self.level,
            own_crates: vec![env!("CARGO_CRATE_NAME"), "store"],
        };
        layer.into_dispatch()
    }

    /// Where the processors' own lines go, and what is called with their pauses.
    pub(crate) fn of_processor(&self, on_pause: Option<Box<OnPause>>) -> Arc<ProcessorLog> {
        Arc::new(ProcessorLog {
            sink: self.sink.clone(),
            level: self.level,
            redactor: self.redactor.clone(),
            on_pause,
            found_success: AtomicBool::new(false),
        })
    }
}
