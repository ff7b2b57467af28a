//! Envelopes: the one line on stdout that callers read (section 10).

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::outputs::IndexEntry;
use crate::receipt::Receipt;

/// The answer of an invocation; fields in the contracts' order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "lowercase", deny_unknown_fields)]
pub enum Envelope {
    /// The run succeeded, now or earlier.
    Success {
        /// The execution it was.
        execution_id: String,
        /// What the index lists.
        outputs: Vec<IndexEntry>,
        /// World path of the index.
        index_path: String,
        /// Beside the result.
        meta: SuccessMeta,
    },
    /// The run failed, or never began.
    Error {
        /// The execution it would have been; empty where none was given.
        execution_id: String,
        /// Code and sentence.
        error: Failure,
        /// Beside the error.
        meta: ErrorMeta,
    },
}

/// What a success tells beside the outputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuccessMeta {
    /// As in the receipt.
    pub env_fingerprint: String,
    /// As in the receipt.
    pub image_digest: String,
    /// The runner's time, as in the receipt.
    pub duration_ms: u64,
}

/// What an error tells beside the error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorMeta {
    /// As in the receipt.
    pub env_fingerprint: String,
}

impl Envelope {
    /// The answer of a run that has this success receipt, now or earlier.
    #[must_use]
    pub fn success(receipt: &Receipt, outputs: Vec<IndexEntry>) -> Self {
        Self::Success {
            execution_id: receipt.execution_id.clone(),
            outputs,
            index_path: receipt.outputs_index.clone().unwrap_or_default(),
            meta: SuccessMeta {
                env_fingerprint: receipt.env_fingerprint.clone(),
                image_digest: receipt.image_digest.clone(),
                duration_ms: receipt.duration_ms,
            },
        }
    }

    /// The answer of a run that failed.
    pub fn error(
        execution_id: impl Into<String>,
        error: Failure,
        env_fingerprint: impl Into<String>,
    ) -> Self {
        Self::Error {
            execution_id: execution_id.into(),
            error,
            meta: ErrorMeta {
                env_fingerprint: env_fingerprint.into(),
            },
        }
    }

    /// The line, without its newline.
    ///
    /// # Errors
    ///
    /// None that is known: every part is text or a whole number.
    pub fn to_line(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}
