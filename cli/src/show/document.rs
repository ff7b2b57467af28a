//! What is shown: the receipt, the outputs and where they are.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use documents::outputs::IndexEntry;
use documents::receipt;
use documents::receipt::{Receipt, Status};
use documents::start::Start;
use documents::{ExecutionId, WorldPath};
use serde::Serialize;
use serde_json::Value;
use store::{Artifacts, verify};

use super::command::RunCommand;
use super::way_out::WayOut;
use crate::locate::Located;
use crate::printable::Printable;
use crate::state::{self, State};

/// The answer; fields in the order of `--json`.
#[derive(Debug, Serialize)]
pub(super) struct Document {
    /// As it is on disk, with fields that this version does not know.
    #[serde(rename = "receipt")]
    whole: Option<Value>,
    #[serde(skip)]
    pub(super) receipt: Option<Receipt>,
    pub(super) outputs: Vec<IndexEntry>,
    pub(super) paths: Paths,
    pub(super) state: State,
    /// What the run left before it asked its service, if it has not ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start: Option<Start>,
    #[serde(skip)]
    pub(super) execution_id: String,
    /// Why the outputs are not, or not all, shown.
    #[serde(skip)]
    pub(super) problem: Option<String>,
    #[serde(skip)]
    pub(super) way_out: WayOut,
}

/// The files on this machine.
#[derive(Debug, Default, Serialize)]
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
            Status::Success => match verify::examine_index(&*located.artifacts, &receipt) {
                Ok(survey) => {
                    let first = survey.errors.first().map(ToString::to_string);
                    (survey.entries, first)
                }
                Err(fault) => (Vec::new(), Some(fault.to_string())),
            },
        };
        let own = located.path.as_ref();
        let local = receipt.local_path().or_else(|| {
            own.filter(|path| path.split().1 == documents::layout::RECEIPT)
                .cloned()
        });
        let id = ExecutionId::parse(&receipt.execution_id).ok();
        let artifacts = &*located.artifacts;
        let state = match (&id, receipt.status) {
            (Some(id), Status::Success) => State::of_success(artifacts, id, local.as_ref()),
            (Some(id), Status::Error) => State::of_failure(artifacts, id),
            (None, Status::Success) => State::Success,
            (None, Status::Error) => State::Error,
        };
        let has_ended = matches!(state, State::Success | State::Error);
        let start = id
            .filter(|_| !has_ended)
            .and_then(|id| state::start(artifacts, &id));
        let run = RunCommand::of_receipt(
            &receipt,
            local.as_ref(),
            start.as_ref(),
            artifacts,
            &located.host_root,
        );
        let host = |path: WorldPath| located.on_host(&path);
        let host_text = |path: &str| WorldPath::parse(path).ok().map(host);
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
            execution_id: receipt.execution_id.clone(),
            way_out: WayOut::new(state, Some(&receipt), &run),
            receipt: Some(receipt),
            outputs,
            paths,
            state,
            start,
            problem,
        })
    }

    /// What is known of an execution that has no receipt.
    pub(super) fn without_receipt(id: &ExecutionId, artifacts: &dyn Artifacts, host_root: &Path) -> Self {
        let state = State::without_receipt(artifacts, id);
        let start = state::start(artifacts, id);
        let run = RunCommand::of_start(id, start.as_ref(), artifacts, host_root);
        Self {
            whole: None,
            receipt: None,
            outputs: Vec::new(),
            paths: Paths::default(),
            state,
            way_out: WayOut::new(state, None, &run),
            start,
            execution_id: id.as_str().to_owned(),
            problem: None,
        }
    }
}
