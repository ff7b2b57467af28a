//! What becomes of one line.

use std::path::PathBuf;
use std::sync::Arc;

use documents::envelope::Envelope;
use tracing::Dispatch;
use tracing::instrument::WithSubscriber as _;

use crate::adapter::{Adapter, OnPause, RunContext};
use crate::call::{Call, Outcome};
use crate::cancel::Cancel;
use crate::error::Error;
use crate::execute::{earlier_success, execute, refuse};
use crate::run::logging::Logging;
use crate::run::plan::{Checked, Plan};
use crate::run::save;
use crate::run::service::Service;
use crate::session::Session;

/// What every line's run needs.
pub(super) struct Batch {
    pub(super) plan: Plan,
    pub(super) adapter: Arc<dyn Adapter>,
    pub(super) logging: Logging,
    pub(super) cancel: Cancel,
    /// What every execution id begins with.
    pub(super) name: String,
    pub(super) resume: bool,
    pub(super) save_dir: Option<PathBuf>,
    pub(super) session: Session,
}

/// A line before its run.
pub(super) enum Prepared {
    Ready(Ready),
    /// It has ended, without an outcome if an earlier call ran it; then, whether it is saved in `--save-dir`.
    Ended(Option<Outcome>, bool),
}

/// A line whose run may start.
pub(super) struct Ready {
    pub(super) call: Call,
    pub(super) service: Service,
    pub(super) dispatch: Dispatch,
}

impl Batch {
    /// Reads a line, and checks whether it has to run.
    pub(super) fn prepare(&self, number: u64, document: Result<Vec<u8>, Error>) -> Prepared {
        let document = document.and_then(|bytes| self.plan.document(&bytes));
        let (execution_id, service) = match &document {
            Ok(document) => {
                let hash = document.hashes.inputs_sha256.get(..8).unwrap_or_default();
                (format!("{}-{number}-{hash}", self.name), document.service.clone())
            }
            Err(_) => (format!("{}-{number}", self.name), Service::default()),
        };
        let Checked { call, verdict } = match self.plan.call(&execution_id, document) {
            Ok(checked) => checked,
            Err(error) => {
                let outcome = Outcome::error(&execution_id, &error, "", self.plan.redactor());
                return Prepared::Ended(Some(outcome), true);
            }
        };
        let ready = Ready {
            dispatch: self.logging.dispatch(&call),
            service,
            call,
        };
        match verdict {
            Err(error) => {
                let outcome =
                    tracing::dispatcher::with_default(&ready.dispatch, || refuse(&ready.call, &error));
                Prepared::Ended(Some(outcome), true)
            }
            Ok(()) => match self.resume.then(|| earlier_success(&ready.call)).flatten() {
                Some(envelope) => Prepared::Ended(None, self.save(&ready, &envelope)),
                None => Prepared::Ready(ready),
            },
        }
    }

    /// Runs a line once.
    pub(super) async fn run(&self, ready: &Ready, on_pause: Box<OnPause>) -> Outcome {
        let context = RunContext {
            cancel: self.cancel.clone(),
            log: self.logging.of_processor(Some(on_pause)),
        };
        let executed = execute(&*self.adapter, &ready.call, &context);
        executed.with_subscriber(ready.dispatch.clone()).await
    }

    /// Copies a success to `--save-dir`.
    pub(super) fn save(&self, ready: &Ready, envelope: &Envelope) -> bool {
        let Some(dir) = &self.save_dir else {
            return true;
        };
        let dir = dir.join(ready.call.execution_id.as_str());
        match save::copy(envelope, self.plan.artifacts(), &dir, &self.session.environment) {
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
