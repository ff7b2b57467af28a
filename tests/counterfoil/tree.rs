//! An artifacts folder with runs in it, made by the store that processors use.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use documents::inputs::HASH_SCHEMA;
use documents::receipt::{Receipt, Status};
use documents::{ErrorCode, ExecutionId, Failure, Mode, WritePrefix, inputs};
use store::local::LocalStore;
use store::{Body, ExecutionStore as _, OutputItem};
use tempfile::TempDir;

/// What every run here has run on, unless it says otherwise.
pub(crate) const INPUTS: &str = r#"{"params":{"messages":[{"role":"user","content":"hi"}]}}"#;

/// The working folder of a test, with the artifacts folder in it.
pub(crate) struct Tree(TempDir);

/// How a command ended.
pub(crate) struct Answer {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) status: i32,
}

impl Tree {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    pub(crate) fn read(&self, below: &str) -> Vec<u8> {
        fs::read(self.path(below)).unwrap()
    }

    pub(crate) fn write(&self, below: &str, bytes: impl AsRef<[u8]>) {
        if let Some(folder) = self.path(below).parent() {
            fs::create_dir_all(folder).unwrap();
        }
        fs::write(self.path(below), bytes).unwrap();
    }

    /// Changes a document.
    pub(crate) fn replace(&self, below: &str, from: &str, to: &str) {
        let text = String::from_utf8(self.read(below)).unwrap();
        assert!(text.contains(from), "{below} has no {from}: {text}");
        self.write(below, text.replace(from, to));
    }

    /// `counterfoil` in the working folder, where the artifacts folder has its usual name; nothing else is in its
    /// environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_counterfoil"));
        command
            .env_clear()
            .current_dir(self.0.path())
            .args(arguments)
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn counterfoil(&self, arguments: &[&str]) -> Answer {
        Answer::of(self.command(arguments))
    }
}

impl Answer {
    pub(crate) fn of(mut command: Command) -> Self {
        let output = command.output().unwrap();
        Self {
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            status: output.status.code().unwrap(),
        }
    }
}

/// A run, as a processor would leave it.
pub(crate) struct Run {
    receipt: Receipt,
    prefix: String,
    outputs: Vec<OutputItem>,
}

impl Run {
    /// A success without outputs.
    pub(crate) fn of(execution_id: &str) -> Self {
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
            },
            prefix: "/artifacts/outputs/demo/{execution_id}/".into(),
            outputs: Vec::new(),
        }
    }

    /// A success with one output.
    pub(crate) fn answer(execution_id: &str) -> Self {
        Self::of(execution_id).output("outputs/response.json", "application/json", r#"{"answer":42}"#)
    }

    pub(crate) fn output(mut self, relpath: &str, mime: &str, bytes: &str) -> Self {
        self.outputs.push(OutputItem::bytes(relpath, mime, bytes));
        self
    }

    /// What the receipt says of the run.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Receipt)) -> Self {
        change(&mut self.receipt);
        self
    }

    pub(crate) fn succeed(self, tree: &Tree) {
        let store = self.store(tree);
        let staged = store.stage(self.outputs).unwrap();
        let receipt = Receipt {
            outputs_index: Some(staged.index_path.clone()),
            outputs_index_sha256: Some(staged.index_sha256.clone()),
            ..self.receipt
        };
        assert!(store.commit(&staged, &receipt.to_bytes().unwrap()).is_ok());
    }

    pub(crate) fn fail(self, tree: &Tree, code: ErrorCode, message: &str) {
        self.fail_with(tree, code, message, None);
    }

    /// A failure that keeps this answer.
    pub(crate) fn fail_with(self, tree: &Tree, code: ErrorCode, message: &str, answer: Option<&str>) {
        let store = self.store(tree);
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

    fn store(&self, tree: &Tree) -> LocalStore {
        let id = ExecutionId::parse(&self.receipt.execution_id).unwrap();
        let prefix = WritePrefix::expand(&self.prefix, &id).unwrap();
        let store = LocalStore::open(&tree.path("artifacts"), prefix, id).unwrap();
        store.prepare().unwrap();
        store
    }
}

/// Copies a folder with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}
