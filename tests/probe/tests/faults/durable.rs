//! What is on the disk, and not only in memory, when a receipt speaks of it.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;

use serde_json::{Value, json};

use crate::probe;

/// Files and folders that the disk may not have yet.
#[derive(Debug, Default)]
struct Unsynced(BTreeSet<String>);

impl Unsynced {
    /// Follows one line of `strace -f -y`; gives the new name of a file that is about to move.
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
                if self.0.remove(&format!("{path}/{}", text(3))) {
                    self.0.insert(moved.clone());
                }
                return Some(moved);
            }
            _ => {}
        }
        None
    }

    /// What may not be left; the staging folder itself goes anyway.
    fn below(&self, base: &str) -> Vec<&String> {
        self.0
            .iter()
            .filter(|path| path.starts_with(base) && !path.contains("/.staging-"))
            .collect()
    }
}

/// Follows a run that succeeds.
fn follow(inputs: &Value) {
    let base = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let mut wrapper: Vec<OsString> = ["strace", "-f", "-y", "-qq", "-o"].map(Into::into).into();
    wrapper.push(trace.clone().into());
    wrapper.extend(["-e".into(), "trace=%file,%desc".into()]);
    probe(base.path(), inputs)
        .prefix("/artifacts/a/b/{execution_id}/")
        .under(wrapper)
        .finish()
        .assert_success();

    let base = base.path().to_str().unwrap();
    let mut unsynced = Unsynced::default();
    let mut receipts = 0;
    let mut is_told = false;
    for line in fs::read_to_string(trace).unwrap().lines() {
        is_told = line.contains(r#" "{\"status\":\"success\","#);
        if is_told {
            assert_eq!(unsynced.below(base), [""; 0], "at the end");
            break;
        }
        let before = format!("{:?}", unsynced.below(base));
        if let Some(moved) = unsynced.follow(line)
            && (moved.ends_with("/determinism.json") || moved.ends_with("/receipt.json"))
        {
            assert_eq!(before, "[]", "before {moved}");
            receipts += 1;
        }
    }
    assert_eq!((receipts, is_told), (2, true), "the trace shows no run");
}

#[test]
#[ignore = "needs strace; .ci/run runs it"]
fn everything_is_synced_before_the_receipt_that_speaks_of_it() {
    follow(&json!({}));
    follow(&json!({"params": {"do": "none"}}));
    follow(&json!({"params": {"do": "many", "count": 100}}));
    follow(&json!({"params": {"do": "file", "size": 100_000}}));
    let deep = [
        json!({"relpath": "outputs/1/2/3/a.txt"}),
        json!({"relpath": "outputs/1/b.txt"}),
    ];
    follow(&json!({"params": {"do": "outputs", "outputs": deep}}));
}
