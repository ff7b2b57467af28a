//! Ends a task at its deadline or at a signal.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use documents::ErrorCode;
use tracing::Dispatch;

use super::task::{self, Task, TaskOutcome};
use crate::config::CLEAN_UP_GRACE;
use crate::error::ProcessorError;
use crate::interrupt::{Interrupt, Interruption};
use crate::signals::Signals;

/// How long a provider that is not cleaning up has to return after an interruption.
const RESPONSE_GRACE: Duration = Duration::from_secs(1);

/// Finishes the run with this result; returns the exit status.
pub(super) type Finish = Box<dyn FnOnce(Result<TaskOutcome, ProcessorError>) -> u8 + Send>;

/// Exits with this status while the provider still runs. It does not return where the run is the whole process.
pub(super) type Exit = Box<dyn FnOnce(u8) + Send>;

/// The right to finish the run, which either the worker or the supervisor takes.
#[derive(Clone)]
struct FinishOnce(Arc<Mutex<Option<Finish>>>);

impl FinishOnce {
    fn take(&self) -> Option<Finish> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn is_taken(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }
}

/// Runs a task on this thread and finishes the run. A second thread waits for the deadline and for signals; if the task does not
/// return after one of them, that thread finishes the run, and this function never returns.
pub(super) fn run(task: Task, finish: Finish, signals: Signals, dispatch: Dispatch, exit: Exit) -> u8 {
    let finish = FinishOnce(Arc::new(Mutex::new(Some(finish))));
    let interruption = task.interruption.clone();
    let is_cleaning_up = Arc::new(AtomicBool::new(false));
    let supervisor = Supervisor {
        finish: finish.clone(),
        interruption: interruption.clone(),
        deadline: task.deadline,
        is_cleaning_up: Arc::clone(&is_cleaning_up),
    };
    let sender = signals.sender().and_then(|sender| {
        std::thread::Builder::new()
            .name("supervisor".into())
            .spawn(move || supervisor.run(&signals, &dispatch, exit))
            .map(|_| sender)
    });
    let result = match &sender {
        Ok(_) => task::run(task, is_cleaning_up),
        Err(error) => Err(ProcessorError::new(
            ErrorCode::Processor,
            format!("the supervising thread cannot be started: {error}"),
        )),
    };
    let Some(finish) = finish.take() else {
        loop {
            std::thread::park(); // the supervisor finishes the run
        }
    };
    let status = finish(match interruption.get() {
        None => result,
        Some(interrupt) => Err(error_of(interrupt, result)),
    });
    if let Ok(sender) = sender {
        sender.wake();
    }
    status
}

struct Supervisor {
    finish: FinishOnce,
    interruption: Interruption,
    deadline: Option<Instant>,
    is_cleaning_up: Arc<AtomicBool>,
}

impl Supervisor {
    fn run(self, signals: &Signals, dispatch: &Dispatch, exit: Exit) {
        let Some(interrupt) = self.wait(signals) else {
            return;
        };
        if let Some(finish) = self.finish.take() {
            let _guard = tracing::dispatcher::set_default(dispatch);
            exit(finish(Err(interrupt.error())));
        }
    }

    /// Waits until the worker has finished the run, or has had its time to.
    fn wait(&self, signals: &Signals) -> Option<Interrupt> {
        let mut interrupted: Option<(Interrupt, Instant)> = None;
        let mut is_signalled = false;
        while !self.finish.is_taken() {
            let now = Instant::now();
            let wake_at = match interrupted {
                None => self.deadline,
                Some((interrupt, since)) if since + self.grace() <= now => return Some(interrupt),
                Some((_, since)) => Some(since + self.grace()),
            };
            if interrupted.is_none() && wake_at.is_some_and(|deadline| deadline <= now) {
                interrupted = Some((self.interruption.decide(Interrupt::Timeout), now));
                continue;
            }
            let signal = signals.wait(wake_at.map(|at| at.saturating_duration_since(now)));
            match (signal, interrupted) {
                (None, _) => {}
                (Some(signal), None) => {
                    is_signalled = true;
                    let interrupt = self.interruption.decide(Interrupt::Signal(signal));
                    interrupted = Some((interrupt, Instant::now()));
                }
                // a second signal means it
                (Some(_), Some((interrupt, _))) if is_signalled => return Some(interrupt),
                (Some(_), Some(_)) => is_signalled = true, // its sender need not know of the deadline
            }
        }
        None
    }

    fn grace(&self) -> Duration {
        if self.is_cleaning_up.load(Ordering::Acquire) {
            CLEAN_UP_GRACE + RESPONSE_GRACE
        } else {
            RESPONSE_GRACE
        }
    }
}

/// The error of an interrupted run: the provider's own if it has the same code, as it may say more.
fn error_of(interrupt: Interrupt, result: Result<TaskOutcome, ProcessorError>) -> ProcessorError {
    let error = interrupt.error();
    match result {
        Err(own) if own.code() == error.code() => own,
        Ok(_) | Err(_) => error,
    }
}
