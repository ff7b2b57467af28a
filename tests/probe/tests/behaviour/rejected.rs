//! Answers that were paid for and cannot be used.

use std::path::Path;

use support::{Finished, files_below};
use tempfile::TempDir;

use super::probe;

const SECRET: &str = "hunter2-hunter2";

fn reject(base: &Path, end: &str) -> Finished {
    probe(r#"{"do":"reject"}"#)
        .base(base)
        .env("PROBE_END", end)
        .env("PROBE_SECRET", SECRET)
        .finish()
}

#[test]
fn an_answer_is_kept_and_named() {
    let base = TempDir::new().unwrap();
    let failed = reject(base.path(), "");
    assert_eq!(
        failed.assert_rejected("ERR_PROVIDER_RESPONSE", 14),
        b"an odd answer"
    );
    assert_eq!(
        failed.message(),
        "the answer is odd; its answer is kept as rejected/response.bin"
    );
}

#[test]
fn the_next_run_replaces_it() {
    let base = TempDir::new().unwrap();
    for _ in 0..2 {
        let answer = reject(base.path(), "file").assert_rejected("ERR_PROVIDER_RESPONSE", 14);
        assert_eq!(answer, b"an odd answer, as a file");
        let answer = reject(base.path(), "").assert_rejected("ERR_PROVIDER_RESPONSE", 14);
        assert_eq!(answer, b"an odd answer");
    }
    let failed = reject(base.path(), "error");
    failed.assert_failure("ERR_PROVIDER_RESPONSE", 14);
    assert!(failed.receipt().get("rejected").is_none(), "{failed:?}");

    reject(base.path(), "").assert_rejected("ERR_PROVIDER_RESPONSE", 14);
    reject(base.path(), "ok").assert_success();
    let left: Vec<_> = files_below(base.path()).into_keys().collect();
    assert_eq!(
        left,
        [
            "demo/run-1/outputs.json",
            "demo/run-1/receipt.json",
            "execution/run-1/determinism.json"
        ]
    );
    assert!(!base.path().join("demo/run-1/rejected").exists());
}

#[test]
fn one_with_a_secret_is_kept_nowhere() {
    let base = TempDir::new().unwrap();
    let failed = reject(base.path(), "secret");
    failed.assert_failure("ERR_PROVIDER_RESPONSE", 14);
    failed.assert_nowhere(SECRET);
    assert_eq!(
        failed.message(),
        "the answer is odd; its answer contains the value of PROBE_SECRET and is not kept"
    );
}

#[test]
fn what_else_is_in_its_folder_is_left_alone() {
    let base = TempDir::new().unwrap();
    reject(base.path(), "").assert_rejected("ERR_PROVIDER_RESPONSE", 14);
    let folder = base.path().join("demo/run-1/rejected");
    std::fs::write(folder.join("notes.txt"), "mine").unwrap();
    reject(base.path(), "ok").assert_success();
    let left: Vec<_> = files_below(&folder).into_keys().collect();
    assert_eq!(left, ["notes.txt"]);
}
