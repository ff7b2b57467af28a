//! One execution with its folders, to itself.

use std::time::{Duration, Instant};

use super::deadline;
use crate::cli::Arguments;
use crate::interrupt::Interrupt;
use crate::settings::Settings;
use crate::signals::Signals;
use contracts::ExecutionId;
use contracts::WritePrefix;
use contracts::store::Store;
use contracts::{ErrorCode, ProcessorError};

/// How often a run looks whether another one of the same execution has ended.
const LOCK_POLL: Duration = Duration::from_millis(20);

/// One execution whose names are good and whose folders are open.
pub(super) struct Execution {
    pub(super) execution_id: ExecutionId,
    pub(super) store: Store,
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
                "ARTIFACTS_BASE_DIR is a URL, and this processor writes to folders only",
            ));
        }
        Ok(Self {
            store: Store::open(&settings.base, prefix, execution_id.clone())?,
            execution_id,
        })
    }

    /// Waits until no other run of this execution or in this prefix goes on.
    ///
    /// The error leaves no receipt: the run that has the lock writes them.
    pub(super) fn lock(
        &self,
        settings: &Settings,
        started: Instant,
        signals: &Signals,
    ) -> Result<(), ProcessorError> {
        let deadline = deadline(started, settings);
        let mut is_told = false;
        loop {
            match self.store.try_lock() {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "lock_unavailable");
                    return Ok(());
                }
            }
            if !is_told {
                tracing::info!("waiting_for_another_run");
                is_told = true;
            }
            if let Some(signal) = signals.wait(Some(LOCK_POLL)) {
                return Err(Interrupt::Signal(signal).error());
            }
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return Err(Interrupt::Timeout.error());
            }
        }
    }
}
