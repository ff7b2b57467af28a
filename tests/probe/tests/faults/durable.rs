//! What a receipt names is on the disk, and not only in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};
use support::Dir;

use crate::probe;
use support::{Fault, Injection};

/// Files and directories that the disk may not have yet.
#[derive(Debug, Default)]
struct Unsynced(BTreeSet<String>);

impl Unsynced {
    /// Follows one line of `strace -f -y`; returns the new name of a file that is about to move.
    fn follow(&mut self, line: &str) -> Option<String> {
        let call = line.split_once(' ')?.1.trim_start();
        let (name, arguments) = call.split_once('(')?;
        // of `13</artifacts/x>, "0", 14</artifacts/y>, "a.txt") = 0`, the parts between the quotes and brackets
        let texts: Vec<&str> = arguments.split(['<', '>', '"']).collect();
        let text = |at: usize| texts.get(at).copied().unwrap_or_default();
        let path = text(1).to_owned();
        match name {
            "write" | "pwrite64" | "writev" | "ftruncate" => drop(self.0.insert(path)),
            "copy_file_range" | "sendfile" => panic!("the test does not know {line}"),
            "fsync" | "fdatasync" => drop(self.0.remove(&path)),
            "sync" | "syncfs" => self.0.clear(),
            "mkdirat" => drop(self.0.insert(path)),
            "renameat" | "renameat2" => {
                let (to, new_name) = (text(5), text(7));
                let moved = format!("{to}/{new_name}");
                self.0.insert(to.to_owned());
                if self.0.remove(&format!("{path}/{}", text(3))) {
                    self.0.insert(moved.clone());
                }
                return Some(moved);
            }
            _ => {}
        }
        None
    }

    /// What may not be left; the staging directory itself goes anyway.
    fn below(&self, base: &str) -> Vec<&String> {
        self.0
            .iter()
            .filter(|path| path.starts_with(base) && !path.contains("/.staging-"))
            .collect()
    }
}

/// The system calls of a run, one a line.
fn traced(base: &Path, inputs: &Value, injection: Option<&Injection>) -> String {
    let dir = Dir::new();
    let mut options = vec![
        "-f".to_owned(),
        "-y".into(),
        "-e".into(),
        "trace=%file,%desc".into(),
    ];
    if let Some(injection) = injection {
        options.extend(["-e".into(), injection.to_string()]);
    }
    let finished = probe(base, inputs)
        .prefix("/artifacts/a/b/{execution_id}/")
        .under_strace(&dir.path("trace"), options)
        .run();
    match injection {
        None => finished.assert_success(),
        Some(_) => finished.assert_killed(),
    };
    joined(&dir.read("trace"))
}

/// The same with every call on one line: where another thread's came in between, strace writes its end on another line. One that never
/// ended is left out.
fn joined(trace: &str) -> String {
    let mut begun = BTreeMap::new();
    let mut joined = String::new();
    for line in trace.lines() {
        let (thread, call) = line.split_once(' ').unwrap_or((line, ""));
        if let Some(begin) = line.strip_suffix(" <unfinished ...>") {
            begun.insert(thread, begin);
        } else if let Some((_, end)) = call
            .trim_start()
            .strip_prefix("<... ")
            .and_then(|call| call.split_once(" resumed>"))
        {
            joined.push_str(&format!(
                "{}{}\n",
                begun.remove(thread).unwrap_or_default(),
                end.trim_start()
            ));
        } else {
            joined.push_str(&format!("{line}\n"));
        }
    }
    joined
}

/// Follows a run that succeeds, from the state that earlier runs left; returns how many receipts it moved.
fn follow(trace: &str, base: &Path, unsynced: &mut Unsynced) -> usize {
    let base = base.to_str().unwrap();
    let mut receipts = 0;
    for line in trace.lines() {
        if line.contains(r#" "{\"status\":\"success\","#) {
            assert_eq!(unsynced.below(base), [""; 0], "at the end");
            return receipts;
        }
        let before = format!("{:?}", unsynced.below(base));
        if let Some(moved) = unsynced.follow(line)
            && is_receipt(&moved)
        {
            assert_eq!(before, "[]", "before {moved}");
            receipts += 1;
        }
    }
    panic!("the trace shows no success");
}

fn is_receipt(path: &str) -> bool {
    path.ends_with("/determinism.json") || path.ends_with("/receipt.json")
}

#[test]
#[ignore = "needs strace; .ci/run runs it"]
fn everything_is_synced_before_the_receipt_that_names_it() {
    let deep = [
        json!({"relpath": "outputs/1/2/3/a.txt"}),
        json!({"relpath": "outputs/1/b.txt"}),
    ];
    for params in [
        json!({}),
        json!({"do": "none"}),
        json!({"do": "many", "count": 100}),
        json!({"do": "file", "size": 100_000}),
        json!({"do": "outputs", "outputs": deep}),
    ] {
        let base = Dir::new();
        let trace = traced(base.root(), &json!({"params": params}), None);
        let receipts = follow(&trace, base.root(), &mut Unsynced::default());
        assert_eq!(receipts, 2, "{params}");
    }
}

/// Nothing is paid for that a machine which loses its power then knows nothing of.
#[test]
#[ignore = "needs strace; .ci/run runs it"]
fn the_start_of_a_real_run_is_synced_before_its_provider_is_called() {
    let (base, calls) = (Dir::new(), Dir::new());
    let inputs = json!({"mode": "real", "params": {"do": "count", "path": calls.path("calls")}});
    let trace = traced(base.root(), &inputs, None);
    let called = format!("{:?}", calls.path("calls"));
    let mut unsynced = Unsynced::default();
    let before = trace.lines().take_while(|line| !line.contains(&called));
    for line in before {
        unsynced.follow(line);
    }
    assert!(trace.contains(&called) && trace.contains("/execution/run-1>, \"started.json\""));
    let start = base.path("execution/run-1/started.json");
    let mut left = unsynced.below(base.root().to_str().unwrap());
    left.retain(|path| start.starts_with(path));
    assert_eq!(left, [""; 0], "before the call");
}

#[test]
#[ignore = "needs strace; .ci/run runs it"]
fn a_global_receipt_that_was_not_synced_is_before_its_twin() {
    let inputs = json!({});
    let good = Dir::new();
    let good = traced(good.root(), &inputs, None);
    let before: Vec<_> = good
        .lines()
        .take_while(|line| !line.contains("\"determinism.json\") = 0"))
        .collect();
    let syncs = before.iter().filter(|line| line.contains(" fsync(")).count();
    let sync_of_global = Injection::new("fsync", syncs + 1, Fault::Kill);

    let base = Dir::new();
    let killed = traced(base.root(), &inputs, Some(&sync_of_global));
    let mut unsynced = Unsynced::default();
    for line in killed
        .lines()
        .filter(|line| line.ends_with(" = 0") || line.contains(" write("))
    {
        unsynced.follow(line);
    }
    let execution = base.path("execution/run-1");
    assert_eq!(
        unsynced.below(base.root().to_str().unwrap()),
        [execution.to_str().unwrap()]
    );
    let completed = traced(base.root(), &inputs, None);
    assert_eq!(follow(&completed, base.root(), &mut unsynced), 1);
}
