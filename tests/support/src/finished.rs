//! A program that has ended: what it printed, and what it left.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::dir::{files_below, sha256};
use crate::paths::{Artifacts, RunPaths};

/// A run that has ended.
pub struct Finished {
    /// The exit status; 128 and the number for a signal.
    pub status: i32,
    /// All of stdout.
    pub stdout: String,
    /// All of stderr.
    pub stderr: String,
    /// The write prefix on this machine.
    pub prefix: PathBuf,
    /// The global receipt on this machine.
    pub global_receipt: PathBuf,
    artifacts: Artifacts,
}

impl Finished {
    pub(crate) fn new(paths: RunPaths, status: i32, stdout: String, stderr: String) -> Self {
        Self {
            status,
            stdout,
            stderr,
            prefix: paths.prefix(),
            global_receipt: paths.global_receipt(),
            artifacts: paths.artifacts,
        }
    }

    /// The artifacts directory.
    pub fn artifacts(&self) -> &Path {
        self.artifacts.path()
    }

    /// The envelope; fails unless stdout is exactly one JSON line.
    pub fn envelope(&self) -> Value {
        let mut lines = self.json_lines();
        assert!(
            lines.len() == 1 && self.stdout.ends_with('\n'),
            "not one line: {self:?}"
        );
        lines.remove(0)
    }

    /// Every line of stdout, as JSON: the envelopes of a batch.
    pub fn json_lines(&self) -> Vec<Value> {
        json_lines(&self.stdout)
    }

    /// Every line of stderr, as JSON: the log.
    pub fn log(&self) -> Vec<Value> {
        json_lines(&self.stderr)
    }

