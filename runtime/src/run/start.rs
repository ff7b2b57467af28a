//! What a run leaves before it calls its provider, and what it finds of runs that never ended (`docs/spec.md#starts`).

use std::io;

use documents::receipt::Receipt;
use documents::start::Start;
use documents::{ErrorCode, ExecutionId, Mode};
use store::{Artifacts, Checkpoint};

use super::state::{EARLIER_ATTEMPTS, RunState};
use crate::error::ProcessorError;

/// Counts the runs that were started and never ended. In real mode also leaves the start of this one; on disk before anything is
/// paid for.
///
/// # Errors
///
/// `ERR_OUTPUT_WRITE`.
pub(super) fn leave(
    start: Start,
    record: &dyn Checkpoint,
    artifacts: &dyn Artifacts,
    id: &ExecutionId,
    state: &RunState,
) -> Result<(), ProcessorError> {
    let before = record.read().map_err(unusable)?;
    let is_real = start.mode == Mode::Real;
    let earlier_attempts = match &before {
        Some(bytes) => of_start(bytes).saturating_add(1),
        None if is_real => of_failure(artifacts, id),
        None => 0,
    };
    state.set_start(before.is_some() || is_real, earlier_attempts);
    if earlier_attempts > 0 {
        tracing::warn!(attempts = earlier_attempts, "earlier_attempt");
    }
    if is_real {
        let start = Start {
            earlier_attempts,
            ..start
        };
        let bytes = serde_json::to_vec(&start).map_err(|error| unusable(error.into()))?;
        record.save(&bytes).map_err(unusable)?;
    }
    Ok(())
}

/// A start that a power failure tore counts as one by its name alone.
fn of_start(bytes: &[u8]) -> u64 {
    serde_json::from_slice::<Start>(bytes).map_or(0, |start| start.earlier_attempts)
}

/// What the receipt that this run replaces knew.
fn of_failure(artifacts: &dyn Artifacts, id: &ExecutionId) -> u64 {
    let bytes = artifacts.read(&Receipt::global_path_of(id)).unwrap_or_default();
    let receipt = serde_json::from_slice::<Receipt>(&bytes).ok();
    receipt
        .and_then(|receipt| receipt.extra.get(EARLIER_ATTEMPTS)?.parse().ok())
        .unwrap_or(0)
}

fn unusable(error: io::Error) -> ProcessorError {
    let what =
        format!("the start of the run cannot be read or written: {error}; free space or fix the permissions");
    ProcessorError::new(ErrorCode::OutputWrite, what)
}
