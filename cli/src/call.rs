//! One execution: what it is to do, and how it ended.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use documents::envelope::{Envelope, ErrorMeta};
use documents::fingerprint::fingerprint;
use documents::inputs::Hashes;
use documents::{ExecutionId, Failure, Mode, WritePrefix};
use logging::Redactor;

use crate::error::Error;
use crate::registry::Entry;
use crate::session::Session;

/// The image of a run in documents, where it is not known.
pub(crate) const UNKNOWN: &str = "unknown";

/// The adapter of this machine, as logs name it.
pub(crate) const LOCAL: &str = "local";

/// One execution, ready to be run anywhere: all its parts are valid.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) plan_id: Option<String>,
    pub(crate) entry: Arc<Entry>,
    pub(crate) execution_id: ExecutionId,
    pub(crate) prefix: WritePrefix,
    /// The prefix as a processor gets it, with `{execution_id}`.
    pub(crate) template: Arc<str>,
    pub(crate) mode: Mode,
    /// The inputs document, with its mode and all of its files.
    pub(crate) document: Arc<Vec<u8>>,
    /// `None` where the document has none, being wrong.
    pub(crate) hashes: Option<Hashes>,
    /// How long the run may take.
    pub(crate) timeout: Duration,
    pub(crate) redactor: Redactor,
}

/// The end of an execution.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) envelope: Envelope,
    /// See `docs/spec.md#error-codes`.
    pub(crate) exit_status: u8,
    /// Whether it is the success of an earlier run.
    pub(crate) is_earlier: bool,
    /// What the run used up; `None` where nothing ran now, or it does not say.
    pub(crate) usage: Option<BTreeMap<String, f64>>,
    /// Whether the same run may succeed when it is tried again.
    pub(crate) is_retryable: bool,
}

impl Call {
    /// The environment fingerprint of a run from this image.
    pub(crate) fn fingerprint(&self, image: Option<&str>) -> String {
        let limits = &self.entry.runtime;
        fingerprint(limits.cpu.as_str(), image, limits.memory.as_str())
    }
}

impl Outcome {
    /// The answer for an error of a run that has no place for receipts.
    pub(crate) fn error(execution_id: &str, error: &Error, redactor: &Redactor) -> Self {
        let failure = Failure::new(error.code(), redactor.safe_text(&error.message()));
        Self {
            envelope: Envelope::error(redactor.redact(execution_id), failure, ErrorMeta::default()),
            exit_status: error.code().exit_status(),
            is_earlier: false,
            usage: None,
            is_retryable: error.is_retryable(),
        }
    }

    /// The error's code, as the envelope has it.
    pub(crate) fn code(&self) -> Option<&str> {
        match &self.envelope {
            Envelope::Success { .. } => None,
            Envelope::Error { error, .. } => Some(&error.code),
        }
    }

    /// The same, as that of an earlier run: what it used up was used up then, and not again.
    #[must_use]
    pub(crate) fn of_earlier_run(self) -> Self {
        Self {
            is_earlier: true,
            usage: None,
            ..self
        }
    }

    pub(crate) const fn is_success(&self) -> bool {
        matches!(self.envelope, Envelope::Success { .. })
    }

    /// Prints the line on stdout.
    pub(crate) fn print(&self, session: &Session) -> io::Result<()> {
        let line = self.envelope.to_line().unwrap_or_default() + "\n"; // text and finite numbers: it cannot fail
        let mut stdout = session.stdout.clone();
        stdout.write_all(line.as_bytes())?;
        stdout.flush()
    }
}
