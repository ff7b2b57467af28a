//! What a run returns: one line on stdout and an exit status.

use std::ffi::OsStr;
use std::io::{self, Write};

use documents::envelope::{Envelope, ErrorMeta};
use documents::{Error, ErrorCode, Failure, Mode};
use logging::{LogWriter, Redactor};

use crate::cli::UsageMessage;
use crate::error::ProcessorError;
use crate::settings::Settings;

pub(super) struct Answer {
    pub(super) line: String,
    pub(super) status: u8,
}

impl Answer {
    pub(super) fn print(self, stdout: &mut dyn Write) -> u8 {
        let mut line = self.line;
        line.push('\n');
        match stdout.write_all(line.as_bytes()).and_then(|()| stdout.flush()) {
            Ok(()) => self.status,
            // nobody reads it, and the receipts say the same
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.status,
            Err(error) => {
                tracing::error!(%error, "envelope_not_written");
                match self.status {
                    0 => ErrorCode::OutputWrite.exit_status(), // the next run prints the same envelope
                    status => status,
                }
            }
        }
    }
}

/// Answers a command line that starts no run.
pub(super) fn report_usage(
    usage: &UsageMessage,
    settings: &Settings,
    redactor: &Redactor,
    stdout: &mut dyn Write,
    stderr: &LogWriter,
) -> u8 {
    if usage.is_requested {
        let _ = stdout.write_all(usage.text.as_bytes());
        return 0;
    }
    stderr.write(usage.text.as_bytes());
    let execution_id = usage
        .execution_id
        .as_deref()
        .map(OsStr::to_string_lossy)
        .unwrap_or_default();
    let error: ProcessorError = Error::wrong_command_line().into();
    report(&error, &execution_id, None, settings, redactor).print(stdout)
}

/// Logs an error, and returns the answer that reports it.
pub(super) fn report(
    error: &ProcessorError,
    execution_id: &str,
    mode: Option<Mode>,
    settings: &Settings,
    redactor: &Redactor,
) -> Answer {
    let failure = Failure::new(error.code(), redactor.safe_text(error.message()));
    let mut cause = String::new();
    let mut source = error.cause();
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
    let meta = ErrorMeta {
        env_fingerprint: settings.env_fingerprint.clone(),
        mode,
        usage: None,
    };
    let envelope = Envelope::error(execution_id, failure, meta);
    Answer {
        line: envelope.to_line().unwrap_or_default(), // strings cannot fail
        status: error.code().exit_status(),
    }
}
