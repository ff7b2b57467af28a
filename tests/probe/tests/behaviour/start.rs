//! What a run leaves before it calls its provider, and says of runs that never ended.

use std::path::Path;

use serde_json::Value;
use support::{Dir, Test, files_below};

use super::bare;

const START: &str = "execution/run-1/started.json";

fn run(base: &Path, mode: &str, end: &str) -> Test {
    bare()
        .inputs(format!(r#"{{"mode":"{mode}","params":{{"do":"keep"}}}}"#))
        .artifacts(base)
        .env("PROBE_END", end)
}

/// Kills a run while its provider is at work.
fn kill(base: &Path, mode: &str) {
    let mut started = run(base, mode, "hang").start();
    started.wait_for("probe_kept");
    started.kill().assert_killed();
}

fn start(base: &Path) -> Option<Value> {
    let bytes = files_below(base).remove(START)?;
    Some(serde_json::from_slice(&bytes).unwrap())
}

#[test]
fn the_next_run_tells_how_many_were_started_and_never_ended() {
    let base = Dir::new();
    kill(base.root(), "real");
    kill(base.root(), "real");
    let left = start(base.root()).unwrap();
    assert_eq!(left["processor_ref"], "test/probe@1");
    assert_eq!(left["write_prefix"], "/artifacts/demo/run-1/");
    assert_eq!(
        (&left["mode"], &left["earlier_attempts"]),
        (&"real".into(), &1.into())
    );

    let failed = run(base.root(), "real", "error").run();
    failed.assert_refused("ERR_PROVIDER_UNAVAILABLE", 13);
    let told = |lines: &[Value]| {
        let told = lines.iter().find(|line| line["event"] == "earlier_attempt");
        told.map(|line| line["attempts"].clone())
    };
    assert_eq!(told(&failed.log()), Some(2.into()));
    assert_eq!(failed.receipt()["extra"]["earlier_attempts"], "2");
    assert_eq!(start(base.root()), None);

    let finished = run(base.root(), "real", "ok").run();
    finished.assert_success();
    assert_eq!(told(&finished.log()), Some(2.into()));
    assert_eq!(finished.receipt()["extra"]["earlier_attempts"], "2");
    assert_eq!(start(base.root()), None);
}

#[test]
fn a_run_that_ends_leaves_no_start() {
    for end in ["error", "ok"] {
        let base = Dir::new();
        let finished = run(base.root(), "real", end).run();
        assert_eq!(finished.receipt()["extra"], Value::Null, "{finished:?}");
        assert_eq!(start(base.root()), None);
    }
}

#[test]
fn a_mock_run_leaves_none_and_tells_of_one() {
    let base = Dir::new();
    kill(base.root(), "mock");
    assert_eq!(start(base.root()), None);
    kill(base.root(), "real");
    let finished = run(base.root(), "mock", "ok").run();
    finished.assert_success();
    assert_eq!(finished.receipt()["extra"]["earlier_attempts"], "1");
    assert_eq!(start(base.root()), None);
}

#[test]
fn a_start_that_cannot_be_left_is_an_error_before_the_provider_is_called() {
    let base = Dir::new();
    base.create_dir(START);
    let refused = run(base.root(), "real", "ok").run();
    refused.assert_failure("ERR_OUTPUT_WRITE", 21);
    assert!(!refused.stderr.contains("probe_kept"), "{refused:?}");
}

#[test]
fn a_receipt_names_the_plan() {
    for (end, plan) in [("ok", "plan-9"), ("error", "plan-9"), ("ok", "")] {
        let base = Dir::new();
        let finished = run(base.root(), "mock", end).env("PLAN_ID", plan).run();
        let expected = if plan.is_empty() { Value::Null } else { plan.into() };
        assert_eq!(finished.receipt()["plan_id"], expected);
    }
}
