//! What a provider keeps for the next run of its execution.

use std::io::{BufRead as _, BufReader};
use std::path::Path;

use support::{Finished, Run, files_below};
use tempfile::TempDir;

use super::probe;

const KEPT: &str = "demo/run-1/.staging-run-1/kept.json";

fn keep(base: &Path, end: &str) -> Run {
    probe(r#"{"do":"keep"}"#).base(base).env("PROBE_END", end)
}

/// What the run found, in its output.
fn found(finished: &Finished) -> String {
    finished.assert_success();
    let kept = finished.files().remove("demo/run-1/outputs/kept.txt");
    String::from_utf8(kept.unwrap()).unwrap()
}

fn is_kept(base: &Path) -> bool {
    files_below(base).contains_key(KEPT)
}

#[test]
fn it_outlives_failures_and_ends_with_success() {
    let base = TempDir::new().unwrap();
    for _ in 0..2 {
        let failed = keep(base.path(), "error").finish();
        failed.assert_refused("ERR_PROVIDER_UNAVAILABLE", 13);
        assert!(is_kept(base.path()), "{failed:?}");
    }
    let finished = keep(base.path(), "ok").finish();
    assert_eq!(found(&finished), "kept\nkept\n");
    assert!(
        !files_below(base.path())
            .keys()
            .any(|name| name.contains("staging"))
    );
}

#[test]
fn it_outlives_a_kill() {
    let base = TempDir::new().unwrap();
    let run = keep(base.path(), "hang");
    let mut child = run.start();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut seen = String::new();
    while !seen.contains("probe_kept") {
        assert_ne!(stderr.read_line(&mut seen).unwrap(), 0, "{seen}");
    }
    child.kill().unwrap();
    assert_eq!(run.wait(child).status, 128 + 9);
    assert_eq!(found(&keep(base.path(), "ok").finish()), "kept\n");
}

#[test]
fn it_is_for_the_same_inputs_alone_and_can_be_forgotten() {
    let base = TempDir::new().unwrap();
    let failing = keep(base.path(), "error").finish();
    failing.assert_refused("ERR_PROVIDER_UNAVAILABLE", 13);
    let other = probe(r#"{"do":"keep","x":1}"#).base(base.path()).finish();
    assert_eq!(found(&other), "");

    let base = TempDir::new().unwrap();
    let forgetful = keep(base.path(), "forget").finish();
    forgetful.assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
    assert_eq!(found(&keep(base.path(), "ok").finish()), "");
}

#[test]
fn another_execution_in_the_same_prefix_leaves_it_there() {
    let base = TempDir::new().unwrap();
    let failed = keep(base.path(), "error").prefix("/artifacts/shared/").finish();
    failed.assert_refused("ERR_PROVIDER_UNAVAILABLE", 13);
    let other = probe(r#"{"do":"error"}"#)
        .base(base.path())
        .prefix("/artifacts/shared/")
        .execution_id("run-2")
        .finish();
    other.assert_refused("ERR_PROVIDER_FAILED", 15);
    assert!(files_below(base.path()).contains_key("shared/.staging-run-1/kept.json"));
    let again = keep(base.path(), "ok").prefix("/artifacts/shared/").finish();
    again.assert_success();
    let kept = again.files().remove("shared/outputs/kept.txt");
    assert_eq!(kept.unwrap(), b"kept\n");
}
