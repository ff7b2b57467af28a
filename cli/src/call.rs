//! What every adapter is asked, and what it answers (section 16 of the contracts).

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use contracts::envelope::Envelope;
use contracts::fingerprint::fingerprint;
use contracts::receipt::Failure;
use contracts::redact::Redactor;
use contracts::{ExecutionId, Mode, ProcessorError, WritePrefix};

use crate::registry::Entry;

/// Where the documents of a run speak of an image that is not known.
pub(crate) const UNKNOWN: &str = "unknown";

/// What the artifacts folder is called in documents.
const ARTIFACTS: &str = "/artifacts";

/// One execution, ready to be run anywhere: all its parts are valid.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) plan_id: Option<String>,
    pub(crate) entry: Arc<Entry>,
    pub(crate) execution_id: ExecutionId,
    pub(crate) prefix: WritePrefix,
    /// The prefix as a processor is told it, with `{execution_id}`.
    pub(crate) template: Arc<str>,
    pub(crate) mode: Mode,
    /// The inputs document, with its mode and all of its files.
    pub(crate) document: Vec<u8>,
    /// `None` where the document has none, being wrong.
    pub(crate) inputs_hash: Option<String>,
    pub(crate) artifacts: Arc<PathBuf>,
    /// How long the run may take.
    pub(crate) timeout: Duration,
    pub(crate) redactor: Redactor,
}

/// The end of an execution.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) envelope: Envelope,
    /// Section 11 of the contracts.
    pub(crate) exit_status: u8,
}

impl Call {
    /// The environment fingerprint of a run from this image.
    pub(crate) fn fingerprint(&self, image: Option<&str>) -> String {
        let limits = &self.entry.runtime;
        fingerprint(limits.cpu.as_str(), image, limits.memory.as_str())
    }

    /// A message for documents: without secrets, and with the artifacts folder under its name in every document.
    pub(crate) fn public(&self, message: &str) -> String {
        let message = match self.artifacts.to_str() {
            Some(folder) => with_folder_renamed(message, folder, ARTIFACTS),
            None => message.to_owned(),
        };
        self.redactor.safe_text(&message)
    }
}

impl Outcome {
    /// The answer for an error.
    pub(crate) fn error(
        execution_id: &str,
        error: &ProcessorError,
        env_fingerprint: &str,
        redactor: &Redactor,
    ) -> Self {
        let envelope = Envelope::error(
            redactor.redact(execution_id),
            Failure::of(error, redactor),
            env_fingerprint,
        );
        Self {
            envelope,
            exit_status: error.code().exit_status(),
        }
    }

    pub(crate) const fn is_success(&self) -> bool {
        matches!(self.envelope, Envelope::Success { .. })
    }

    /// The envelope as a line, with its newline.
    pub(crate) fn line(&self) -> String {
        let mut line = self.envelope.to_line().unwrap_or_default(); // text and whole numbers: it cannot fail
        line.push('\n');
        line
    }
}

/// Replaces a folder's absolute path, wherever it stands as such and not as a part of another one.
fn with_folder_renamed(text: &str, folder: &str, name: &str) -> String {
    let folder = folder.trim_end_matches('/');
    if folder.is_empty() {
        return text.to_owned();
    }
    let is_of_a_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let mut renamed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(folder) {
        let is_whole = !before.ends_with(is_of_a_name) && !after.starts_with(is_of_a_name);
        renamed.push_str(before);
        renamed.push_str(if is_whole { name } else { folder });
        rest = after;
    }
    renamed.push_str(rest);
    renamed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_renamed_where_it_is_one() {
        for (text, renamed) in [
            ("no /data/a/b: \"/data/a\"", "no /artifacts/b: \"/artifacts\""),
            (
                "/data/ab, /data/a-b, /more/data/a",
                "/data/ab, /data/a-b, /more/data/a",
            ),
            ("/data/a", "/artifacts"),
        ] {
            assert_eq!(with_folder_renamed(text, "/data/a/", "/artifacts"), renamed);
        }
        assert_eq!(with_folder_renamed("/ and /x", "/", "/artifacts"), "/ and /x");
    }
}
