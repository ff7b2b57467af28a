//! Lets the work be ended from outside: by its deadline, or by a signal.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::Dispatch;

use super::work::{self, Job, Work};
use crate::config::CLEAN_UP_GRACE;
use crate::error::ProcessorError;
use crate::interrupt::{Interrupt, Interruption};
use crate::signals::Signals;
use documents::ErrorCode;

/// How long a provider that is not cleaning up has to come back after an interruption.
const RESPONSE_GRACE: Duration = Duration::from_secs(1);

/// Ends the run with this result; gives the exit status.
pub(super) type End = Box<dyn FnOnce(Result<Work, ProcessorError>) -> u8 + Send>;

/// Takes the exit status of a run whose provider did not come back; in a process of its own, it does not return.
pub(super) type Abandon = Box<dyn FnOnce(u8) + Send>;

/// The right to end the run, which is there once: the thread that works and the one that supervises both ask for it.
#[derive(Clone)]
struct Ending(Arc<Mutex<Option<End>>>);

impl Ending {
    fn take(&self) -> Option<End> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn is_taken(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }
}

/// Does a job on this thread, and ends the run. Another thread waits for the deadline and for signals; if the job does
/// not come back after one of them, it ends the run in its stead, and this function never returns.
pub(super) fn run(job: Job, end: End, signals: Signals, dispatch: Dispatch, abandon: Abandon) -> u8 {
    let ending = Ending(Arc::new(Mutex::new(Some(end))));
    let interruption = job.interruption.clone();
    let is_cleaning_up = Arc::new(AtomicBool::new(false));
    let supervisor = Supervisor {
        ending: ending.clone(),
        interruption: interruption.clone(),
        deadline: job.deadline,
        is_cleaning_up: Arc::clone(&is_cleaning_up),
    };
    let sender = signals.sender().and_then(|sender| {
        std::thread::Builder::new()
            .name("supervisor".into())
            .spawn(move || supervisor.run(&signals, &dispatch, abandon))
            .map(|_| sender)
    });
    let result = match &sender {
        Ok(_) => work::run(job, is_cleaning_up),
        Err(error) => Err(ProcessorError::new(
            ErrorCode::Processor,
            format!("the supervising thread cannot be started: {error}"),
        )),
    };
    let Some(end) = ending.take() else {
        loop {
            std::thread::park(); // the run is being ended
        }
    };
    let status = end(match interruption.get() {
        None => result,
        Some(interrupt) => Err(error_of(interrupt, result)),
    });
    if let Ok(sender) = sender {
        sender.wake();
    }
    status
}

struct Supervisor {
    ending: Ending,
    interruption: Interruption,
    deadline: Option<Instant>,
    is_cleaning_up: Arc<AtomicBool>,
}

impl Supervisor {
    fn run(self, signals: &Signals, dispatch: &Dispatch, abandon: Abandon) {
        let Some(interrupt) = self.wait(signals) else {
            return;
        };
        if let Some(end) = self.ending.take() {
            let _guard = tracing::dispatcher::set_default(dispatch);
            abandon(end(Err(interrupt.error())));
        }
    }

    /// Waits until the run has ended, or has to be ended from here.
    fn wait(&self, signals: &Signals) -> Option<Interrupt> {
        let mut interrupted: Option<(Interrupt, Instant)> = None;
        let mut is_signalled = false;
        while !self.ending.is_taken() {
            let now = Instant::now();
            let wake_at = match interrupted {
                None => self.deadline,
                Some((interrupt, since)) if since + self.grace() <= now => return Some(interrupt),
                Some((_, since)) => Some(since + self.grace()),
            };
            if interrupted.is_none() && wake_at.is_some_and(|deadline| deadline <= now) {
                interrupted = Some((self.interrupt(Interrupt::Timeout), now));
                continue;
            }
            let signal = signals.wait(wake_at.map(|at| at.saturating_duration_since(now)));
            match (signal, interrupted) {
                (None, _) => {}
                (Some(signal), None) => {
                    is_signalled = true;
                    interrupted = Some((self.interrupt(Interrupt::Signal(signal)), Instant::now()));
                }
                // the second time it is meant
                (Some(_), Some((interrupt, _))) if is_signalled => return Some(interrupt),
                (Some(_), Some(_)) => is_signalled = true, // who sends it need not know of the deadline
            }
        }
        None
    }

    fn interrupt(&self, interrupt: Interrupt) -> Interrupt {
        self.interruption.set(interrupt);
        interrupt
    }

    fn grace(&self) -> Duration {
        if self.is_cleaning_up.load(Ordering::Acquire) {
            CLEAN_UP_GRACE + RESPONSE_GRACE
        } else {
            RESPONSE_GRACE
        }
    }
}

/// The error of an interrupted run: the provider's own where it speaks of the interruption, as it may know more.
fn error_of(interrupt: Interrupt, result: Result<Work, ProcessorError>) -> ProcessorError {
    let error = interrupt.error();
    match result {
        Err(own) if own.code() == error.code() => own,
        Ok(_) | Err(_) => error,
    }
}
