//! Error codes, their exit statuses, and the one error type of the crate.

use std::error::Error as StdError;
use std::fmt;

use crate::item::Body;
use crate::signal::Signal;

/// Why a run failed, as callers read it in envelopes and receipts.
///
/// The names, exit statuses and retryability follow section 11 of the contracts and never change within a major version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The command line, or a setting in the environment, is wrong.
    Usage,
    /// The inputs document, or a file that it names, is wrong.
    Inputs,
    /// `mode` is neither `mock` nor `real`.
    Mode,
    /// Real mode under CI.
    CiSafety,
    /// The write prefix does not have the form `/artifacts/.../`.
    PrefixTemplate,
    /// The execution id has a character or a length that is not allowed.
    ExecutionId,
    /// A percent-escape decodes to `/` or NUL.
    DecodedSlash,
    /// A percent-escape is invalid, or decodes to `%`.
    PercentDecode,
    /// A path has a `.` or `..` segment.
    DotSegments,
    /// A path has a segment that may not be used, or that is a symbolic link on disk.
    ForbiddenSegment,
    /// A path is longer than 1,024 bytes.
    PathTooLong,
    /// A path segment is longer than 255 bytes.
    SegmentTooLong,
    /// A path lies under another root than `world://artifacts/`.
    BadFacet,
    /// A secret that real mode needs is not set.
    MissingSecret,
    /// The provider's service refused the credentials (401, 403).
    ProviderAuth,
    /// The provider's service refused the request (another 4xx).
    ProviderRejected,
    /// The provider's service asks to slow down (429).
    ProviderRateLimit,
    /// The provider's service is down or out of reach (5xx, connection, DNS, TLS).
    ProviderUnavailable,
    /// The provider's answer is not what its service promises.
    ProviderResponse,
    /// The provider's service ran the job and says that it failed.
    ProviderFailed,
    /// An output's relpath may not be used.
    OutputPath,
    /// Two outputs have one path, or one is a folder of the other.
    OutputDuplicate,
    /// An output or its index could not be written.
    OutputWrite,
    /// A receipt could not be written.
    ReceiptWrite,
    /// This execution id, or this prefix, already has a success receipt of something else.
    ExecutionConflict,
    /// An output contains the value of a secret.
    OutputSecret,
    /// The provider panicked or broke its contract.
    Processor,
    /// `TIMEOUT_S` passed.
    Timeout,
    /// The registry, or an entry of it, cannot be used.
    Registry,
    /// A container would have to run from an image that is not pinned.
    ImageUnpinned,
    /// A pinned image cannot be had.
    ImagePull,
    /// A processor could not be started, or did not answer as the contracts say.
    AdapterInvocation,
    /// The run was told to stop by a signal.
    Cancelled(Signal),
}

/// Spells every code once: for documents, and for reading them again.
macro_rules! names {
    ($($variant:ident $(($which:expr))? = $name:literal,)*) => {
        impl ErrorCode {
            /// The code as documents spell it, e.g. `ERR_INPUTS`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $name,)*
                }
            }

            /// Reads a code as documents spell it.
            ///
            /// `ERR_CANCELLED` does not tell the signal; it comes back as that of SIGINT.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text {
                    $($name => Some(Self::$variant $(($which))?),)*
                    _ => None,
                }
            }
        }
    };
}

