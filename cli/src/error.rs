//! The orchestrator's own error.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::{fmt, io};

use documents::Failure;
use documents::{Error as DocumentError, ErrorCode, Signal};
use logging::Redactor;

/// A failure: what it is for programs, what happened, and what to do about it. The cause is for the log.
#[derive(Debug)]
pub(crate) struct Error {
    code: ErrorCode,
    message: Cow<'static, str>,
    hint: Option<Cow<'static, str>>,
    cause: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: None,
            cause: None,
        }
    }

    /// Adds what to do about it.
    pub(crate) fn hint(self, hint: impl Into<Cow<'static, str>>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    pub(crate) const fn code(&self) -> ErrorCode {
        self.code
    }

    /// What happened and the hint, as documents have them.
    pub(crate) fn message(&self) -> String {
        self.to_string()
    }

    /// What callers read, without secrets.
    pub(crate) fn to_failure(&self, redactor: &Redactor) -> Failure {
        Failure::new(self.code, redactor.safe_text(&self.message()))
    }

    pub(crate) fn timed_out() -> Self {
        DocumentError::timed_out().into()
    }

    pub(crate) fn cancelled(signal: Signal) -> Self {
        DocumentError::cancelled(signal).into()
    }

    pub(crate) fn wrong_command_line() -> Self {
        DocumentError::wrong_command_line().into()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.hint.iter().try_for_each(|hint| write!(f, "; {hint}"))
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

impl From<DocumentError> for Error {
    fn from(error: DocumentError) -> Self {
        Self {
            cause: None,
            ..Self::new(error.code(), error.message().to_owned())
        }
    }
}

impl From<io::Error> for Error {
    /// `ERR_PROCESSOR`, where this process gets no more threads, files or signals.
    fn from(error: io::Error) -> Self {
        Self {
            cause: Some(error.into()),
            ..Self::new(
                ErrorCode::Processor,
                "an I/O operation of the orchestrator failed",
            )
        }
    }
}
