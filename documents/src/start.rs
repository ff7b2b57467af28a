//! The start of a run, which stands until the run has ended (`docs/spec.md#starts`).

use serde::{Deserialize, Serialize};

use crate::layout::{EXECUTIONS, START};
use crate::mode::Mode;
use crate::names::ExecutionId;
use crate::world_path::WorldPath;

/// What a run writes before it calls its provider in real mode. Without a receipt that is newer, nobody knows whether the service
/// did the work, and whether it was paid for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// The processor, `ns/name@ver`.
    pub processor_ref: String,
    /// The write prefix, with the execution id in it: `/artifacts/.../`.
    pub write_prefix: String,
    /// SHA-256 of the ordered form of the normalized inputs.
    pub inputs_sha256: String,
    /// Whether the provider's service is called.
    pub mode: Mode,
    /// When the provider was called, `YYYY-MM-DDTHH:MM:SSZ`.
    pub timestamp_utc: String,
    /// How many runs of this execution id were started before it and never ended.
    pub earlier_attempts: u64,
    /// What the caller says the run belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_id: Option<String>,
}

impl Start {
    /// Where the start of an execution is.
    #[must_use]
    pub fn path_of(id: &ExecutionId) -> WorldPath {
        WorldPath::from_segments(&[EXECUTIONS, id.as_str(), START])
    }
}
