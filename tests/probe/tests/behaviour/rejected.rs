//! Answers that were paid for and cannot be used.

use std::path::Path;

use support::{Dir, Finished, files_below};

use super::probe;

const SECRET: &str = "hunter2-hunter2";

fn reject(base: &Path, end: &str) -> Finished {
    probe(r#"{"do":"reject"}"#)
        .artifacts(base)
        .env("PROBE_END", end)
        .env("PROBE_SECRET", SECRET)
        .run()
}

#[test]
fn saves_a_rejected_answer_and_names_it() {
    let base = Dir::new();
    let failed = reject(base.root(), "");
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
fn the_next_run_replaces_a_rejected_answer() {
    let base = Dir::new();
    for _ in 0..2 {
        let answer = reject(base.root(), "file").assert_rejected("ERR_PROVIDER_RESPONSE", 14);
        assert_eq!(answer, b"an odd answer, as a file");
        let answer = reject(base.root(), "").assert_rejected("ERR_PROVIDER_RESPONSE", 14);
        assert_eq!(answer, b"an odd answer");
    }
    // it was paid for, and stays where there is no other one
    let answer = reject(base.root(), "error").assert_rejected("ERR_PROVIDER_RESPONSE", 14);
    assert_eq!(answer, b"an odd answer");
    reject(base.root(), "ok").assert_success();
    let left: Vec<_> = files_below(base.root()).into_keys().collect();
    assert_eq!(
        left,
        [
            "demo/run-1/outputs.json",
            "demo/run-1/receipt.json",
            "execution/run-1/determinism.json"
        ]
    );
    assert!(!base.path("demo/run-1/rejected").exists());
}

#[test]
fn saves_no_rejected_answer_with_a_secret() {
    let base = Dir::new();
    let failed = reject(base.root(), "secret");
    failed.assert_failure("ERR_PROVIDER_RESPONSE", 14);
    failed.assert_nowhere(SECRET);
    assert_eq!(
        failed.message(),
        "the answer is odd; its answer contains the value of PROBE_SECRET and is not kept"
    );
}

#[test]
fn keeps_other_files_beside_a_rejected_answer() {
    let base = Dir::new();
    reject(base.root(), "").assert_rejected("ERR_PROVIDER_RESPONSE", 14);
    let dir = base.path("demo/run-1/rejected");
    std::fs::write(dir.join("notes.txt"), "mine").unwrap();
    reject(base.root(), "ok").assert_success();
    let left: Vec<_> = files_below(&dir).into_keys().collect();
    assert_eq!(left, ["notes.txt"]);
}
