//! What can be done about a run that is no success.

use documents::receipt::{Receipt, Status};
use documents::{ErrorCode, Failure};

use super::command::RunCommand;
use crate::state::State;

const RUNNING: &str = "It goes on now; the same run waits for its end, and then prints its answer.";
const HALF_COMMITTED: &str =
    "Its answer is whole, and a receipt is missing; the next run writes that, and asks no service.";
const UNFINISHED: &str = "It was killed before it asked its service for anything; run it again. \
                          `counterfoil prune` removes what it left.";
const UNKNOWN: &str = "It asked its service and was killed before its end: the work may have been done and charged for. \
                       Look there before you run it again, which asks and may pay again.";
/// What the orchestrator says of a processor that was killed, which may be for want of memory.
const KILLED: &str = "signal 9";

/// The way out of the case in hand.
#[derive(Debug, Default)]
pub(super) struct WayOut {
    /// Whether the same run may succeed.
    pub(super) may_succeed: Option<bool>,
    /// Left out where the failure's own message says it.
    pub(super) text: Option<&'static str>,
    pub(super) command: Option<String>,
}

impl WayOut {
    pub(super) fn new(state: State, receipt: Option<&Receipt>, run: &RunCommand) -> Self {
        let because = |text| Self {
            may_succeed: None,
            text: Some(text),
            command: Some(run.again()),
        };
        let succeeded = receipt.is_some_and(|receipt| receipt.status == Status::Success);
        match state {
            State::Success => Self::default(),
            State::Running => because(RUNNING),
            State::Unfinished if succeeded => because(HALF_COMMITTED),
            State::Unfinished => because(UNFINISHED),
            State::UnknownWhetherPaid => because(UNKNOWN),
            State::Error => receipt
                .and_then(|receipt| {
                    Some(Self::of_failure(
                        receipt.error.as_ref()?,
                        receipt.duration_ms,
                        run,
                    ))
                })
                .unwrap_or_default(),
        }
    }

    fn of_failure(failure: &Failure, took_ms: u64, run: &RunCommand) -> Self {
        let Ok(code) = failure.code.parse::<ErrorCode>() else {
            return Self::default(); // of another version
        };
        let is_killed = code == ErrorCode::AdapterInvocation && failure.message.contains(KILLED);
        let command = match code {
            ErrorCode::Registry => "counterfoil registry check".to_owned(),
            ErrorCode::ImageUnpinned => format!("counterfoil pin --ref {}", run.processor_ref()),
            ErrorCode::ImagePull => "counterfoil registry check --remote".to_owned(),
            ErrorCode::AdapterInvocation if !is_killed => "counterfoil doctor".to_owned(),
            ErrorCode::CiSafety => run.in_mock(),
            ErrorCode::ExecutionConflict => run.anew(),
            ErrorCode::Timeout => {
                run.again_with(&format!(" --timeout {}", 2 * took_ms.div_ceil(1_000).max(1)))
            }
            _ => run.again(),
        };
        // a message has the form "what is wrong; what to do", and is closer to the case than what holds for all of its code
        let says_it = failure.message.contains("; ") && code != ErrorCode::AdapterInvocation;
        Self {
            may_succeed: Some(is_killed || code.is_retryable()),
            text: (!says_it && !is_killed).then(|| code.hint()),
            command: Some(command),
        }
    }
}
