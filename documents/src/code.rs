//! Error codes (`docs/spec.md#error-codes`): one table for the enum, exit statuses, retryability and hints.

use std::fmt;
use std::str::FromStr;

use crate::signal::Signal;

/// Makes everything that lists the codes. A row: the meaning; the variant, the name in documents, the exit status, whether the
/// same run may succeed later, the hint.
macro_rules! error_codes {
    ($($(#[doc = $meaning:literal])+ $variant:ident $(($value:ident: $type:ty = $default:expr))?
        $name:literal $exit_status:expr, $is_retryable:literal, $hint:literal;)*) => {
        /// Why a run failed. Names, exit statuses and retryability never change within a version of the specification.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[doc = $meaning])+ $variant $(($type))?,)*
        }

        impl ErrorCode {
            /// Every code, in the order of the specification.
            pub const ALL: &[Self] = &[$(Self::$variant $(($default))?),*];

            /// The name in documents, e.g. `ERR_INPUTS`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $name,)*
                }
            }

            /// The exit status of the process, 2 to 143.
            #[must_use]
            pub const fn exit_status(self) -> u8 {
                match self {
                    $(Self::$variant $(($value))? => $exit_status,)*
                }
            }

            /// Whether the same run may succeed when it is tried again later.
            #[must_use]
            pub const fn is_retryable(self) -> bool {
                match self {
                    $(Self::$variant { .. } => $is_retryable,)*
                }
            }

            /// What to do about it.
            #[must_use]
            pub const fn hint(self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $hint,)*
                }
            }
        }
    };
}

error_codes! {
    /// The command line, or a setting in the environment, is wrong.
    Usage "ERR_USAGE" 2, false, "Correct the command line; `--help` has examples.";
    /// The inputs document, or a file that it names, is wrong.
    Inputs "ERR_INPUTS" 3, false, "Correct the inputs document at the place that the message names.";
    /// `mode` is neither `mock` nor `real`.
    Mode "ERR_MODE" 3, false, "Set the mode to `mock` or `real`.";
    /// Real mode under CI.
    CiSafety "ERR_CI_SAFETY" 4, false, "Use mode `mock` in CI, or unset CI for this one process.";
    /// The write prefix does not have the form `/artifacts/.../`.
    PrefixTemplate "ERR_PREFIX_TEMPLATE" 5, false, "Use a write prefix like /artifacts/outputs/demo/{execution_id}/.";
    /// The execution id has a character or a length that is not allowed.
    ExecutionId "ERR_EXECUTION_ID" 5, false, "Use 1 to 128 letters, digits, `.`, `_` or `-`, or leave the id out.";
    /// A percent-escape decodes to `/` or NUL.
    DecodedSlash "ERR_DECODED_SLASH" 5, false, "Write the path without percent-escapes.";
    /// A percent-escape is invalid, or decodes to `%`.
    PercentDecode "ERR_PERCENT_DECODE" 5, false, "Write the path without percent-escapes.";
    /// A path has a `.` or `..` segment.
    DotSegments "ERR_DOT_SEGMENTS" 5, false, "Write the path without `.` and `..`.";
    /// A path has a segment that may not be used, or that is a symbolic link on disk.
    ForbiddenSegment "ERR_FORBIDDEN_SEGMENT" 5, false, "Use a path without that segment, and without symbolic links.";
    /// A path is longer than 1,024 bytes.
    PathTooLong "ERR_PATH_TOO_LONG" 5, false, "Use a path of at most 1,024 bytes.";
    /// A path segment is longer than 255 bytes.
    SegmentTooLong "ERR_SEGMENT_TOO_LONG" 5, false, "Use names of at most 255 bytes.";
    /// A path lies under another root than `world://artifacts/`.
    BadFacet "ERR_BAD_FACET" 5, false, "Use a path below /artifacts/ or world://artifacts/.";
    /// A secret that real mode needs is not set.
    MissingSecret "ERR_MISSING_SECRET" 6, false, "Set the secret that the message names, or use mode `mock`.";
    /// The provider's service refused the credentials (401, and 403 without another reason).
    ProviderAuth "ERR_PROVIDER_AUTH" 10, false, "Check that the key is valid and may use this model.";
    /// The provider's service refused the request (another 4xx).
    ProviderRejected "ERR_PROVIDER_REJECTED" 11, false, "Change the model or the parameters as the service asks.";
    /// The provider's service asks to slow down (429).
    ProviderRateLimit "ERR_PROVIDER_RATE_LIMIT" 12, true, "Wait, then run it again; run fewer at a time.";
    /// The provider's service is down or out of reach (5xx, connection, DNS, TLS).
    ProviderUnavailable "ERR_PROVIDER_UNAVAILABLE" 13, true, "Check the network and the service's status, then run it again.";
    /// The provider's answer is not what its service promises.
    ProviderResponse "ERR_PROVIDER_RESPONSE" 14, false, "Check the service's address; else its protocol has changed.";
    /// The provider's service ran the job and says that it failed.
    ProviderFailed "ERR_PROVIDER_FAILED" 15, false, "Read the service's reason; change the inputs before another run.";
    /// An output's relpath may not be used.
    OutputPath "ERR_OUTPUT_PATH" 20, false, "Correct the processor: its outputs need paths of their own below outputs/.";
    /// Two outputs have one path, or one is a directory of the other.
    OutputDuplicate "ERR_OUTPUT_DUPLICATE" 20, false, "Correct the processor: its outputs need paths of their own below outputs/.";
    /// An output or its index could not be written.
    OutputWrite "ERR_OUTPUT_WRITE" 21, true, "Free space or fix the permissions of the artifacts directory, then run it again.";
    /// A receipt could not be written.
    ReceiptWrite "ERR_RECEIPT_WRITE" 21, true, "Free space or fix the permissions of the artifacts directory, then run it again.";
    /// This execution id, or this prefix, already has a success receipt of something else.
    ExecutionConflict "ERR_EXECUTION_CONFLICT" 22, false, "Use a new execution id, and a write prefix with {execution_id}.";
    /// An output contains the value of a secret.
    OutputSecret "ERR_OUTPUT_SECRET" 23, false, "Keep the secret out of the inputs; if it was printed, replace it.";
    /// The run succeeded, but could not be copied into `--save-dir`.
    Save "ERR_SAVE" 24, false, "The run itself is good: run it again under its execution id with another --save-dir; no provider is asked.";
    /// The registry, or an entry of it, cannot be used.
    Registry "ERR_REGISTRY" 30, false, "`counterfoil registry check` says what to correct.";
    /// A container would have to run from an image that is not pinned.
    ImageUnpinned "ERR_IMAGE_UNPINNED" 31, false, "Pin the image in the registry entry, or use --engine process.";
    /// A pinned image cannot be pulled.
    ImagePull "ERR_IMAGE_PULL" 32, true, "Check the network and the right to read the image, then run it again.";
    /// A processor could not be started, or did not answer as the specification says.
    AdapterInvocation "ERR_ADAPTER_INVOCATION" 33, false, "`counterfoil doctor` says what this machine lacks.";
    /// An image could not be built.
    ImageBuild "ERR_IMAGE_BUILD" 34, false, "Correct what the message names; nothing was pushed.";
    /// An image could not be pushed.
    ImagePush "ERR_IMAGE_PUSH" 35, true, "Check the network and the right to write to the repository, then run it again.";
    /// The provider panicked or broke its contract.
    Processor "ERR_PROCESSOR" 70, false, "Correct the processor; its log on stderr has the cause.";
    /// `TIMEOUT_S` passed.
    Timeout "ERR_TIMEOUT" 124, true, "Run it again, or allow it more time with --timeout.";
    /// A signal stopped the run. `ERR_CANCELLED` does not name the signal; it is read as SIGINT.
    Cancelled(signal: Signal = Signal::Interrupt) "ERR_CANCELLED" signal.exit_status(), true, "It was stopped from outside; run it again.";
}