names! {
    Usage = "ERR_USAGE",
    Inputs = "ERR_INPUTS",
    Mode = "ERR_MODE",
    CiSafety = "ERR_CI_SAFETY",
    PrefixTemplate = "ERR_PREFIX_TEMPLATE",
    ExecutionId = "ERR_EXECUTION_ID",
    DecodedSlash = "ERR_DECODED_SLASH",
    PercentDecode = "ERR_PERCENT_DECODE",
    DotSegments = "ERR_DOT_SEGMENTS",
    ForbiddenSegment = "ERR_FORBIDDEN_SEGMENT",
    PathTooLong = "ERR_PATH_TOO_LONG",
    SegmentTooLong = "ERR_SEGMENT_TOO_LONG",
    BadFacet = "ERR_BAD_FACET",
    MissingSecret = "ERR_MISSING_SECRET",
    ProviderAuth = "ERR_PROVIDER_AUTH",
    ProviderRejected = "ERR_PROVIDER_REJECTED",
    ProviderRateLimit = "ERR_PROVIDER_RATE_LIMIT",
    ProviderUnavailable = "ERR_PROVIDER_UNAVAILABLE",
    ProviderResponse = "ERR_PROVIDER_RESPONSE",
    ProviderFailed = "ERR_PROVIDER_FAILED",
    OutputPath = "ERR_OUTPUT_PATH",
    OutputDuplicate = "ERR_OUTPUT_DUPLICATE",
    OutputWrite = "ERR_OUTPUT_WRITE",
    ReceiptWrite = "ERR_RECEIPT_WRITE",
    ExecutionConflict = "ERR_EXECUTION_CONFLICT",
    OutputSecret = "ERR_OUTPUT_SECRET",
    Processor = "ERR_PROCESSOR",
    Registry = "ERR_REGISTRY",
    ImageUnpinned = "ERR_IMAGE_UNPINNED",
    ImagePull = "ERR_IMAGE_PULL",
    AdapterInvocation = "ERR_ADAPTER_INVOCATION",
    Timeout = "ERR_TIMEOUT",
    Cancelled(Signal::Interrupt) = "ERR_CANCELLED",
}

impl ErrorCode {
    /// The process's exit status, 2 to 143.
    #[must_use]
    pub const fn exit_status(self) -> u8 {
        match self {
            Self::Usage => 2,
            Self::Inputs | Self::Mode => 3,
            Self::CiSafety => 4,
            Self::PrefixTemplate
            | Self::ExecutionId
            | Self::DecodedSlash
            | Self::PercentDecode
            | Self::DotSegments
            | Self::ForbiddenSegment
            | Self::PathTooLong
            | Self::SegmentTooLong
            | Self::BadFacet => 5,
            Self::MissingSecret => 6,
            Self::ProviderAuth => 10,
            Self::ProviderRejected => 11,
            Self::ProviderRateLimit => 12,
            Self::ProviderUnavailable => 13,
            Self::ProviderResponse => 14,
            Self::ProviderFailed => 15,
            Self::OutputPath | Self::OutputDuplicate => 20,
            Self::OutputWrite | Self::ReceiptWrite => 21,
            Self::ExecutionConflict => 22,
            Self::OutputSecret => 23,
            Self::Registry => 30,
            Self::ImageUnpinned => 31,
            Self::ImagePull => 32,
            Self::AdapterInvocation => 33,
            Self::Processor => 70,
            Self::Timeout => 124,
            Self::Cancelled(Signal::Interrupt) => 130,
            Self::Cancelled(Signal::Terminate) => 143,
        }
    }

    /// Whether the same run may succeed when it is tried again later.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        match self {
            Self::ProviderRateLimit
            | Self::ProviderUnavailable
            | Self::OutputWrite
            | Self::ReceiptWrite
            | Self::ImagePull
            | Self::Timeout
            | Self::Cancelled(_) => true,
            Self::Usage
            | Self::Inputs
            | Self::Mode
            | Self::CiSafety
            | Self::PrefixTemplate
            | Self::ExecutionId
            | Self::DecodedSlash
            | Self::PercentDecode
            | Self::DotSegments
            | Self::ForbiddenSegment
            | Self::PathTooLong
            | Self::SegmentTooLong
            | Self::BadFacet
            | Self::MissingSecret
            | Self::ProviderAuth
            | Self::ProviderRejected
            | Self::ProviderResponse
            | Self::ProviderFailed
            | Self::OutputPath
            | Self::OutputDuplicate
            | Self::ExecutionConflict
            | Self::OutputSecret
            | Self::Registry
            | Self::ImageUnpinned
            | Self::AdapterInvocation
            | Self::Processor => false,
        }
    }
}

/// The longest code after its `ERR_`.
const LONGEST_NAME: usize = 60;

