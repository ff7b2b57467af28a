//! What becomes of one line.

use std::path::PathBuf;
use std::sync::Arc;

use documents::ErrorCode;
use documents::envelope::Envelope;
use tracing::Dispatch;
use tracing::instrument::WithSubscriber as _;

use super::file::BatchFile;
use super::ids::{Key, LineId};
use crate::adapter::{Adapter, OnNote, RunContext};
use crate::call::{Call, Outcome};
use crate::cancel::Cancel;
use crate::error::Error;
use crate::execute::{earlier_success, execute, refuse};
use crate::run::format::Reader;
use crate::run::logging::Logging;
use crate::run::plan::{Checked, Document, Plan};
use crate::run::service::Service;
use crate::run::{save, save_dir};
use crate::session::Session;

/// What every line's run needs.
pub(super) struct Batch {
    /// How many lines run at once.
    pub(super) jobs: usize,
    pub(super) plan: Plan,
    pub(super) adapter: Arc<dyn Adapter>,
    pub(super) logging: Logging,
    pub(super) cancel: Cancel,
    pub(super) file: Arc<BatchFile>,
    pub(super) reader: Reader,
    /// What every execution id begins with.
    pub(super) name: String,
    /// The command that goes on with the batch.
    pub(super) go_on: String,
    pub(super) save_dir: Option<PathBuf>,
    pub(super) session: Session,
}

/// A line before its run.
pub(super) struct Prepared {
    pub(super) label: Option<Box<str>>,
    pub(super) state: State,
}

/// Whether a line has to run.
pub(super) enum State {
    Ready(Ready),
    /// It was done before; whether it is saved in `--save-dir`.
    Done(Envelope, bool),
    /// It may not run: see [`Batch::refuse`].
    Unfit(Ready, Error),
    /// It has no place for receipts.
    Refused(Outcome),
    /// The file has another line there than it had in the first pass.
    Changed(Outcome),
}

/// A line whose run may start.
pub(super) struct Ready {
    pub(super) call: Call,
    pub(super) service: Service,
    pub(super) dispatch: Dispatch,
}

impl Batch {
    /// Reads a line that has this id, and checks whether it has to run.
    pub(super) fn prepare(&self, id: LineId, bytes: &[u8]) -> Prepared {
        let execution_id = id.in_batch(&self.name);
        let ended = |outcome| Prepared {
            label: None,
            state: outcome,
        };
        let failed = |error: &Error| Outcome::error(&execution_id, error, self.plan.redactor());
        let Ok((label, document)) = self.read(bytes) else {
            return ended(State::Changed(failed(&changed())));
        };
        if Key::new(&self.plan.entry().processor_ref, &document.hashes) != id.key {
            return ended(State::Changed(failed(&changed())));
        }
        let label = label.map(|label| self.plan.redactor().redact(&label).into());
        let service = document.service.clone();
        let state = match self.plan.call(&execution_id, Ok(document)) {
            Ok(Checked { call, verdict }) => self.state(call, service, verdict),
            Err(error) => State::Refused(failed(&error)),
        };
        Prepared { label, state }
    }

    fn read(&self, bytes: &[u8]) -> Result<(Option<String>, Document), Error> {
        let document = self.reader.document(bytes)?;
        let labelled = self.reader.read(&document)?;
        Ok((labelled.label, self.plan.document(labelled.inputs)?))
    }

    fn state(&self, call: Call, service: Service, verdict: Result<(), Error>) -> State {
        let ready = Ready {
            dispatch: self.logging.dispatch(&call),
            service,
            call,
        };
        // first: what is done needs no secret, and no schema that may be another by now
        if let Some(envelope) = earlier_success(self.plan.store(), &ready.call) {
            let is_saved = self.save(&ready, &envelope);
            return State::Done(envelope, is_saved);
        }
        match verdict {
            Ok(()) => match self.check_save_dir(&ready) {
                Ok(()) => State::Ready(ready),
                Err(error) => State::Unfit(ready, error),
            },
            Err(error) => State::Unfit(ready, error),
        }
    }

    /// Records that a line may not run.
    pub(super) fn refuse(&self, ready: &Ready, error: &Error) -> Outcome {
        tracing::dispatcher::with_default(&ready.dispatch, || refuse(self.plan.store(), &ready.call, error))
    }

    /// Runs a line once.
    pub(super) async fn run(&self, ready: &Ready, on_note: Box<OnNote>) -> Outcome {
        let context = RunContext {
            cancel: self.cancel.clone(),
            log: self.logging.of_processor(Some(on_note)),
        };
        let executed = execute(&*self.adapter, self.plan.store(), &ready.call, &context);
        executed.with_subscriber(ready.dispatch.clone()).await
    }

    /// Checks that a success could be copied to `--save-dir`.
    fn check_save_dir(&self, ready: &Ready) -> Result<(), Error> {
        let Some(dir) = &self.save_dir else {
            return Ok(());
        };
        let id = ready.call.execution_id.as_str();
        let dir = dir.join(id);
        if !self.session.environment.path(&dir).exists() {
            return Ok(());
        }
        save_dir::check(&dir, id, self.plan.store(), &self.session.environment)
    }

    /// Copies a success to `--save-dir`.
    pub(super) fn save(&self, ready: &Ready, envelope: &Envelope) -> bool {
        let Some(dir) = &self.save_dir else {
            return true;
        };
        let dir = dir.join(ready.call.execution_id.as_str());
        match save::copy(envelope, self.plan.store(), &dir, &self.session.environment) {
            Ok(()) => true,
            Err(error) => {
                tracing::dispatcher::with_default(&ready.dispatch, || {
                    tracing::error!(code = error.code().as_str(), error = error.message(), "not_saved");
                });
                false
            }
        }
    }
}

/// The error of a line that the first pass has not seen.
pub(super) fn changed() -> Error {
    Error::new(
        ErrorCode::Inputs,
        "the batch's file changed while its lines were run",
    )
    .hint("run the same command again")
}