    /// The receipt, whose two files have to be there and identical.
    pub fn receipt(&self) -> Value {
        let read = |path: &Path| {
            std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}: {self:?}", path.display()))
        };
        let receipt = read(&self.prefix.join("receipt.json"));
        assert_eq!(receipt, read(&self.global_receipt), "the two receipts differ");
        serde_json::from_slice(&receipt).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Every file below the artifacts directory, by its relative path, with its bytes.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        files_below(self.artifacts())
    }

    /// The bytes of an output, if it is there.
    pub fn output(&self, name: &str) -> Option<Vec<u8>> {
        std::fs::read(self.prefix.join("outputs").join(name)).ok()
    }

    /// The error's message.
    pub fn message(&self) -> String {
        let envelope = self.envelope();
        envelope["error"]["message"]
            .as_str()
            .expect("a message")
            .to_owned()
    }

    /// Fails unless it ended with this exit status.
    #[track_caller]
    pub fn assert_status(&self, status: i32) -> &Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// Fails unless it was killed.
    #[track_caller]
    pub fn assert_killed(&self) -> &Self {
        self.assert_status(128 + 9)
    }

    /// Fails unless it ended with this status, and exactly this message for people.
    #[track_caller]
    pub fn assert_error_line(&self, status: i32, message: &str) {
        self.assert_status(status);
        assert_eq!(self.stderr, format!("error: {message}\n"), "{self:?}");
        assert_eq!(self.stdout, "");
    }

    /// Fails unless the run succeeded, and all that the receipt names is there with the right hash.
    #[track_caller]
    pub fn assert_success(&self) -> &Self {
        self.assert_status(0);
        assert_eq!(self.envelope()["status"], "success", "{self:?}");
        let receipt = self.receipt();
        assert_eq!(receipt["status"], "success");
        assert_chain(self.artifacts(), &receipt);
        self
    }

    /// Fails unless the run ended with this code and exit status, envelope and both receipts agree, and no output or
    /// staging file is left.
    #[track_caller]
    pub fn assert_failure(&self, code: &str, status: i32) -> &Self {
        let left = self.left_by_failure(code, status);
        assert_eq!(left.into_keys().collect::<Vec<_>>(), ["receipt.json"], "{self:?}");
        self
    }

    /// The same for a failure that has saved the answer which it could not use; returns the answer.
    #[track_caller]
    pub fn assert_rejected(&self, code: &str, status: i32) -> Vec<u8> {
        let mut left = self.left_by_failure(code, status);
        let answer = left.remove("rejected/response.bin").expect("an answer is saved");
        assert_eq!(left.into_keys().collect::<Vec<_>>(), ["receipt.json"], "{self:?}");
        let rejected = &self.receipt()["rejected"];
        assert_eq!(rejected["sha256"], sha256(&answer), "{self:?}");
        assert_eq!(rejected["size_bytes"], answer.len(), "{self:?}");
        let path = host_path(self.artifacts(), &rejected["path"]);
        assert_eq!(std::fs::read(path).expect("it is there"), answer);
        answer
    }

    /// The files in the write prefix of a failure.
    #[track_caller]
    fn left_by_failure(&self, code: &str, status: i32) -> BTreeMap<String, Vec<u8>> {
        self.assert_refused(code, status);
        let receipt = self.receipt();
        assert_eq!(receipt["status"], "error", "{self:?}");
        assert_eq!(receipt["error"], self.envelope()["error"], "{self:?}");
        files_below(&self.prefix)
    }

    /// Fails unless the run ended with this code and exit status in its envelope.
    #[track_caller]
    pub fn assert_refused(&self, code: &str, status: i32) -> &Self {
        self.assert_status(status);
        let envelope = self.envelope();
        assert_eq!(envelope["status"], "error", "{self:?}");
        assert_eq!(envelope["error"]["code"], code, "{self:?}");
        let message = self.message();
        assert!(!message.is_empty() && !message.contains('\n'), "{message:?}");
        self
    }

    /// Fails unless the error's message contains this text.
    #[track_caller]
    pub fn assert_message(&self, text: &str) -> &Self {
        assert!(self.message().contains(text), "{text:?} is missing: {self:?}");
        self
    }

    /// Fails if the text is anywhere: in a file or its name, on stdout, on stderr.
    #[track_caller]
    pub fn assert_nowhere(&self, needle: &str) -> &Self {
        let needle = needle.as_bytes();
        let mut places = self.files();
        for path in places.clone().into_keys() {
            places.insert(format!("the name of {path}"), path.into_bytes());
        }
        places.insert("stdout".into(), self.stdout.clone().into_bytes());
        places.insert("stderr".into(), self.stderr.clone().into_bytes());
        for (place, bytes) in places {
            let is_there = bytes.windows(needle.len()).any(|window| window == needle);
            let needle = String::from_utf8_lossy(needle);
            assert!(!is_there, "{needle:?} is in {place}: {self:?}");
        }
        self
    }
}

impl std::fmt::Debug for Finished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let files: Vec<_> = self.files().into_keys().collect();
        let Self {
            status,
            stdout,
            stderr,
            ..
        } = self;
        write!(
            f,
            "exit status {status}\n--- stdout\n{stdout}--- stderr\n{stderr}--- files\n{files:#?}"
        )
    }
}

/// Fails unless a success receipt's index and every output that it lists are there with the right hashes.
#[track_caller]
pub fn assert_chain(artifacts: &Path, receipt: &Value) {
    let index = std::fs::read(host_path(artifacts, &receipt["outputs_index"])).expect("the index is there");
    assert_eq!(
        receipt["outputs_index_sha256"],
        sha256(&index),
        "the index has another hash"
    );
    let index: Value = serde_json::from_slice(&index).expect("the index is JSON");
    for output in index["outputs"].as_array().expect("a list of outputs") {
        let bytes = std::fs::read(host_path(artifacts, &output["path"])).expect("the output is there");
        let cid = format!("sha256:{}", sha256(&bytes));
        assert_eq!(output["cid"], cid, "an output has another hash");
        assert_eq!(output["size_bytes"], bytes.len(), "an output has another size");
    }
}

/// A world path on this machine.
fn host_path(artifacts: &Path, path: &Value) -> PathBuf {
    let path = path.as_str().expect("a world path");
    artifacts.join(path.strip_prefix("world://artifacts/").expect("a world path"))
}

/// Every line of a text, as JSON.
#[track_caller]
pub fn json_lines(text: &str) -> Vec<Value> {
    let parse = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    text.lines().map(parse).collect()
}
