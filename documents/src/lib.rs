#![doc = include_str!("../README.md")]

#[macro_use]
mod text_traits;

mod code;
pub mod envelope;
mod error;
pub mod estimate;
mod failure;
pub mod fingerprint;
pub mod hash;
pub mod inputs;
pub mod json;
pub mod layout;
mod mode;
mod names;
pub mod outputs;
pub mod receipt;
#[cfg(test)]
mod schema;
mod seconds;
mod signal;
pub mod start;
mod world_path;

pub use code::{ErrorCode, UnknownCode, is_code};
pub use error::Error;
pub use failure::Failure;
pub use mode::{Mode, UnknownMode, is_ci};
pub use names::{ExecutionId, ImageDigest, InvalidImageDigest, InvalidProcessorRef, ProcessorRef};
pub use seconds::parse_seconds;
pub use signal::Signal;
pub use world_path::{WorldPath, WritePrefix};
