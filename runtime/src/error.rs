//! The error of a provider.

use std::error::Error as StdError;

use documents::{Error, ErrorCode, Signal};
use store::Body;

/// A failure with a public message and a private cause.
///
/// The message goes into the envelope and the receipt. Before that, every known secret in it becomes `[REDACTED]`, control
/// characters become spaces, and it is cut to 1,000 characters. Write one sentence that says what is wrong and what to do, without
/// any payload. The cause goes to the log only.
///
/// ```
/// use runtime::{ErrorCode, ProcessorError};
///
/// let error = ProcessorError::new(
///     ErrorCode::ProviderRejected,
///     "the service has no model `x`; see its list of models",
/// );
/// assert_eq!(error.code().exit_status(), 11);
/// ```
#[derive(Debug)]
pub struct ProcessorError {
    error: Error,
    rejected: Option<Box<Body>>,
}

impl ProcessorError {
    /// An error without a cause.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Error::new(code, message).into()
    }

    /// `ERR_INPUTS`.
    pub fn inputs(message: impl Into<String>) -> Self {
        Error::inputs(message).into()
    }

    /// `ERR_TIMEOUT`.
    #[must_use]
    pub fn timed_out() -> Self {
        Error::timed_out().into()
    }

    /// `ERR_CANCELLED` by this signal.
    #[must_use]
    pub fn cancelled(signal: Signal) -> Self {
        Error::cancelled(signal).into()
    }

    /// Adds the cause, which goes to the log and never to the caller.
    #[must_use]
    pub fn with_cause(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.error = self.error.with_cause(cause);
        self
    }

    /// Adds an answer that was paid for and cannot be used. The runtime keeps it as `rejected/response.bin` below the write prefix,
    /// unless it contains the value of a secret, and the error receipt names it (`docs/spec.md#rejected-answers`).
    #[must_use]
    pub fn with_rejected(mut self, answer: Body) -> Self {
        self.rejected = Some(Box::new(answer));
        self
    }

    /// Removes and returns the answer that [`ProcessorError::with_rejected`] added.
    pub fn take_rejected(&mut self) -> Option<Body> {
        self.rejected.take().map(|answer| *answer)
    }

    /// Changes only the message.
    #[must_use]
    pub fn map_message(mut self, change: impl FnOnce(&str) -> String) -> Self {
        self.error = self.error.map_message(change);
        self
    }

    /// The code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        self.error.code()
    }

    /// The public message, as the provider wrote it.
    #[must_use]
    pub fn message(&self) -> &str {
        self.error.message()
    }

    /// The private cause.
    pub(crate) fn cause(&self) -> Option<&(dyn StdError + 'static)> {
        self.error.source()
    }
}

impl std::fmt::Display for ProcessorError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.error.fmt(f)
    }
}

impl StdError for ProcessorError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.error.source()
    }
}

impl From<Error> for ProcessorError {
    fn from(error: Error) -> Self {
        Self {
            error,
            rejected: None,
        }
    }
}

impl From<std::io::Error> for ProcessorError {
    /// `ERR_PROCESSOR`, for an I/O error of the provider that has no better message.
    fn from(error: std::io::Error) -> Self {
        let message = "an I/O operation of the processor failed; the log has the cause";
        Self::new(ErrorCode::Processor, message).with_cause(error)
    }
}
