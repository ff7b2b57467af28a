//! What a table takes from the receipt of a line.

use std::collections::BTreeMap;

use documents::receipt::{Receipt, Status};
use documents::{ExecutionId, Failure, Mode, WorldPath, layout};
use serde::Deserialize;
use store::{Artifacts, ReadError};

/// A receipt is a few hundred bytes, and more only with what a provider adds; a file this large is not one.
pub(super) const LARGEST_RECEIPT: usize = 1024 * 1024;

/// What is read of a receipt.
#[derive(Deserialize)]
pub(super) struct Seen {
    execution_id: String,
    pub(super) status: Status,
    #[serde(default)]
    mode: Option<Mode>,
    pub(super) duration_ms: u64,
    #[serde(default)]
    pub(super) outputs_index: Option<String>,
    #[serde(default)]
    usage: Option<BTreeMap<String, f64>>,
    #[serde(default)]
    pub(super) error: Option<Failure>,
    #[serde(default)]
    pub(super) extra: BTreeMap<String, String>,
}

impl Seen {
    /// The receipt of an execution that has one; `buffer` has room for it.
    ///
    /// # Errors
    ///
    /// A clause that says why it cannot be read.
    pub(super) fn read(
        id: &ExecutionId,
        artifacts: &dyn Artifacts,
        buffer: &mut [u8],
    ) -> Result<Option<Self>, String> {
        let path = Receipt::global_path_of(id);
        let bytes = match artifacts.read_small(&path, buffer) {
            Ok(bytes) if bytes.len() < LARGEST_RECEIPT => bytes,
            Ok(_) => return Err(format!("{path} is too large for a receipt")),
            Err(ReadError::Missing) => return Ok(None),
            Err(error) => return Err(format!("{path} {error}")),
        };
        match serde_json::from_slice::<Self>(bytes) {
            Ok(seen) if seen.execution_id == id.as_str() => Ok(Some(seen)),
            Ok(_) => Err(format!("{path} is the receipt of another execution")),
            Err(error) => Err(format!("{path} is not a receipt: {error}")),
        }
    }

    /// The receipt in the write prefix of a success.
    pub(super) fn local_path(&self) -> Option<WorldPath> {
        let index = WorldPath::parse(self.outputs_index.as_deref()?).ok()?;
        WorldPath::parse(&index.beside(layout::RECEIPT)).ok()
    }

    /// Whether the run is a success that its service may have charged for.
    pub(super) fn was_paid(&self) -> bool {
        self.status == Status::Success && self.mode == Some(Mode::Real)
    }

    /// The first of these that `usage` has.
    pub(super) fn used(&self, names: &[&str]) -> Option<f64> {
        let usage = self.usage.as_ref()?;
        names.iter().find_map(|name| usage.get(*name).copied())
    }
}
