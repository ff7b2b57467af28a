//! The error of documents and stores.

use std::error::Error as StdError;

use crate::code::ErrorCode;
use crate::signal::Signal;

/// A failure with a code, a public message and a private cause.
///
/// The message goes into envelopes and receipts; the cause goes to the log only.
#[derive(Debug, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Error {
    code: ErrorCode,
    message: String,
    #[source]
    cause: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error without a cause. The message says what is wrong and what to do, without any payload.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            cause: None,
        }
    }

    /// `ERR_INPUTS`.
    #[must_use]
    pub fn inputs(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Inputs, message)
    }

    /// `ERR_USAGE` for a command line that cannot be parsed; the message repeats nothing of it.
    #[must_use]
    pub fn wrong_command_line() -> Self {
        Self::new(
            ErrorCode::Usage,
            "the command line is wrong; stderr says where, and --help shows what is right",
        )
    }

    /// `ERR_TIMEOUT`.
    #[must_use]
    pub fn timed_out() -> Self {
        Self::new(
            ErrorCode::Timeout,
            "the run took longer than it may; give it more with --timeout, the registry entry's timeout_s or TIMEOUT_S, or ask the provider for less",
        )
    }

    /// `ERR_CANCELLED` by this signal.
    #[must_use]
    pub fn cancelled(signal: Signal) -> Self {
        Self::new(
            ErrorCode::Cancelled(signal),
            format!("the run was cancelled by {signal}; run it again with the same execution id"),
        )
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_cause(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Changes the message.
    #[must_use]
    pub fn map_message(mut self, change: impl FnOnce(&str) -> String) -> Self {
        self.message = change(&self.message);
        self
    }

    /// The code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        self.code
    }

    /// The public message.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}
