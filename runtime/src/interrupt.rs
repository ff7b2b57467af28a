//! What interrupts a run: its deadline, or a signal.

use std::sync::Arc;
use std::time::Instant;

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

/// The one place that decides why a run ends, once. Provider and supervisor both ask it: on a busy machine either may be the first
/// to notice that the deadline has passed.
#[derive(Clone, Debug)]
pub(crate) struct Interruption {
    decided: Arc<watch::Sender<Option<Interrupt>>>,
    deadline: Option<Instant>,
}

impl Interruption {
    pub(crate) fn new(deadline: Option<Instant>) -> Self {
        Self {
            decided: Arc::new(watch::Sender::new(None)),
            deadline,
        }
    }

    /// The reason that stands if this is one: the first, or the deadline if it passed before the first was noticed.
    pub(crate) fn decide(&self, interrupt: Interrupt) -> Interrupt {
        let mut stands = interrupt;
        self.decided.send_if_modified(|decided| {
            let is_first = decided.is_none();
            let first = if self.is_late() {
                Interrupt::Timeout
            } else {
                interrupt
            };
            stands = *decided.get_or_insert(first);
            is_first
        });
        stands
    }

    /// The reason that stands, if there is one by now.
    pub(crate) fn check(&self) -> Option<Interrupt> {
        self.get()
            .or_else(|| self.is_late().then(|| self.decide(Interrupt::Timeout)))
    }

    fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= Instant::now())
    }

    pub(crate) fn get(&self) -> Option<Interrupt> {
        *self.decided.borrow()
    }

    /// Waits for the deadline or another interrupt; never ends without one.
    pub(crate) async fn wait(&self) -> Interrupt {
        let mut receiver = self.decided.subscribe();
        let other = async {
            match receiver.wait_for(Option::is_some).await.map(|seen| *seen) {
                Ok(Some(interrupt)) => interrupt,
                Ok(None) | Err(_) => std::future::pending().await,
            }
        };
        let deadline = async {
            match self.deadline {
                Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            interrupt = other => interrupt,
            () = deadline => self.decide(Interrupt::Timeout),
        }
    }
}
