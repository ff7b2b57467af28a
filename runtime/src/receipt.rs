//! Receipts: the record of an execution, twice on disk.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};

use crate::error::ProcessorError;
use crate::json;
use crate::mode::Mode;
use crate::redact::Redactor;

/// Section 8 of the contracts. Fields that were not known are left out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Receipt {
    pub(crate) execution_id: String,
    pub(crate) processor_ref: String,
    pub(crate) image_digest: String,
    pub(crate) env_fingerprint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) inputs_hash: Option<String>,
    pub(crate) hash_schema: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) outputs_index: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) outputs_index_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) processor_info: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) usage: Option<BTreeMap<String, f64>>,
    pub(crate) timestamp_utc: String,
    pub(crate) duration_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mode: Option<Mode>,
    pub(crate) status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<Failure>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) extra: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Success,
    Error,
}

/// What callers learn of an error.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) code: String,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn of(error: &ProcessorError, redactor: &Redactor) -> Self {
        Self {
            code: error.code().as_str().to_owned(),
            message: redactor.safe_text(error.message()),
        }
    }
}

impl Receipt {
    /// The bytes of both files: canonical JSON, one line, no newline at the end.
    pub(crate) fn to_bytes(&self) -> io::Result<Vec<u8>> {
        json::to_canonical(&serde_json::to_value(self)?)
    }
}
