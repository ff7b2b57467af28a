//! How an execution stands: ended, under way, or cut off.

use std::fmt;

use documents::start::Start;
use documents::{ExecutionId, WorldPath, layout};
use serde::Serialize;
use store::Artifacts;

/// How an execution stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Success,
    Error,
    /// A run has the execution's lease.
    Running,
    /// A run was killed before it asked its service for anything, or while it committed.
    Unfinished,
    /// A run asked its service, and did not live to see the answer committed.
    UnknownWhetherPaid,
}

impl State {
    pub(crate) const ALL: [Self; 5] = [
        Self::Success,
        Self::Error,
        Self::Running,
        Self::Unfinished,
        Self::UnknownWhetherPaid,
    ];

    /// The name in JSON and in options.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Error => "error",
            Self::Running => "running",
            Self::Unfinished => "unfinished",
            Self::UnknownWhetherPaid => "unknown_whether_paid",
        }
    }

    /// Of an execution whose global receipt is of a success, with its receipt in the write prefix there.
    pub(crate) fn of_success(artifacts: &dyn Artifacts, id: &ExecutionId, local: Option<&WorldPath>) -> Self {
        let is_there = || local.is_some_and(|path| artifacts.has_file(path));
        if is_there() {
            Self::Success
        } else if is_running(artifacts, id) {
            Self::Running
        } else if is_there() {
            Self::Success // the run has ended in between
        } else {
            Self::Unfinished
        }
    }

    /// Of an execution whose receipt is of a failure.
    pub(crate) fn of_failure(artifacts: &dyn Artifacts, id: &ExecutionId) -> Self {
        Self::without_success(artifacts, id, Self::Error)
    }

    /// Of an execution without a receipt.
    pub(crate) fn without_receipt(artifacts: &dyn Artifacts, id: &ExecutionId) -> Self {
        Self::without_success(artifacts, id, Self::Unfinished)
    }

    fn without_success(artifacts: &dyn Artifacts, id: &ExecutionId, else_is: Self) -> Self {
        if is_running(artifacts, id) {
            Self::Running
        } else if !artifacts.has_file(&Start::path_of(id)) {
            else_is
        } else if is_running(artifacts, id) {
            Self::Running // it has begun in between
        } else {
            Self::UnknownWhetherPaid
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name().replace('_', " "))
    }
}

fn is_running(artifacts: &dyn Artifacts, id: &ExecutionId) -> bool {
    artifacts.is_leased(&[layout::EXECUTIONS, id.as_str()])
}

/// The start that a run left, as far as it can be read.
pub(crate) fn start(artifacts: &dyn Artifacts, id: &ExecutionId) -> Option<Start> {
    let bytes = artifacts.read(&Start::path_of(id)).ok()?;
    serde_json::from_slice(&bytes).ok()
}
