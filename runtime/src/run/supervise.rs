//! Waits for the work, the deadline and signals, whichever comes first.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::Dispatch;

use super::work::{self, Job, Work};
use crate::config::CLEAN_UP_GRACE;
use crate::error::{ErrorCode, ProcessorError};
use crate::interrupt::Interrupt;
use crate::signals::Signals;

/// The stack of the provider's thread, in bytes: what a main thread has. Only what is touched is ever memory.
const STACK: usize = 8 * 1024 * 1024;

/// How long a provider that is not cleaning up has to come back after an interruption.
const RESPONSE_GRACE: Duration = Duration::from_secs(1);

type Slot = Arc<Mutex<Option<Result<Work, ProcessorError>>>>;

/// Does a job on a thread of its own, which is left behind if it does not come back in time: the process ends anyway.
pub(super) fn run(job: Job, signals: &Signals, dispatch: &Dispatch) -> Result<Work, ProcessorError> {
    let interruption = job.interruption.clone();
    let deadline = job.deadline;
    let is_cleaning_up = Arc::new(AtomicBool::new(false));
    let slot = Slot::default();
    spawn(job, Arc::clone(&is_cleaning_up), &slot, signals, dispatch)?;

    let mut interrupted: Option<(Interrupt, Instant)> = None;
    loop {
        if let Some(result) = take(&slot) {
            return match interrupted {
                None => result,
                Some((interrupt, _)) => Err(told(interrupt, result)),
            };
        }
        let now = Instant::now();
        let wake_at = match interrupted {
            None => deadline,
            Some((interrupt, since)) => {
                let grace = match is_cleaning_up.load(Ordering::Acquire) {
                    true => CLEAN_UP_GRACE + RESPONSE_GRACE,
                    false => RESPONSE_GRACE,
                };
                if since + grace <= now {
                    return Err(interrupt.error());
                }
                Some(since + grace)
            }
        };
        if interrupted.is_none() && wake_at.is_some_and(|deadline| deadline <= now) {
            interruption.set(Interrupt::Timeout);
            interrupted = Some((Interrupt::Timeout, now));
            continue;
        }
        let signal = signals.wait(wake_at.map(|at| at.saturating_duration_since(now)));
        match (signal, interrupted) {
            (None, _) => {}
            (Some(signal), None) => {
                interruption.set(Interrupt::Signal(signal));
                interrupted = Some((Interrupt::Signal(signal), Instant::now()));
            }
            // the second time it is meant
            (Some(_), Some((interrupt, _))) => return Err(interrupt.error()),
        }
    }
}

fn spawn(
    job: Job,
    is_cleaning_up: Arc<AtomicBool>,
    slot: &Slot,
    signals: &Signals,
    dispatch: &Dispatch,
) -> Result<(), ProcessorError> {
    let failed = |error: std::io::Error| {
        ProcessorError::new(ErrorCode::Processor, "the provider's thread cannot be started").with_cause(error)
    };
    let waker = signals.waker().map_err(failed)?;
    let slot = Arc::clone(slot);
    let dispatch = dispatch.clone();
    std::thread::Builder::new()
        .name("provider".into())
        .stack_size(STACK)
        .spawn(move || {
            let _guard = tracing::dispatcher::set_default(&dispatch);
            work::run(job, is_cleaning_up, |result| {
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
                waker.wake();
            });
            while super::IS_WHOLE_PROCESS.load(Ordering::Relaxed) {
                std::thread::park(); // the process ends without the work of taking a thread down
            }
        })
        .map(drop)
        .map_err(failed)
}

fn take(slot: &Slot) -> Option<Result<Work, ProcessorError>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// The error of an interrupted run: the provider's own where it speaks of the interruption, as it may know more.
fn told(interrupt: Interrupt, result: Result<Work, ProcessorError>) -> ProcessorError {
    let error = interrupt.error();
    match result {
        Err(own) if own.code() == error.code() => own,
        Ok(_) | Err(_) => error,
    }
}
