//! The error in receipts and envelopes.

use serde::{Deserialize, Serialize};

use crate::code::ErrorCode;

/// Why a run failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// An error code, `ERR_...`.
    pub code: String,
    /// What is wrong and what to do, on one line, without secrets and payload.
    pub message: String,
}

impl Failure {
    /// The message must be free of secrets.
    #[must_use]
    pub fn new(code: ErrorCode, message: String) -> Self {
        Self {
            code: code.as_str().to_owned(),
            message,
        }
    }
}
