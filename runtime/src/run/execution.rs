//! One execution with its store, leased.

use std::time::{Duration, Instant};

use crate::cli::Arguments;
use crate::error::ProcessorError;
use crate::interrupt::Interrupt;
use crate::settings::Settings;
use crate::signals::Signals;
use documents::ErrorCode;
use documents::ExecutionId;
use documents::WritePrefix;
use store::ExecutionStore;
use store::local::LocalStore;

/// How often a run checks whether another one of the same execution has ended.
const LEASE_POLL: Duration = Duration::from_millis(20);

/// One execution whose names are valid and whose store is open.
pub(super) struct Execution {
    pub(super) execution_id: ExecutionId,
    pub(super) store: Box<dyn ExecutionStore>,
}

impl Execution {
    pub(super) fn open(arguments: &Arguments, settings: &Settings) -> Result<Self, ProcessorError> {
        let execution_id = ExecutionId::parse(&arguments.execution_id.to_string_lossy())?;
        let template = arguments
            .write_prefix
            .to_str()
            .ok_or_else(|| ProcessorError::new(ErrorCode::PrefixTemplate, "the write prefix is not UTF-8"))?;
        let prefix = WritePrefix::expand(template, &execution_id)?;
        if settings.base.to_string_lossy().contains("://") {
            return Err(ProcessorError::new(
                ErrorCode::Usage,
                "ARTIFACTS_BASE_DIR is a URL, and this processor writes to directories only",
            ));
        }
        Ok(Self {
            store: Box::new(LocalStore::open(&settings.base, prefix, execution_id.clone())?),
            execution_id,
        })
    }

    /// Waits until no other run has this execution or this prefix.
    ///
    /// An error leaves no receipt: the run that has the lease writes them.
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
