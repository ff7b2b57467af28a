//! How a line of a batch stands.

use documents::receipt::Status;
use documents::{ExecutionId, layout};
use store::Artifacts;

use super::receipt::Seen;
use crate::state::State;

/// How a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineState {
    /// As its execution does: the same word as in `ls` and `show`.
    Begun(State),
    /// No run of it was begun.
    Left,
    /// Its receipt is there and cannot be read.
    Unreadable,
}

impl LineState {
    /// The name in the table.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Begun(state) => state.name(),
            Self::Left => "left",
            Self::Unreadable => "unreadable",
        }
    }
}

/// Finds the receipt of a line and how the line stands; `buffer` has room for a receipt.
///
/// # Errors
///
/// A clause that says why the receipt cannot be read.
pub(super) fn look(
    id: &str,
    artifacts: &dyn Artifacts,
    buffer: &mut [u8],
) -> Result<(LineState, Option<Seen>), String> {
    let id = ExecutionId::parse(id).map_err(|error| format!("its execution id: {error}"))?;
    let mut seen = Seen::read(&id, artifacts, buffer)?;
    if seen.is_none() {
        let state = without_receipt(&id, artifacts);
        if state != LineState::Begun(State::Unfinished) {
            return Ok((state, None));
        }
        seen = Seen::read(&id, artifacts, buffer)?; // its run may have ended in between
    }
    let state = match &seen {
        None => State::Unfinished,
        Some(seen) => match seen.status {
            Status::Success => State::of_success(artifacts, &id, seen.local_path().as_ref()),
            Status::Error => State::of_failure(artifacts, &id),
        },
    };
    Ok((LineState::Begun(state), seen))
}

fn without_receipt(id: &ExecutionId, artifacts: &dyn Artifacts) -> LineState {
    // a run makes the directory before all else
    if artifacts.list(&[layout::EXECUTIONS, id.as_str()]).is_ok() {
        LineState::Begun(State::without_receipt(artifacts, id))
    } else {
        LineState::Left
    }
}
