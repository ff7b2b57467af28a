//! The end of a run: commit, receipts, envelope.

use documents::envelope::Envelope;
use documents::json::is_canonical;
use documents::outputs::IndexEntry;
use documents::receipt::{Receipt, Rejected, Status};
use documents::{Error, ErrorCode, Failure};
use logging::{LONGEST_TEXT, Redactor};
use store::CommitError;

use super::answer::{Answer, report};
use super::execution::Execution;
use super::secrets::{check_secrets, find_secret};
use super::state::RunState;
use super::task::TaskOutcome;
use crate::contract::ProcessorOutput;
use crate::error::ProcessorError;
use crate::settings::Settings;

impl Execution {
    /// Commits or records a failure, and returns the answer.
    ///
    /// # Errors
    ///
    /// Those that leave no receipt.
    pub(super) fn finish(
        &self,
        result: Result<TaskOutcome, ProcessorError>,
        has_succeeded: bool,
        settings: &Settings,
        state: &RunState,
    ) -> Result<Answer, ProcessorError> {
        match result {
            Ok(TaskOutcome::AlreadyDone(previous)) => {
                let entries = self.store.complete(&previous)?;
                tracing::info!("already_done");
                success(&previous.receipt, entries)
            }
            Ok(TaskOutcome::Done(output)) => match self.commit(output, settings, state) {
                Ok((receipt, entries)) => {
                    tracing::info!(
                        outputs = entries.len(),
                        bytes = entries.iter().map(|entry| entry.size_bytes).sum::<u64>(),
                        index_sha256 = receipt.outputs_index_sha256,
                        duration_ms = receipt.duration_ms,
                        total_ms = state.total_ms(),
                        "run_succeeded"
                    );
                    success(&receipt, entries)
                }
                Err(CommitError::Halfway(error)) => Err(error.into()),
                Err(CommitError::Before(error)) => Ok(self.fail(error.into(), settings, state)),
            },
            // a success receipt is never overwritten
            Err(error) if has_succeeded => Err(error),
            Err(error) => Ok(self.fail(error, settings, state)),
        }
    }

    fn commit(
        &self,
        output: ProcessorOutput,
        settings: &Settings,
        state: &RunState,
    ) -> Result<(Receipt, Vec<IndexEntry>), CommitError> {
        let redactor = &state.redactor;
        check_usage(&output)?;
        check_secrets(&output.outputs, redactor)?;
        let staged = self.store.stage(output.outputs)?;
        let receipt = Receipt {
            outputs_index: Some(staged.index_path.clone()),
            outputs_index_sha256: Some(staged.index_sha256.clone()),
            processor_info: Some(redactor.redact(&output.processor_info)),
            usage: Some(
                output
                    .usage
                    .into_iter()
                    .map(|(name, number)| (redactor.redact(&name), number))
                    .collect(),
            ),
            status: Status::Success,
            extra: output
                .extra
                .into_iter()
                .map(|(name, text)| (redactor.redact(&name), redactor.redact(&text)))
                .chain(state.extra())
                .collect(),
            ..state.receipt(&self.execution_id, settings)
        };
        let bytes = receipt.to_bytes().map_err(|error| {
            Error::new(ErrorCode::ReceiptWrite, "the receipt has no canonical form").with_cause(error)
        })?;
        self.store.commit(&staged, &bytes)?;
        Ok((receipt, staged.entries))
    }

    fn fail(&self, error: ProcessorError, settings: &Settings, state: &RunState) -> Answer {
        let (error, rejected) = self.keep_rejected(error, &state.redactor);
        let is_recorded = self.store.record_failure(&Receipt {
            error: Some(Failure::new(
                error.code(),
                state.redactor.safe_text(error.message()),
            )),
            rejected,
            ..state.receipt(&self.execution_id, settings)
        });
        if is_recorded
            && state.has_start()
            && let Err(error) = self.store.start().clear()
        {
            tracing::warn!(%error, "start_not_removed"); // the next run counts this one as never ended
        }
        report(
            &error,
            self.execution_id.as_str(),
            state.mode(),
            settings,
            &state.redactor,
        )
    }

    /// Keeps the rejected answer of an error, and says so in its message.
    fn keep_rejected(
        &self,
        mut error: ProcessorError,
        redactor: &Redactor,
    ) -> (ProcessorError, Option<Rejected>) {
        let Some(answer) = error.take_rejected() else {
            return (error, None);
        };
        let kept = match find_secret(&answer, redactor) {
            Ok(Some(name)) => {
                let addition = format!("; its answer contains the value of {name} and is not kept");
                return (add(error, &addition, redactor), None);
            }
            Ok(None) => self
                .store
                .keep_rejected(answer)
                .map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        let addition = match &kept {
            Ok(rejected) => {
                let (sha256, bytes) = (rejected.sha256.as_str(), rejected.size_bytes);
                tracing::warn!(path = rejected.path, sha256, bytes, "answer_rejected");
                "; its answer is kept as rejected/response.bin"
            }
            Err(error) => {
                tracing::error!(error, "rejected_answer_not_kept");
                "; its answer could not be kept, and the log says why"
            }
        };
        (add(error, addition, redactor), kept.ok())
    }
}

/// Adds to a message, which may be so long that its end would be cut off.
fn add(error: ProcessorError, addition: &str, redactor: &Redactor) -> ProcessorError {
    error.map_message(|message| {
        let room = LONGEST_TEXT.saturating_sub(addition.chars().count() + 1);
        let message = redactor.safe_text(message);
        match message.char_indices().nth(room) {
            Some((end, _)) => format!("{}…{addition}", message.get(..end).unwrap_or_default()),
            None => format!("{message}{addition}"),
        }
    })
}

fn success(receipt: &Receipt, entries: Vec<IndexEntry>) -> Result<Answer, ProcessorError> {
    let line = Envelope::success(receipt, entries).to_line().map_err(|error| {
        ProcessorError::new(ErrorCode::Processor, "the envelope cannot be written").with_cause(error)
    })?;
    Ok(Answer { line, status: 0 })
}

fn check_usage(output: &ProcessorOutput) -> Result<(), Error> {
    match output.usage.iter().find(|(_, number)| !is_canonical(**number)) {
        None => Ok(()),
        Some((name, _)) => Err(Error::new(
            ErrorCode::Processor,
            format!("the provider gave a number that is not finite, or too large, as usage {name:?}"),
        )),
    }
}
