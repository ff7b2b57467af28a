//! Envelopes: the one line on stdout that callers read (`docs/spec.md#envelopes`).

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::outputs::IndexEntry;
use crate::receipt::Receipt;

/// The answer of an invocation; fields in the order of the specification.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "status", rename_all = "lowercase", deny_unknown_fields)]
pub enum Envelope {
    /// The run succeeded, now or earlier.
    Success {
        /// The name of the execution.
        execution_id: String,
        /// The entries of the index.
        outputs: Vec<IndexEntry>,
        /// World path of the index.
        index_path: String,
        /// About the run.
        meta: SuccessMeta,
    },
    /// The run failed, or never began.
    Error {
        /// The name of the execution, as the caller gave it; empty without one.
        execution_id: String,
        /// Why it failed.
        error: Failure,
        /// About the run.
        meta: ErrorMeta,
    },
}

/// About a run that succeeded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SuccessMeta {
    /// As in the receipt.
    pub env_fingerprint: String,
    /// As in the receipt.
    pub image_digest: String,
    /// As in the receipt.
    pub duration_ms: u64,
}

/// About a run that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ErrorMeta {
    /// As in the receipt.
    pub env_fingerprint: String,
}

impl Envelope {
    /// The answer of a run with this success receipt.
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
    #[must_use]
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
    /// None in practice: every field is a string or an integer.
    pub fn to_line(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}
