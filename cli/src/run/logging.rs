//! Where the log of a run goes, and how much of it.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anstream::adapter::strip_str;
use documents::ProcessorRef;
use logging::Clock;
use logging::Redactor;
use logging::{JsonLayer, LogContext, LogWriter, parse_level};
use memchr::memmem;
use tracing::Dispatch;
use tracing::level_filters::LevelFilter;

use super::options::Run;
use super::progress::Progress;
use super::short_log::ShortLog;
use crate::adapter::{OnNote, ProcessorLog};
use crate::call::{Call, LOCAL};
use crate::loudness::Loudness;
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

/// How lines are written.
#[derive(Clone, Copy)]
enum Form {
    Json {
        /// Where not, their runs' answers say it beside the log.
        has_failures: bool,
    },
    Short(ShortLog),
}

/// Writes to an output without tearing the progress line.
struct Beside {
    writer: Output,
    progress: Progress,
    form: Form,
}

impl Beside {
    fn line<'a>(&self, json: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        match self.form {
            Form::Json { has_failures } => {
                let is_shown = has_failures || memmem::find(json, RUN_FAILED.as_bytes()).is_none();
                is_shown.then_some(json.into())
            }
            Form::Short(short) => {
                let line = short.line(json)?;
                let line = if self.writer.has_colour {
                    line
                } else {
                    strip_str(&line).to_string()
                };
                Some(line.into_bytes().into())
            }
        }
    }
}

impl Write for Beside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(line) = self.line(bytes) {
            let Self { writer, progress, .. } = self;
            progress.suspended(|| writer.write_all(&line).and_then(|()| writer.flush()))?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Logging {
    /// Where the log goes, in which form, and how much of it: see `docs/spec.md#orchestrator-command-line`.
    pub(crate) fn new(run: &Run, progress: &Progress, redactor: &Redactor, session: &Session) -> Self {
        let Session {
            environment,
            stdout,
            stderr,
            loudness,
            ..
        } = session;
        let is_batch = run.source.batch.is_some();
        let stream = environment.get("LOG_STREAM").and_then(|stream| stream.to_str());
        let is_to_stderr = run.is_json()
            || match stream {
                Some("stderr") => true,
                Some("stdout") => false,
                _ => stdout.is_terminal,
            };
        let output = if is_to_stderr { stderr } else { stdout };
        let is_for_people = !run.json && (output.is_terminal || (stdout.is_terminal && !is_batch));

        let given = environment
            .get("LOG_LEVEL")
            .and_then(|level| parse_level(level.to_str()?));
        let default = if is_for_people || output.is_terminal {
            LevelFilter::WARN
        } else {
            LevelFilter::INFO
        };
        let level = match loudness {
            Loudness::Quiet => LevelFilter::ERROR.min(given.unwrap_or(default)),
            Loudness::Normal => given.unwrap_or(default),
            Loudness::Verbose => LevelFilter::INFO.max(given.unwrap_or(default)),
        };
        // a terminal that shows the answers, or the lines of a batch that failed, shows no failure twice
        let has_failures = !(output.is_terminal && (is_batch || stdout.is_terminal));
        let form = if is_for_people {
            Form::Short(ShortLog {
                has_retries: *loudness == Loudness::Verbose || given.is_some(),
                has_pauses: !progress.is_shown(),
                has_failures,
                has_runs: is_batch,
            })
        } else {
            Form::Json { has_failures }
        };
        Self {
            sink: LogWriter::new(Box::new(Beside {
                writer: output.clone(),
                progress: progress.clone(),
                form,
            })),
            level,
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

    /// Where the processors' own lines go, and what is called with their notes.
    pub(crate) fn of_processor(&self, on_note: Option<Box<OnNote>>) -> Arc<ProcessorLog> {
        Arc::new(ProcessorLog {
            sink: self.sink.clone(),
            level: self.level,
            redactor: self.redactor.clone(),
            on_note,
            found_success: AtomicBool::new(false),
        })
    }
}
