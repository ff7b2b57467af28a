//! Runs of the past, left by the store that processors use.

use std::collections::BTreeMap;

use documents::inputs::HASH_SCHEMA;
use documents::receipt::{Receipt, Status};
use documents::{ErrorCode, ExecutionId, Failure, Mode, WritePrefix, inputs};
use store::local::LocalStore;
use store::{Body, ExecutionStore as _, OutputItem};
use support::{Started, Test};

use crate::workspace::{Workspace, probe};

/// The inputs of every execution here, unless it has others.
pub(crate) const INPUTS: &str = r#"{"params":{"messages":[{"role":"user","content":"hi"}]}}"#;

/// An execution, as a processor leaves it.
pub(crate) struct Execution {
    receipt: Receipt,
    prefix: String,
    outputs: Vec<OutputItem>,
}

impl Execution {
    /// A success without outputs.
    pub(crate) fn new(execution_id: &str) -> Self {
        let hashes = inputs::parse(INPUTS.as_bytes()).unwrap().hashes;
        Self {
            receipt: Receipt {
                execution_id: execution_id.to_owned(),
                processor_ref: "llm/litellm@1".into(),
                image_digest: format!("ghcr.io/o/r/llm-litellm@sha256:{}", "0123456789abcdef".repeat(4)),
                env_fingerprint: "cpu:1;memory:2Gi".into(),
                inputs_hash: Some(hashes.inputs_hash),
                hash_schema: HASH_SCHEMA.into(),
                inputs_sha256: Some(hashes.inputs_sha256),
                outputs_index: None,
                outputs_index_sha256: None,
                processor_info: Some("llm_litellm:v1".into()),
                usage: Some(BTreeMap::new()),
                timestamp_utc: "2026-11-24T01:02:03Z".into(),
                duration_ms: 3,
                mode: Some(Mode::Mock),
                status: Status::Success,
                error: None,
                extra: BTreeMap::new(),
                rejected: None,
                plan_id: None,
            },
            prefix: "/artifacts/outputs/demo/{execution_id}/".into(),
            outputs: Vec::new(),
        }
    }

    /// A success with one output.
    pub(crate) fn answer(execution_id: &str) -> Self {
        Self::new(execution_id).output("outputs/response.json", "application/json", r#"{"answer":42}"#)
    }

    pub(crate) fn output(mut self, relpath: &str, mime: &str, bytes: &str) -> Self {
        self.outputs.push(OutputItem::bytes(relpath, mime, bytes));
        self
    }

    /// Changes the receipt.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Receipt)) -> Self {
        change(&mut self.receipt);
        self
    }

    pub(crate) fn succeed(self, workspace: &Workspace) {
        let store = self.store(workspace);
        let staged = store.stage(self.outputs).unwrap();
        let receipt = Receipt {
            outputs_index: Some(staged.index_path.clone()),
            outputs_index_sha256: Some(staged.index_sha256.clone()),
            ..self.receipt
        };
        assert!(store.commit(&staged, &receipt.to_bytes().unwrap()).is_ok());
    }

    pub(crate) fn fail(self, workspace: &Workspace, code: ErrorCode, message: &str) {
        self.fail_with(workspace, code, message, None);
    }

    /// A failure that saves this answer.
    pub(crate) fn fail_with(
        self,
        workspace: &Workspace,
        code: ErrorCode,
        message: &str,
        answer: Option<&str>,
    ) {
        let store = self.store(workspace);
        let rejected = answer.map(|answer| store.keep_rejected(Body::Bytes(answer.into())).unwrap());
        store.record_failure(&Receipt {
            rejected,
            processor_info: None,
            usage: None,
            status: Status::Error,
            error: Some(Failure::new(code, message.to_owned())),
            ..self.receipt
        });
    }

    fn store(&self, workspace: &Workspace) -> LocalStore {
        let id = ExecutionId::parse(&self.receipt.execution_id).unwrap();
        let prefix = WritePrefix::expand(&self.prefix, &id).unwrap();
        let store = LocalStore::open(&workspace.artifacts(), prefix, id).unwrap();
        store.prepare().unwrap();
        store
    }
}

/// A run whose provider is at work.
pub(crate) fn hanging(workspace: &Workspace, mode: &str) -> Started {
    let run = Test::processor(probe())
        .artifacts(workspace.artifacts())
        .inputs(format!(r#"{{"mode":"{mode}","params":{{"do":"hang"}}}}"#));
    let mut started = run.start();
    started.wait_for("inputs_read");
    support::wait_until("the provider is called", || {
        mode == "mock" || workspace.path("artifacts/execution/run-1/started.json").is_file()
    });
    started
}
