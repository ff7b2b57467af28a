//! Where the log of a run goes, and how much of it.

use std::io::{self, IsTerminal as _, Write};
use std::sync::Arc;

use logging::Clock;
use logging::Redactor;
use logging::{JsonLayer, LogContext, LogWriter, parse_level};
use tracing::Dispatch;
use tracing::level_filters::LevelFilter;

use super::progress::Progress;
use crate::adapter::{Forward, Heard};
use crate::call::{Call, LOCAL};

/// The log of a command; each of its runs has lines of its own.
#[derive(Clone)]
pub(crate) struct Logging {
    sink: LogWriter,
    level: LevelFilter,
    redactor: Redactor,
}

/// Writes where the log goes without tearing the progress line.
struct Beside<W> {
    writer: W,
    progress: Progress,
}

impl<W: Write> Write for Beside<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Self { writer, progress } = self;
        progress.suspended(|| writer.write_all(bytes).and_then(|()| writer.flush()))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Logging {
    /// By section 16 of the contracts: stdout, but stderr where stdout is for documents or `LOG_STREAM` says so. People at
    /// a terminal are told of warnings only, unless `LOG_LEVEL` says otherwise.
    pub(crate) fn new(stdout_is_taken: bool, progress: &Progress, redactor: &Redactor) -> Self {
        let to_stderr =
            stdout_is_taken || std::env::var_os("LOG_STREAM").is_some_and(|stream| stream == "stderr");
        let progress = progress.clone();
        let (sink, is_terminal) = match to_stderr {
            true => (
                LogWriter::new(Box::new(Beside {
                    writer: io::stderr(),
                    progress,
                })),
                io::stderr().is_terminal(),
            ),
            false => (
                LogWriter::new(Box::new(Beside {
                    writer: io::stdout(),
                    progress,
                })),
                io::stdout().is_terminal(),
            ),
        };
        let default = match is_terminal {
            true => LevelFilter::WARN,
            false => LevelFilter::INFO,
        };
        let level = std::env::var("LOG_LEVEL")
            .ok()
            .and_then(|level| parse_level(&level));
        Self {
            sink,
            level: level.unwrap_or(default),
            redactor: redactor.clone(),
        }
    }

    /// The log of one run.
    pub(crate) fn of(&self, call: &Call) -> Dispatch {
        let bound = LogContext::new(call.entry.processor_ref.as_str());
        bound.update(|fields| {
            fields.trace_id = call.execution_id.as_str().to_owned();
            fields.adapter = LOCAL.to_owned();
            fields.mode = call.mode.as_str();
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

    /// Where the processors' own lines go, and who hears of their pauses.
    pub(crate) fn forward(&self, heard: Option<Box<Heard>>) -> Arc<Forward> {
        Arc::new(Forward {
            sink: self.sink.clone(),
            level: self.level,
            redactor: self.redactor.clone(),
            heard,
        })
    }
}
