//! One execution and its store.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use documents::{Error, ErrorCode, ExecutionId, WritePrefix};
use store::ExecutionStore;
use store::local::LocalStore;

use crate::cli::Arguments;
use crate::error::ProcessorError;
use crate::interrupt::Interrupt;
use crate::settings::Settings;
use crate::signals::Signals;

/// How often a run checks whether another one of the same execution has ended.
const LEASE_POLL: Duration = Duration::from_millis(20);

/// Opens the store of one execution.
pub type OpenStore =
    Box<dyn FnOnce(WritePrefix, ExecutionId) -> Result<Box<dyn ExecutionStore>, Error> + Send>;

pub(super) struct Execution {
    pub(super) execution_id: ExecutionId,
    /// The write prefix with the execution id in it.
    pub(super) write_prefix: String,
    pub(super) store: Box<dyn ExecutionStore>,
}

impl Execution {
    pub(super) fn open(arguments: &Arguments, open_store: OpenStore) -> Result<Self, ProcessorError> {
        let execution_id = ExecutionId::parse(&arguments.execution_id.to_string_lossy())?;
        let template = arguments
            .write_prefix
            .to_str()
            .ok_or_else(|| ProcessorError::new(ErrorCode::PrefixTemplate, "the write prefix is not UTF-8"))?;
        let prefix = WritePrefix::expand(template, &execution_id)?;
        Ok(Self {
            write_prefix: format!("/artifacts/{}/", prefix.segments().join("/")),
            store: open_store(prefix, execution_id.clone())?,
            execution_id,
        })
    }

    /// Waits until no other run has this execution or this prefix. An error leaves no receipt: the run that has the lease writes it.
    pub(super) fn lease(
        &self,
        settings: &Settings,
        started: Instant,
        signals: &Signals,
    ) -> Result<(), ProcessorError> {
        let deadline = settings.deadline(started);
        let mut is_logged = false;
        loop {
            match self.store.try_lease() {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "lock_unavailable");
                    return Ok(());
                }
            }
            if !is_logged {
                tracing::info!("waiting_for_another_run");
                is_logged = true;
            }
            if let Some(signal) = signals.wait(Some(LEASE_POLL)) {
                return Err(Interrupt::Signal(signal).error());
            }
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return Err(Interrupt::Timeout.error());
            }
        }
    }
}

/// Opens stores below a directory of this machine.
pub(super) fn local_store(base: PathBuf) -> OpenStore {
    Box::new(move |prefix, execution_id| {
        if base.to_string_lossy().contains("://") {
            let message = "ARTIFACTS_BASE_DIR is a URL, and this processor writes to directories only";
            return Err(Error::new(ErrorCode::Usage, message));
        }
        Ok(Box::new(LocalStore::open(&base, prefix, execution_id)?))
    })
}