/// Whether a text has the form of a code, `ERR_` with capital letters, digits and underscores: another version may have codes that
/// this one does not know.
#[must_use]
pub fn is_code(text: &str) -> bool {
    text.strip_prefix("ERR_").is_some_and(|name| {
        (1..=LONGEST_NAME).contains(&name.len())
            && name
                .bytes()
                .all(|b| matches!(b, b'A'..=b'Z' | b'0'..=b'9' | b'_'))
    })
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A failure with a public message and a private cause.
///
/// The message goes into the envelope and the receipt, after every known secret in it is replaced by `[REDACTED]`,
/// control characters are replaced by spaces, and it is cut to 1,000 characters. Write one sentence that names the
/// thing and the way out, and no payload. The cause goes to the log only.
///
/// ```
/// # use contracts as runtime;
/// use runtime::{ErrorCode, ProcessorError};
///
/// let error = ProcessorError::new(
///     ErrorCode::ProviderRejected,
///     "the service knows no model `x`; see its list of models",
/// );
/// assert_eq!(error.code().exit_status(), 11);
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ProcessorError {
    code: ErrorCode,
    message: String,
    #[source]
    cause: Option<Box<dyn StdError + Send + Sync>>,
    rejected: Option<Box<Body>>,
}

impl ProcessorError {
    /// An error without a cause.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            cause: None,
            rejected: None,
        }
    }

    /// `ERR_USAGE` for a command line that cannot be read; it repeats nothing of it.
    #[must_use]
    pub fn wrong_command_line() -> Self {
        Self::new(
            ErrorCode::Usage,
            "the command line is wrong; stderr says where, and --help what is right",
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
        let name = match signal {
            Signal::Interrupt => "SIGINT",
            Signal::Terminate => "SIGTERM",
        };
        Self::new(
            ErrorCode::Cancelled(signal),
            format!("the run was cancelled by {name}; run it again with the same execution id"),
        )
    }

    /// Adds the cause, which is logged and never shown to the caller.
    #[must_use]
    pub fn with_cause(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Adds an answer that was paid for and cannot be used. It is kept whole as `rejected/response.bin` below the write
    /// prefix, unless it contains the value of a secret, and the error receipt names it (section 14 of the contracts).
    #[must_use]
    pub fn with_rejected(mut self, answer: Body) -> Self {
        self.rejected = Some(Box::new(answer));
        self
    }

    /// Takes out what [`ProcessorError::with_rejected`] has added.
    pub fn take_rejected(&mut self) -> Option<Body> {
        self.rejected.take().map(|answer| *answer)
    }

    /// The same failure in other words, made of those that it has; code and cause stay.
    #[must_use]
    pub fn reworded(mut self, words: impl FnOnce(&str) -> String) -> Self {
        self.message = words(&self.message);
        self
    }

    /// What kind of failure it is.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        self.code
    }

    /// The public sentence, as the provider gave it.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl From<std::io::Error> for ProcessorError {
    /// `ERR_PROCESSOR`, for an I/O error of a provider's own that has no better sentence.
    fn from(error: std::io::Error) -> Self {
        Self::new(
            ErrorCode::Processor,
            "an I/O operation of the processor failed; the log says how",
        )
        .with_cause(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_they_are_written() {
        for code in [
            ErrorCode::Usage,
            ErrorCode::ProviderRateLimit,
            ErrorCode::Cancelled(Signal::Interrupt),
        ] {
            assert_eq!(ErrorCode::parse(code.as_str()), Some(code));
        }
        for (text, expected) in [
            ("ERR_USAGE", true),
            ("ERR_HTTP_418", true),
            ("ERR_", false),
            ("ERR_x", false),
            ("USAGE", false),
        ] {
            assert_eq!(is_code(text), expected, "{text}");
        }
        for text in ["", "ERR_", "err_usage", "ERR_USAGE ", "ERR_OF_LATER_TIMES"] {
            assert_eq!(ErrorCode::parse(text), None, "{text}");
        }
    }
}
