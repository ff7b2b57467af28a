//! Envelopes: the one line on stdout that callers read.

use serde::Serialize;

use crate::outputs::IndexEntry;
use crate::receipt::{Failure, Receipt};

/// Section 10 of the contracts; fields in that order.
#[derive(Debug, Serialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub(crate) enum Envelope<'a> {
    Success {
        execution_id: &'a str,
        outputs: &'a [IndexEntry],
        index_path: &'a str,
        meta: SuccessMeta<'a>,
    },
    Error {
        execution_id: &'a str,
        error: &'a Failure,
        meta: ErrorMeta<'a>,
    },
}

#[derive(Debug, Serialize)]
pub(crate) struct SuccessMeta<'a> {
    env_fingerprint: &'a str,
    image_digest: &'a str,
    duration_ms: u64,
}

#[derive(Debug, Serialize)]
pub(crate) struct ErrorMeta<'a> {
    env_fingerprint: &'a str,
}

impl<'a> Envelope<'a> {
    /// The answer of a run that has this success receipt, now or earlier.
    pub(crate) fn success(receipt: &'a Receipt, outputs: &'a [IndexEntry]) -> Self {
        Self::Success {
            execution_id: &receipt.execution_id,
            outputs,
            index_path: receipt.outputs_index.as_deref().unwrap_or_default(),
            meta: SuccessMeta {
                env_fingerprint: &receipt.env_fingerprint,
                image_digest: &receipt.image_digest,
                duration_ms: receipt.duration_ms,
            },
        }
    }

    pub(crate) const fn error(execution_id: &'a str, error: &'a Failure, env_fingerprint: &'a str) -> Self {
        Self::Error {
            execution_id,
            error,
            meta: ErrorMeta { env_fingerprint },
        }
    }

    /// The line, without its newline.
    pub(crate) fn to_line(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}
