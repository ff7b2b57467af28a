//! Receipts: the record of an execution, twice on disk.

mod form;

pub use form::{Examined, examine};

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::inputs::Hashes;
use crate::json;
use crate::layout::{EXECUTIONS, GLOBAL_RECEIPT, RECEIPT};
use crate::mode::Mode;
use crate::names::ExecutionId;
use crate::world_path::WorldPath;

/// Section 8 of the contracts. Fields that were not known are left out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Receipt {
    /// As given.
    pub execution_id: String,
    /// `ns/name@ver`.
    pub processor_ref: String,
    /// The pinned image, `binary@sha256:<hex>` of an executable, or `unknown`.
    pub image_digest: String,
    /// Section 9.
    pub env_fingerprint: String,
    /// Hex SHA-256 of the normalized inputs' canonical form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inputs_hash: Option<String>,
    /// How that hash was made.
    pub hash_schema: String,
    /// Hex SHA-256 of their ordered form; receipts that are older than it have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inputs_sha256: Option<String>,
    /// World path of the index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outputs_index: Option<String>,
    /// Hex SHA-256 of the index's bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outputs_index_sha256: Option<String>,
    /// From the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processor_info: Option<String>,
    /// From the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<BTreeMap<String, f64>>,
    /// The end of the run, `YYYY-MM-DDTHH:MM:SSZ`.
    pub timestamp_utc: String,
    /// The runner's time.
    pub duration_ms: u64,
    /// Mock or real.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// Success or error.
    pub status: Status,
    /// With an error only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    /// From the provider.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, String>,
    /// With an error only, where an answer was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected: Option<Rejected>,
}

/// An answer that was paid for and could not be used, kept as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rejected {
    /// A world path.
    pub path: String,
    /// Hex SHA-256 of its bytes.
    pub sha256: String,
    /// Its length.
    pub size_bytes: u64,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// With outputs.
    Success,
    /// Without.
    Error,
}

impl Receipt {
    /// The bytes of both files: canonical JSON, one line, no newline at the end.
    pub fn to_bytes(&self) -> io::Result<Vec<u8>> {
        json::to_canonical(&serde_json::to_value(self)?)
    }

    /// Whether it is of these inputs, the order of their keys included. A receipt that is older than `inputs_sha256` is
    /// of them whatever their order was.
    #[must_use]
    pub fn has_inputs(&self, hashes: Option<&Hashes>) -> bool {
        match (hashes, &self.inputs_sha256) {
            (None, _) => self.inputs_hash.is_none(),
            (Some(hashes), Some(inputs_sha256)) => {
                *inputs_sha256 == hashes.inputs_sha256
                    && self.inputs_hash.as_ref() == Some(&hashes.inputs_hash)
            }
            (Some(hashes), None) => self.inputs_hash.as_ref() == Some(&hashes.inputs_hash),
        }
    }

    /// Where its copy in the write prefix is, as far as it says: a failure does not.
    #[must_use]
    pub fn local_path(&self) -> Option<WorldPath> {
        let index = WorldPath::parse(self.outputs_index.as_deref()?).ok()?;
        WorldPath::parse(&index.beside(RECEIPT)).ok()
    }

    /// Where its copy in the folder of its execution is; none without a valid execution id.
    #[must_use]
    pub fn global_path(&self) -> Option<WorldPath> {
        let id = ExecutionId::parse(&self.execution_id).ok()?;
        Some(Self::global_path_of(&id))
    }

    /// Where the receipt in the folder of an execution is.
    #[must_use]
    pub fn global_path_of(id: &ExecutionId) -> WorldPath {
        WorldPath::from_segments(&[EXECUTIONS, id.as_str(), GLOBAL_RECEIPT])
    }
}
