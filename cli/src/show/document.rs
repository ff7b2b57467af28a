//! What is shown: the receipt, the outputs and where they are.

use std::path::PathBuf;

use anyhow::Context as _;
use documents::WorldPath;
use documents::outputs::IndexEntry;
use documents::receipt;
use documents::receipt::{Receipt, Status};
use serde::Serialize;
use serde_json::Value;
use store::verify;

use crate::locate::Located;
use crate::printable::Printable;

/// The answer; fields in the order of `--json`.
#[derive(Debug, Serialize)]
pub(super) struct Document {
    /// As it is on disk, with fields that this version does not know.
    #[serde(rename = "receipt")]
    whole: Value,
    #[serde(skip)]
    pub(super) receipt: Receipt,
    pub(super) outputs: Vec<IndexEntry>,
    pub(super) paths: Paths,
    /// Why the outputs are not, or not all, shown.
    #[serde(skip)]
    pub(super) problem: Option<String>,
}

/// The files on this machine.
#[derive(Debug, Serialize)]
pub(super) struct Paths {
    /// The receipt in the write prefix, as far as that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) receipt: Option<PathBuf>,
    /// The receipt in the directory of the execution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) determinism: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) index: Option<PathBuf>,
    pub(super) outputs: Vec<PathBuf>,
}

impl Document {
    /// Reads what the receipt leads to; fails if it is not a receipt.
    pub(super) fn read(located: &Located) -> anyhow::Result<Self> {
        let examined = receipt::examine(&located.bytes);
        let receipt = examined.receipt.with_context(|| {
            let why = examined.faults.first().map_or("", String::as_str);
            format!(
                "{} is not a receipt that can be shown: it {why}",
                Printable(&located.name)
            )
        })?;
        let (outputs, problem) = match receipt.status {
            Status::Error => (Vec::new(), None),
            Status::Success => match verify::examine_index(&located.root, &receipt) {
                Ok(survey) => {
                    let first = survey.errors.first().map(ToString::to_string);
                    (survey.entries, first)
                }
                Err(fault) => (Vec::new(), Some(fault.to_string())),
            },
        };
        let host = |path: WorldPath| located.on_host(&path);
        let host_text = |path: &str| WorldPath::parse(path).ok().map(host);
        let own = located.path.as_ref();
        let local = receipt.local_path().or_else(|| {
            own.filter(|path| path.split().1 == documents::layout::RECEIPT)
                .cloned()
        });
        let paths = Paths {
            receipt: local.map(host),
            determinism: receipt.global_path().map(host),
            index: receipt.outputs_index.as_deref().and_then(host_text),
            outputs: outputs
                .iter()
                .filter_map(|entry| host_text(&entry.path))
                .collect(),
        };
        Ok(Self {
            whole: serde_json::from_slice(&located.bytes)?,
            receipt,
            outputs,
            paths,
            problem,
        })
    }
}
