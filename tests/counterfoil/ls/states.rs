//! Runs that go on, and runs that never ended.

use std::fs;

use serde_json::{Value, json};

use crate::execution::{Execution, hanging};
use crate::workspace::Workspace;

const START: &str = r#"{"processor_ref":"llm/litellm@1","write_prefix":"/artifacts/outputs/demo/run-1/","inputs_sha256":"","mode":"real","timestamp_utc":"2026-11-24T01:02:03Z","earlier_attempts":0}"#;

fn rows(workspace: &Workspace, arguments: &[&str]) -> Vec<(Value, Value)> {
    let answer = workspace
        .counterfoil([&["ls", "--json"], arguments].concat())
        .run();
    answer.assert_status(0);
    let row = |row: &Value| (row["execution_id"].clone(), row["status"].clone());
    answer.json_lines().iter().map(row).collect()
}

/// Runs the probe up to the call of its provider, and kills it.
fn killed_in(workspace: &Workspace, mode: &str) {
    let started = hanging(workspace, mode);
    assert_eq!(rows(workspace, &[]), [(json!("run-1"), json!("running"))]);
    started.kill().assert_killed();
}

#[test]
fn a_run_that_asked_its_service_and_was_killed_may_have_been_paid() {
    let workspace = Workspace::empty();
    killed_in(&workspace, "real");
    let answer = workspace.counterfoil(["ls"]).run();
    assert!(
        answer.stdout.contains("  paid?  test/probe@1  real  "),
        "{answer:?}"
    );
    assert_eq!(answer.stderr, "1 run: 1 unknown whether paid\n");
    assert_eq!(
        rows(&workspace, &["--status", "unknown_whether_paid"]),
        [(json!("run-1"), json!("unknown_whether_paid"))]
    );
}

#[test]
fn a_mock_run_that_was_killed_is_unfinished() {
    let workspace = Workspace::empty();
    killed_in(&workspace, "mock");
    assert_eq!(rows(&workspace, &[]), [(json!("run-1"), json!("unfinished"))]);
}

#[test]
fn killed_between_the_receipts_is_unfinished() {
    let workspace = Workspace::empty();
    Execution::answer("run-1").succeed(&workspace);
    assert_eq!(rows(&workspace, &["--status", "unfinished"]), []);
    fs::remove_file(workspace.path("artifacts/outputs/demo/run-1/receipt.json")).unwrap();
    assert_eq!(rows(&workspace, &[]), [(json!("run-1"), json!("unfinished"))]);
}

#[test]
fn a_start_counts_beside_a_failure_and_not_beside_a_success() {
    let workspace = Workspace::empty();
    Execution::answer("run-1").succeed(&workspace);
    Execution::new("run-2").fail(&workspace, documents::ErrorCode::AdapterInvocation, "killed");
    for id in ["run-1", "run-2"] {
        workspace.write(&format!("artifacts/execution/{id}/started.json"), START);
    }
    assert_eq!(
        rows(&workspace, &[]),
        [
            (json!("run-2"), json!("unknown_whether_paid")),
            (json!("run-1"), json!("success"))
        ]
    );
}
