//! What a receipt says.

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

/// The record of an execution (`docs/spec.md#receipts`). Fields that were not known are left out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Receipt {
    /// The name of the execution.
    pub execution_id: String,
    /// The processor, `ns/name@ver`.
    pub processor_ref: String,
    /// The pinned image, `binary@sha256:<hex>` of an executable, or `unknown`.
    pub image_digest: String,
    /// What the run had to run in (`docs/spec.md#environment-fingerprint`).
    pub env_fingerprint: String,
    /// SHA-256 of the canonical form of the normalized inputs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inputs_hash: Option<String>,
    /// The construction of that hash.
    pub hash_schema: String,
    /// SHA-256 of the ordered form of the normalized inputs; older receipts lack it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inputs_sha256: Option<String>,
    /// World path of the index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outputs_index: Option<String>,
    /// SHA-256 of the bytes of the index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outputs_index_sha256: Option<String>,
    /// Name and version of the provider, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processor_info: Option<String>,
    /// What the run used up, such as tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<BTreeMap<String, f64>>,
    /// The end of the run, `YYYY-MM-DDTHH:MM:SSZ`.
    pub timestamp_utc: String,
    /// How long the provider ran, in milliseconds.
    pub duration_ms: u64,
    /// Whether the provider's service was called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// How the run ended.
    pub status: Status,
    /// Why the run failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    /// What else the provider reports.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, String>,
    /// The answer that a failed run could not use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected: Option<Rejected>,
    /// What the caller says the run belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_id: Option<String>,
}

/// An answer that was paid for and cannot be used (`docs/spec.md#rejected-answers`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rejected {
    /// A world path.
    pub path: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Its length in bytes.
    pub size_bytes: u64,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// With outputs.
    Success,
    /// Without.
    Error,
}

impl Receipt {
    /// The bytes of both files: canonical JSON, one line, without a newline.
    ///
    /// # Errors
    ///
    /// `InvalidData` if a number of `usage` has no canonical form.
    pub fn to_bytes(&self) -> io::Result<Vec<u8>> {
        json::to_canonical(&serde_json::to_value(self)?)
    }

    /// Whether the run had these inputs, with their keys in this order. A receipt without `inputs_sha256` says nothing about
    /// the order.
    #[must_use]
    pub fn has_inputs(&self, hashes: Option<&Hashes>) -> bool {
        let ordered = self.inputs_sha256.as_ref();
        self.inputs_hash.as_ref() == hashes.map(|hashes| &hashes.inputs_hash)
            && hashes.is_none_or(|hashes| ordered.is_none_or(|ordered| *ordered == hashes.inputs_sha256))
    }

    /// The path of the copy in the write prefix; a failure does not say it.
    #[must_use]
    pub fn local_path(&self) -> Option<WorldPath> {
        let index = WorldPath::parse(self.outputs_index.as_deref()?).ok()?;
        WorldPath::parse(&index.beside(RECEIPT)).ok()
    }

    /// The path of the copy in the directory of the execution; `None` without a valid execution id.
    #[must_use]
    pub fn global_path(&self) -> Option<WorldPath> {
        let id = ExecutionId::parse(&self.execution_id).ok()?;
        Some(Self::global_path_of(&id))
    }

    /// The path of the receipt of an execution.
    #[must_use]
    pub fn global_path_of(id: &ExecutionId) -> WorldPath {
        WorldPath::from_segments(&[EXECUTIONS, id.as_str(), GLOBAL_RECEIPT])
    }
}
