//! What receipts and envelopes say of an error.

use serde::{Deserialize, Serialize};

use crate::code::ErrorCode;

/// The public part of an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// An error code, `ERR_...`.
    pub code: String,
    /// One sentence without secrets and payload.
    pub message: String,
}

impl Failure {
    /// The message has to be free of secrets already.
    #[must_use]
    pub fn new(code: ErrorCode, message: String) -> Self {
        Self {
            code: code.as_str().to_owned(),
            message,
        }
    }
}
