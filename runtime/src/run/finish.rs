//! The end of a run: commit, receipts, envelope.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::answer::{Answer, report};
use super::execution::Execution;
use super::work::Work;
use crate::contract::ProcessorOutput;
use crate::settings::Settings;
use contracts::Clock;
use contracts::Mode;
use contracts::envelope::Envelope;
use contracts::inputs::{HASH_SCHEMA, Hashes};
use contracts::json::is_canonical;
use contracts::outputs::{IndexEntry, check_secrets};
use contracts::receipt::{Failure, Receipt, Rejected, Status};
use contracts::redact::Redactor;
use contracts::store::{Keeping, Stopped};
use contracts::{ErrorCode, ProcessorError};

/// What has become known of a run so far: whichever thread ends it, the receipts say it.
#[derive(Clone)]
pub(super) struct Known {
    facts: Arc<Mutex<Facts>>,
    started: Instant,
    clock: Clock,
    redactor: Redactor,
}

#[derive(Default)]
struct Facts {
    mode: Option<Mode>,
    hashes: Option<Hashes>,
    runner_started: Option<Instant>,
    runner_ms: Option<u64>,
}

impl Known {
    pub(super) fn new(started: Instant, clock: Clock, redactor: Redactor) -> Self {
        Self {
            facts: Arc::default(),
            started,
            clock,
            redactor,
        }
    }

    pub(super) fn set_inputs(&self, mode: Mode, hashes: Hashes) {
        let mut facts = self.facts();
        facts.mode = Some(mode);
        facts.hashes = Some(hashes);
    }

    pub(super) fn hashes(&self) -> Option<Hashes> {
        self.facts().hashes.clone()
    }

    pub(super) fn start_runner(&self) {
        self.facts().runner_started = Some(Instant::now());
    }

    pub(super) fn stop_runner(&self) {
        let mut facts = self.facts();
        facts.runner_ms = Some(facts.took_ms(self.clock));
    }