/// The text is no error code of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an error code that this version knows")]
pub struct UnknownCode;

impl FromStr for ErrorCode {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        let known = Self::ALL.iter().find(|code| code.as_str() == text);
        known.copied().ok_or(UnknownCode)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether a text has the form of a code; another version may have more codes.
#[must_use]
pub fn is_code(text: &str) -> bool {
    text.strip_prefix("ERR_").is_some_and(|name| {
        (1..=60).contains(&name.len())
            && name
                .bytes()
                .all(|b| matches!(b, b'A'..=b'Z' | b'0'..=b'9' | b'_'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_read_as_it_is_written() {
        for code in ErrorCode::ALL {
            assert_eq!(code.as_str().parse(), Ok(*code));
            assert!(is_code(code.as_str()));
            assert!((2..=143).contains(&code.exit_status()));
        }
        for text in ["", "ERR_", "err_usage", "ERR_USAGE ", "ERR_OF_LATER_TIMES"] {
            assert_eq!(text.parse::<ErrorCode>(), Err(UnknownCode), "{text}");
        }
    }

    #[test]
    fn codes_of_other_versions_have_the_same_form() {
        for (text, expected) in [
            ("ERR_HTTP_418", true),
            ("ERR_", false),
            ("ERR_x", false),
            ("USAGE", false),
        ] {
            assert_eq!(is_code(text), expected, "{text}");
        }
    }

    #[test]
    fn the_documentation_lists_every_code() {
        let expected: Vec<_> = ErrorCode::ALL
            .iter()
            .map(|code| {
                let status = code.exit_status().to_string();
                let is_retryable = if code.is_retryable() { "yes" } else { "no" };
                (code.to_string(), status, is_retryable.to_owned())
            })
            .collect();
        for file in ["spec.md", "reference.md"] {
            let text =
                std::fs::read_to_string(format!("{}/../docs/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
            let rows = text.lines().filter_map(|line| {
                let cells: Vec<_> = line.strip_prefix("| `ERR_")?.split('|').map(str::trim).collect();
                let status = cells[1].split([',', ' ']).next().unwrap(); // a cancelled run has one of two
                Some((
                    format!("ERR_{}", cells[0].trim_end_matches('`')),
                    status.to_owned(),
                    cells[2].to_owned(),
                ))
            });
            assert_eq!(rows.collect::<Vec<_>>(), expected, "{file}");
        }
    }
}
