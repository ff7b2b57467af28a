//! What every part of counterfoil agrees on, as code: each rule once, for the processors' runtime and the orchestrator.
//!
//! Names, documents, error codes, logs, and the folders of a run. Section numbers in this crate are those of the contracts.

pub mod chain;
pub mod clock;
pub mod envelope;
mod environment;
mod error;
pub mod fingerprint;
pub mod hash;
pub mod inputs;
mod item;
pub mod json;
pub mod log;
mod mode;
mod names;
pub mod outputs;
#[cfg(test)]
mod properties;
pub mod proxies;
pub mod receipt;
pub mod redact;
mod scratch;
mod seconds;
mod signal;
pub mod store;
mod world_path;

pub use clock::Clock;
pub use environment::Environment;
pub use error::{ErrorCode, ProcessorError, is_code};
pub use item::{Body, OutputItem};
pub use mode::{Mode, is_ci};
pub use names::{ExecutionId, ImageDigest, ProcessorRef};
pub use scratch::{ScratchFile, Written};
pub use seconds::parse_seconds;
pub use signal::Signal;
pub use world_path::{WorldPath, WritePrefix};
