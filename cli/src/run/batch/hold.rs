//! What holds a batch: the failures after which it begins no more lines.

use std::fmt;
use std::num::NonZeroU64;

use documents::ErrorCode;
use documents::envelope::Envelope;
use rustix::io::Errno;

use crate::call::Outcome;
use crate::error::Error;
use crate::printable::Printable;

/// A store that cannot be written, or a process that can open no more files, whichever line it is.
const EVERYONES: [Errno; 12] = [
    Errno::NOSPC,
    Errno::DQUOT,
    Errno::ROFS,
    Errno::ACCESS,
    Errno::PERM,
    // a file or a link has the place of a directory
    Errno::NOTDIR,
    Errno::LOOP,
    // a disk that breaks, is gone, or is elsewhere
    Errno::IO,
    Errno::NODEV,
    Errno::STALE,
    Errno::MFILE,
    Errno::NFILE,
];

/// What a processor says where the account cannot pay for any other line either. Its code is that of a limit or a refusal, and may be
/// that of a single line's.
const UNPAID: [&str; 3] = [
    "the provider answered 402",
    ", as the account is out of credit or closed",
    ", as the account has no quota left",
];

/// So many lines in a row whose service was not available: the others need not try.
const UNAVAILABLE: u64 = 20;

/// Whether lines are held, and why.
#[derive(Debug, Default)]
pub(super) struct Hold {
    max_failures: Option<NonZeroU64>,
    /// Lines in a row that ended because their service was not available.
    unavailable: u64,
    cause: Option<Cause>,
    is_reported: bool,
}

/// What holds the lines.
#[derive(Clone, Debug)]
pub(super) enum Cause {
    Failure {
        line: u64,
        code: String,
        message: String,
        /// How many failures were allowed, where it is their number that holds the lines.
        max_failures: Option<NonZeroU64>,
    },
    /// What `--max-cost` allows is spent.
    Spent,
    /// The store cannot be written, for this reason.
    Store(String),
}

impl Hold {
    /// The failures that are allowed, as a number of lines.
    pub(super) fn new(max_failures: Option<NonZeroU64>) -> Self {
        Self {
            max_failures,
            ..Self::default()
        }
    }

    /// Whether a number of failures holds the lines.
    pub(super) const fn is_bounded(&self) -> bool {
        self.max_failures.is_some()
    }

    pub(super) const fn is_on(&self) -> bool {
        self.cause.is_some()
    }

    /// Takes the outcome of a run, which others may share.
    pub(super) fn see_run(&mut self, line: u64, outcome: &Outcome) {
        if let Envelope::Error { error, .. } = &outcome.envelope
            && is_everyones(&error.code, &error.message)
        {
            self.hold(line, outcome, None);
        }
    }

    /// Takes how a line has ended.
    pub(super) fn see_end(&mut self, line: u64, outcome: &Outcome) {
        match outcome.code().map(str::parse) {
            Some(Ok(ErrorCode::ProviderUnavailable)) => self.unavailable += 1,
            _ => self.unavailable = 0,
        }
        if self.unavailable >= UNAVAILABLE {
            self.hold(line, outcome, None);
        }
    }

    /// Takes the number of lines that have failed, of which this is the last one.
    pub(super) fn see_failed(&mut self, line: u64, outcome: &Outcome, failed: u64) {
        if self.max_failures.is_some_and(|max| failed >= max.get()) {
            self.hold(line, outcome, self.max_failures);
        }
    }

    /// What the runs may cost is spent.
    pub(super) fn see_spent(&mut self) {
        self.cause.get_or_insert(Cause::Spent);
    }

    /// The store cannot be written.
    pub(super) fn see_store(&mut self, error: &Error) {
        self.cause.get_or_insert_with(|| Cause::Store(error.message()));
    }

    fn hold(&mut self, line: u64, outcome: &Outcome, max_failures: Option<NonZeroU64>) {
        if let Envelope::Error { error, .. } = &outcome.envelope {
            self.cause.get_or_insert_with(|| Cause::Failure {
                line,
                code: error.code.clone(),
                message: error.message.clone(),
                max_failures,
            });
        }
    }

    /// The cause, the first time that it is asked for.
    pub(super) fn unreported(&mut self) -> Option<Cause> {
        if self.is_reported {
            return None;
        }
        self.is_reported = self.cause.is_some();
        self.cause.clone()
    }
}

/// Whether the other lines would fail likewise.
fn is_everyones(code: &str, message: &str) -> bool {
    match code.parse() {
        // of a processor, a wrong command line or setting is everyone's
        Ok(ErrorCode::ProviderAuth | ErrorCode::MissingSecret | ErrorCode::Usage) => true,
        // the processor's own message: all that it says of the cause
        Ok(ErrorCode::OutputWrite | ErrorCode::ReceiptWrite | ErrorCode::AdapterInvocation) => EVERYONES
            .iter()
            .any(|errno| message.contains(&format!("(os error {})", errno.raw_os_error()))),
        Ok(
            ErrorCode::ProviderRateLimit
            | ErrorCode::ProviderRejected
            | ErrorCode::ProviderUnavailable
            | ErrorCode::ProviderResponse,
        ) => UNPAID.iter().any(|words| message.contains(words)),
        _ => false,
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, code, message, max_failures) = match self {
            Self::Failure {
                line,
                code,
                message,
                max_failures,
            } => (line, code, message, max_failures),
            Self::Spent => {
                return f.write_str("what --max-cost allows is spent, so that no more lines are started");
            }
            Self::Store(why) => return write!(f, "{}, so that no lines are started", Printable(why)),
        };
        match max_failures {
            Some(NonZeroU64::MIN) => f.write_str("a line has failed")?,
            Some(max) => write!(f, "{max} lines have failed")?,
            None => f.write_str("the other lines would fail likewise")?,
        }
        let (code, message) = (Printable(code), Printable(message));
        write!(f, ", so that no more are started; line {line}: {code}: {message}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_line_meets_holds_them_all() {
        for (code, message, expected) in [
            ("ERR_PROVIDER_AUTH", "no", true),
            ("ERR_MISSING_SECRET", "no", true),
            (
                "ERR_OUTPUT_WRITE",
                "cannot be written: No space left on device (os error 28)",
                true,
            ),
            (
                "ERR_RECEIPT_WRITE",
                "cannot be written: Read-only file system (os error 30)",
                true,
            ),
            (
                "ERR_OUTPUT_WRITE",
                "cannot be written: File too large (os error 27)",
                false,
            ),
            (
                "ERR_ADAPTER_INVOCATION",
                "cannot be started: Too many open files (os error 24)",
                true,
            ),
            (
                "ERR_OUTPUT_WRITE",
                "cannot be written: Input/output error (os error 5)",
                true,
            ),
            ("ERR_PROVIDER_REJECTED", "(os error 28)", false),
            ("ERR_PROVIDER_REJECTED", "the provider answered 402: pay", true),
            (
                "ERR_PROVIDER_RATE_LIMIT",
                "the provider answered 429, as the account has no quota left",
                true,
            ),
            (
                "ERR_PROVIDER_RATE_LIMIT",
                "the provider answered 429: slow down",
                false,
            ),
            ("ERR_OF_LATER_TIMES", "no", false),
        ] {
            assert_eq!(is_everyones(code, message), expected, "{code} {message}");
        }
    }
}
