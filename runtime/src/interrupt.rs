//! What interrupts a run: its deadline, or a signal.

use std::sync::Arc;

use documents::Signal;
use tokio::sync::watch;

use crate::error::ProcessorError;

/// Why a run has to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interrupt {
    Timeout,
    Signal(Signal),
}

impl Interrupt {
    pub(crate) fn error(self) -> ProcessorError {
        match self {
            Self::Timeout => ProcessorError::timed_out(),
            Self::Signal(signal) => ProcessorError::cancelled(signal),
        }
    }
}

/// Carries the first [`Interrupt`] from the supervisor to the worker.
#[derive(Clone, Debug)]
pub(crate) struct Interruption(Arc<watch::Sender<Option<Interrupt>>>);

impl Interruption {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }

    /// Keeps the first interrupt: it is the reason.
    pub(crate) fn set(&self, interrupt: Interrupt) {
        self.0.send_if_modified(|current| {
            let is_first = current.is_none();
            current.get_or_insert(interrupt);
            is_first
        });
    }

    pub(crate) fn get(&self) -> Option<Interrupt> {
        *self.0.borrow()
    }

    /// Waits for an interrupt; never ends without one.
    pub(crate) async fn wait(&self) -> Interrupt {
        let mut receiver = self.0.subscribe();
        match receiver.wait_for(Option::is_some).await.map(|seen| *seen) {
            Ok(Some(interrupt)) => interrupt,
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }
}
