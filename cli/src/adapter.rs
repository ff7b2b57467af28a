//! Adapters: where a processor runs, behind one call.

mod answer;
mod cancel;
mod container;
mod engine;
mod executable;
mod failure;
mod launch;
mod process;
mod stderr;
mod supervise;

use std::sync::Arc;
use std::time::Instant;

use documents::Error as ProcessorError;
use documents::receipt::Status;
use logging::Redactor;
use store::local::Dir;

pub(crate) use answer::earlier_success;
pub(crate) use cancel::{Asked, Cancel};
pub(crate) use engine::Engine;
pub(crate) use stderr::{Forward, Heard, Pause};

use crate::call::{Call, Outcome};
use crate::registry::{Entry, Registry};
use launch::Launch;

/// A processor on this machine, ready to be run any number of times.
#[derive(Clone, Debug)]
pub(crate) enum Adapter {
    /// Its own binary, as a child process.
    Process(process::Program),
    /// Its image, by a container engine.
    Container(container::Program),
}

impl Adapter {
    /// Finds, and where it is asked for builds, what an entry's runs start.
    ///
    /// # Errors
    ///
    /// `ERR_ADAPTER_INVOCATION` where there is no binary or no engine, `ERR_IMAGE_UNPINNED`, `ERR_IMAGE_PULL`.
    pub(crate) fn prepare(
        engine: Option<Engine>,
        entry: &Entry,
        registry: &Registry,
        build: bool,
        redactor: &Redactor,
    ) -> Result<Self, ProcessorError> {
        Ok(match engine {
            None => Self::Process(process::Program::prepare(entry, registry, build)?),
            Some(engine) => Self::Container(container::Program::prepare(
                engine, entry, registry, build, redactor,
            )?),
        })
    }

    /// What the receipts call the image.
    fn image(&self) -> &str {
        match self {
            Self::Process(program) => program.image(),
            Self::Container(program) => program.image(),
        }
    }

    fn launch(&self, call: &Call) -> Result<Launch, ProcessorError> {
        match self {
            Self::Process(program) => program.launch(call),
            Self::Container(program) => program.launch(call),
        }
    }

    /// Runs one call to its end; what fails, the receipts say too, as far as the disk lets them.
    pub(crate) async fn invoke(&self, call: &Call, cancel: &Cancel, forward: &Arc<Forward>) -> Outcome {
        let started = Instant::now();
        tracing::info!(
            image = self.image(),
            inputs_hash = call.hashes.as_ref().map(|hashes| hashes.inputs_hash.as_str()),
            inputs_sha256 = call.hashes.as_ref().map(|hashes| hashes.inputs_sha256.as_str()),
            timeout_ms = call.timeout.as_millis(),
            plan_id = call.plan_id,
            "run_started"
        );
        let outcome = match self.try_invoke(call, cancel, forward, started).await {
            Ok(outcome) => outcome,
            Err(error) => failure::record(call, Some(self.image()), &error, started.elapsed()),
        };
        tracing::info!(
            exit_status = outcome.exit_status,
            duration_ms = started.elapsed().as_millis(),
            "run_ended"
        );
        outcome
    }

    async fn try_invoke(
        &self,
        call: &Call,
        cancel: &Cancel,
        forward: &Arc<Forward>,
        started: Instant,
    ) -> Result<Outcome, ProcessorError> {
        let had_succeeded = has_succeeded(call);
        let launch = self.launch(call)?;
        let ended = supervise::run(launch, call, cancel, forward).await?;
        answer::check(ended, call, self.image(), had_succeeded, started.elapsed())
    }
}

/// Refuses a call before anything is started; the receipts say so, as far as the disk lets them.
pub(crate) fn refuse(call: &Call, error: &ProcessorError) -> Outcome {
    failure::record(call, None, error, std::time::Duration::ZERO)
}

/// Whether this execution id has a success receipt.
fn has_succeeded(call: &Call) -> bool {
    Dir::open(&call.artifacts)
        .is_ok_and(|root| store::status(&root, &call.execution_id) == Some(Status::Success))
}
