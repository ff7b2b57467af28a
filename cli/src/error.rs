//! The orchestrator's own error.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::{fmt, io};

use documents::{Error as DocumentError, ErrorCode};

/// A failure: what it is for programs, what happened, and what to do about it. The cause is for the log.
#[derive(Debug)]
pub(crate) struct Error {
    code: ErrorCode,
    message: Cow<'static, str>,
    hint: Option<Cow<'static, str>>,
    cause: Option<Box<dyn StdError + Send + Sync>>,
    /// Where it is another than the code's.
    is_retryable: Option<bool>,
}

impl Error {
    pub(crate) fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: None,
            cause: None,
            is_retryable: None,
        }
    }

    /// Adds what to do about it.
    pub(crate) fn hint(self, hint: impl Into<Cow<'static, str>>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    /// Says whether the same run may succeed when it is tried again, where that is another answer than its code's.
    pub(crate) fn retryable(self, is_retryable: bool) -> Self {
        Self {
            is_retryable: Some(is_retryable),
            ..self
        }
    }

    /// Whether the same run may succeed when it is tried again.
    pub(crate) fn is_retryable(&self) -> bool {
        self.is_retryable.unwrap_or(self.code.is_retryable())
    }

    pub(crate) const fn code(&self) -> ErrorCode {
        self.code
    }

    /// What happened and the hint, as documents have them.
    pub(crate) fn message(&self) -> String {
        self.to_string()
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
