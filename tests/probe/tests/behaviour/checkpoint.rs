//! What a provider keeps for the next run of its execution.

use std::path::Path;

use support::{Dir, Finished, Test, files_below};

use super::probe;

const KEPT: &str = "demo/run-1/.staging-run-1/kept.json";

fn keep(base: &Path, end: &str) -> Test {
    probe(r#"{"do":"keep"}"#).artifacts(base).env("PROBE_END", end)
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
fn a_checkpoint_outlives_failures_and_ends_with_success() {
    let base = Dir::new();
    for _ in 0..2 {
        let failed = keep(base.root(), "error").run();
        failed.assert_refused("ERR_PROVIDER_UNAVAILABLE", 13);
        assert!(is_kept(base.root()), "{failed:?}");
    }
    let finished = keep(base.root(), "ok").run();
    assert_eq!(found(&finished), "kept\nkept\n");
    assert!(
        !files_below(base.root())
            .keys()
            .any(|name| name.contains("staging"))
    );
}

#[test]
fn a_checkpoint_outlives_a_kill() {
    let base = Dir::new();
    let mut started = keep(base.root(), "hang").start();
    started.wait_for("probe_kept");
    started.kill().assert_killed();
    assert_eq!(found(&keep(base.root(), "ok").run()), "kept\n");
}

#[test]
fn a_checkpoint_is_for_the_same_inputs_and_can_be_cleared() {
    let base = Dir::new();
    let failing = keep(base.root(), "error").run();
    failing.assert_refused("ERR_PROVIDER_UNAVAILABLE", 13);
    let other = probe(r#"{"do":"keep","x":1}"#).artifacts(base.root()).run();
    assert_eq!(found(&other), "");

    let base = Dir::new();
    let forgetful = keep(base.root(), "forget").run();
    forgetful.assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
    assert_eq!(found(&keep(base.root(), "ok").run()), "");
}

#[test]
fn another_execution_in_the_same_prefix_leaves_a_checkpoint() {
    let base = Dir::new();
    let failed = keep(base.root(), "error").prefix("/artifacts/shared/").run();
    failed.assert_refused("ERR_PROVIDER_UNAVAILABLE", 13);
    let other = probe(r#"{"do":"error"}"#)
        .artifacts(base.root())
        .prefix("/artifacts/shared/")
        .execution_id("run-2")
        .run();
    other.assert_refused("ERR_PROVIDER_FAILED", 15);
    assert!(files_below(base.root()).contains_key("shared/.staging-run-1/kept.json"));
    let again = keep(base.root(), "ok").prefix("/artifacts/shared/").run();
    again.assert_success();
    let kept = again.files().remove("shared/outputs/kept.txt");
    assert_eq!(kept.unwrap(), b"kept\n");
}
