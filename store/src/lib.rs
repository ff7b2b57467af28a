//! Where counterfoil keeps artifacts and executions.
//!
//! [`Artifacts`] reads what runs left; [`ExecutionStore`] has the lease, the scratch directory and the commit of one run, each file
//! whole or not at all (`docs/spec.md#commit-order`). [`local`] stores them in a directory of this machine, and `memory` in memory.

mod artifacts;
mod error;
mod execution;
mod inputs_document;
pub mod local;
#[cfg(feature = "memory")]
pub mod memory;
mod output;
mod previous;
mod receipts;
mod scratch;
pub mod verify;

pub use artifacts::{Artifact, Artifacts, Entry, ReadError};
pub use execution::{Checkpoint, CommitError, ExecutionStore, Staged};
pub use inputs_document::read_inputs;
pub use output::{Body, OutputItem};
pub use previous::PreviousSuccess;
pub use receipts::{receipts, status};
pub use scratch::{HashedFile, ScratchFile};
