//! `counterfoil run --batch`: one execution for every line of a file.

mod attempts;
mod bounds;
mod dry_run;
mod estimates;
mod formats;
mod interruption;
mod jobs;
mod labels;
mod limits;
mod lines;
mod names;
mod options;
mod progress;
mod refusal;
mod requests;
mod results;
mod resume;
mod stops;
mod survey;
mod table;
mod templates;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use support::{Test, wait_until};

use super::workspace::{REF, Workspace};

/// A registry entry that has a schema and an optional secret.
const ENTRY: &str = r#"
secrets: {optional: [PROBE_SECRET]}
inputs:
  schema: {type: object, properties: {message: {type: string}}}"#;

/// More than ever come to a meeting.
const NEVER: u64 = 1_000_000;

impl Workspace {
    /// With a batch of these lines.
    pub(crate) fn with_batch(lines: &[Value]) -> Self {
        let workspace = Self::new().entry(ENTRY);
        workspace.replace("registry/test_probe.yaml", "timeout_s: 60", "timeout_s: 120");
        workspace.write_batch(lines);
        workspace
    }

    pub(crate) fn write_batch(&self, lines: &[Value]) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        self.write("batch.jsonl", text);
    }

    /// `counterfoil run` of the batch, with these arguments besides.
    pub(crate) fn batch(&self, arguments: &[&str]) -> Test {
        self.batch_of("batch.jsonl").args(arguments)
    }

    /// The same for another file, or for `-`.
    fn batch_of(&self, batch: &str) -> Test {
        self.counterfoil(["run", "--ref", REF, "--batch", batch])
            .env("PATH", self.bin())
            .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
    }

    /// The global receipts by execution id.
    pub(crate) fn receipts(&self) -> BTreeMap<String, Value> {
        let executions = fs::read_dir(self.path("artifacts/execution"))
            .into_iter()
            .flatten();
        executions
            .map(|entry| {
                let entry = entry.unwrap();
                let receipt = fs::read(entry.path().join("determinism.json")).unwrap();
                let id = entry.file_name().into_string().unwrap();
                (id, serde_json::from_slice(&receipt).unwrap())
            })
            .collect()
    }

    /// The write prefix of a line, on this machine.
    fn prefix_of(&self, execution_id: &str) -> PathBuf {
        self.path("artifacts/outputs").join(execution_id)
    }

    /// Lines that enter the directory `meeting` and wait there, until this many have entered.
    fn meeting(&self, lines: usize, count: u64) -> Vec<Value> {
        let dir = self.create_dir("meeting");
        (0..lines)
            .map(|number| json!({"params": {"do": "meet", "dir": dir, "count": count, "n": number}}))
            .collect()
    }

    /// How many were in the meeting when each of them entered.
    fn met(&self) -> Vec<usize> {
        let log = fs::read_to_string(self.path("meeting/log")).unwrap_or_default();
        log.lines().map(|line| line.parse().unwrap()).collect()
    }

    /// Lets everybody leave the meeting.
    fn end_meeting(&self) {
        self.write("meeting/open", "");
    }

    /// Waits until this many wait in the meeting; returns their process ids.
    fn wait_until_inside(&self, count: usize) -> Vec<i32> {
        let inside = self.path("meeting/inside");
        let pids = || -> Vec<i32> {
            let entries = fs::read_dir(&inside).into_iter().flatten();
            entries
                .map(|entry| entry.unwrap().file_name().to_string_lossy().parse().unwrap())
                .collect()
        };
        wait_until("so many are inside", || pids().len() == count);
        pids()
    }

    /// Lines whose runs leave a trace of every call.
    fn counted(&self, messages: &[&str]) -> Vec<Value> {
        let path = self.path("calls");
        messages
            .iter()
            .map(|message| json!({"params": {"do": "count", "path": path, "message": message}}))
            .collect()
    }

    /// How often their provider was called.
    fn calls(&self) -> usize {
        fs::read_to_string(self.path("calls")).map_or(0, |calls| calls.lines().count())
    }
}

fn ok(message: &str) -> Value {
    json!({"params": {"message": message}})
}

/// Whether there is such a process that has not ended.
pub(crate) fn is_alive(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().is_some_and(|rest| rest.starts_with(" Z")))
}