    fn total_ms(&self) -> u64 {
        milliseconds(self.clock.since(self.started))
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A receipt with all that is known, for an error as long as nothing else is said.
    fn receipt(&self, execution: &Execution, settings: &Settings) -> Receipt {
        let facts = self.facts();
        let hashes = facts.hashes.clone();
        Receipt {
            execution_id: execution.execution_id.as_str().to_owned(),
            processor_ref: settings.processor_ref.as_str().to_owned(),
            image_digest: settings.image_digest.clone(),
            env_fingerprint: settings.env_fingerprint.clone(),
            inputs_hash: hashes.as_ref().map(|hashes| hashes.inputs_hash.clone()),
            hash_schema: HASH_SCHEMA.to_owned(),
            inputs_sha256: hashes.map(|hashes| hashes.inputs_sha256),
            outputs_index: None,
            outputs_index_sha256: None,
            processor_info: None,
            usage: None,
            timestamp_utc: self.clock.timestamp(),
            duration_ms: facts.took_ms(self.clock),
            mode: facts.mode,
            status: Status::Error,
            error: None,
            extra: Default::default(),
            rejected: None,
        }
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Facts {
    /// The runner's time so far; 0 where it was not reached.
    fn took_ms(&self, clock: Clock) -> u64 {
        self.runner_ms.unwrap_or_else(|| {
            self.runner_started
                .map_or(0, |started| milliseconds(clock.since(started)))
        })
    }
}

impl Execution {
    /// Writes what the result calls for, and gives the answer.
    ///
    /// # Errors
    ///
    /// Those that leave no receipt.
    pub(super) fn finish(
        &self,
        result: Result<Work, ProcessorError>,
        has_succeeded: bool,
        settings: &Settings,
        known: &Known,
    ) -> Result<Answer, ProcessorError> {
        match result {
            Ok(Work::AlreadyDone(prior)) => {
                let entries = self.store.complete(&prior)?;
                tracing::info!("already_done");
                success(&prior.receipt, entries)
            }
            Ok(Work::Done(output)) => match self.commit(output, settings, known) {
                Ok((receipt, entries)) => {
                    tracing::info!(
                        outputs = entries.len(),
                        bytes = entries.iter().map(|entry| entry.size_bytes).sum::<u64>(),
                        index_sha256 = receipt.outputs_index_sha256,
                        duration_ms = receipt.duration_ms,
                        total_ms = known.total_ms(),
                        "run_succeeded"
                    );
                    success(&receipt, entries)
                }
                Err(Stopped::Halfway(error)) => Err(error),
                Err(Stopped::Before(error)) => Ok(self.fail(error, settings, known)),
            },
            // a success receipt is never overwritten, and says all there is to say
            Err(error) if has_succeeded => Err(error),
            Err(error) => Ok(self.fail(error, settings, known)),
        }
    }

    fn commit(
        &self,
        output: ProcessorOutput,
        settings: &Settings,
        known: &Known,
    ) -> Result<(Receipt, Vec<IndexEntry>), Stopped> {
        let redactor = &known.redactor;
        check_usage(&output)?;
        check_secrets(&output.outputs, redactor)?;
        let staged = self.store.stage(output.outputs)?;
        let receipt = Receipt {
            outputs_index: Some(self.store.index_path()?.as_str().to_owned()),
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
                .collect(),
            ..known.receipt(self, settings)
        };
        let bytes = receipt.to_bytes().map_err(|error| {
            ProcessorError::new(ErrorCode::ReceiptWrite, "the receipt has no canonical form")
                .with_cause(error)
        })?;
        self.store.commit(&staged, &bytes)?;
        if let Err(error) = self.store.remove_staging() {
            tracing::warn!(%error, "staging_not_removed");
        }
        Ok((receipt, staged.entries))
    }

    fn fail(&self, error: ProcessorError, settings: &Settings, known: &Known) -> Answer {
        let (error, rejected) = self.keep_rejected(error, &known.redactor);
        self.store.record_failure(&Receipt {
            error: Some(Failure::of(&error, &known.redactor)),
            rejected,
            ..known.receipt(self, settings)
        });
        report(&error, self.execution_id.as_str(), settings, &known.redactor)
    }
}

impl Execution {
    /// Keeps the answer that an error came with, and says so in the error.
    fn keep_rejected(
        &self,
        mut error: ProcessorError,
        redactor: &Redactor,
    ) -> (ProcessorError, Option<Rejected>) {
        let Some(answer) = error.take_rejected() else {
            return (error, None);
        };
        let (what, rejected) = match self.store.keep_rejected(answer, redactor) {
            Ok(Keeping::Kept(rejected)) => {
                let (sha256, bytes) = (rejected.sha256.as_str(), rejected.size_bytes);
                tracing::warn!(path = rejected.path, sha256, bytes, "answer_rejected");
                (
                    "; its answer is kept as rejected/response.bin".to_owned(),
                    Some(rejected),
                )
            }
            Ok(Keeping::HasSecret(name)) => (
                format!("; its answer contains the value of {name} and is not kept"),
                None,
            ),
            Err(problem) => {
                tracing::error!(error = problem.message(), "rejected_answer_not_kept");
                (
                    "; its answer could not be kept, and the log says why".to_owned(),
                    None,
                )
            }
        };
        (error.reworded(|message| format!("{message}{what}")), rejected)
    }
}

fn success(receipt: &Receipt, entries: Vec<IndexEntry>) -> Result<Answer, ProcessorError> {
    let line = Envelope::success(receipt, entries).to_line().map_err(|error| {
        ProcessorError::new(ErrorCode::Processor, "the envelope cannot be written").with_cause(error)
    })?;
    Ok(Answer { line, status: 0 })
}

fn check_usage(output: &ProcessorOutput) -> Result<(), ProcessorError> {
    match output.usage.iter().find(|(_, number)| !is_canonical(**number)) {
        None => Ok(()),
        Some((name, _)) => Err(ProcessorError::new(
            ErrorCode::Processor,
            format!("the provider gave a number that is not finite, or too large, as usage {name:?}"),
        )),
    }
}
