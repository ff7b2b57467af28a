//! Runs that never ended, and what to do about each case.

use std::fs;

use documents::{ErrorCode, Mode};
use serde_json::Value;
use snapbox::{assert_data_eq, str};
use support::Test;

use crate::execution::Execution;
use crate::workspace::{Workspace, probe};

/// The lines from `way out` on, up to the paths.
fn way_out(workspace: &Workspace, id: &str) -> String {
    let answer = workspace.counterfoil(["show", id]).run();
    assert_eq!((answer.status, answer.stderr.as_str()), (0, ""));
    let page = answer.stdout.split("\nopen").next().unwrap();
    let (_, way_out) = page.split_once("way out    ").expect("a way out");
    let lines: Vec<_> = way_out
        .lines()
        .map(str::trim)
        .take_while(|line| !line.is_empty())
        .collect();
    lines.join(" ")
}

#[test]
fn a_run_that_may_have_been_paid() {
    let workspace = Workspace::empty();
    let run = Test::processor(probe())
        .artifacts(workspace.artifacts())
        .inputs(r#"{"mode":"real","params":{"do":"hang"}}"#)
        .env("PLAN_ID", "plan-9");
    let mut started = run.start();
    started.wait_for("inputs_read");
    support::wait_until("the provider is called", || {
        workspace.path("artifacts/execution/run-1/started.json").is_file()
    });
    let answer = workspace.counterfoil(["show", "run-1"]).run();
    assert!(answer.stdout.starts_with("status     running\n"), "{answer:?}");
    started.kill().assert_killed();

    let answer = workspace.counterfoil(["show", "run-1"]).run();
    assert_eq!((answer.status, answer.stderr.as_str()), (0, ""));
    assert_data_eq!(
        answer.stdout,
        str![[r#"
status     unknown whether paid
execution  run-1
processor  test/probe@1
mode       real
asked      [..] UTC
plan       plan-9
prefix     /artifacts/demo/run-1/

way out    It asked its service and was killed before its end: the work may have
           been done and charged for. Look there before you run it again, which
           asks and may pay again.
           counterfoil run --ref test/probe@1 --mode real --plan-id plan-9 --write-prefix '/artifacts/demo/{execution_id}/' --execution-id run-1 --inputs FILE

"#]]
    );
    let json = workspace.counterfoil(["show", "run-1", "--json"]).run();
    let document: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(document["receipt"], Value::Null);
    assert_eq!(document["state"], "unknown_whether_paid");
    assert_eq!(document["start"]["mode"], "real");
}

#[test]
fn killed_between_the_receipts() {
    let workspace = Workspace::empty();
    Execution::answer("run-1").succeed(&workspace);
    fs::remove_file(workspace.path("artifacts/outputs/demo/run-1/receipt.json")).unwrap();
    let answer = workspace.counterfoil(["show", "run-1"]).run();
    assert!(answer.stdout.starts_with("status     unfinished\n"), "{answer:?}");
    let text = way_out(&workspace, "run-1");
    assert!(
        text.starts_with("Its answer is whole, and a receipt is missing;"),
        "{text}"
    );
    assert!(text.contains(" --execution-id run-1 "), "{text}");
}

#[test]
fn killed_before_anything() {
    let workspace = Workspace::empty();
    fs::create_dir_all(workspace.path("artifacts/execution/run-1")).unwrap();
    let text = way_out(&workspace, "run-1");
    assert!(
        text.starts_with("It was killed before it asked its service"),
        "{text}"
    );
    assert!(
        text.ends_with("counterfoil run --ref REF --execution-id run-1 --inputs FILE"),
        "{text}"
    );
}

#[test]
fn each_failure_has_its_own() {
    let workspace = Workspace::empty();
    let again = "counterfoil run --ref llm/litellm@1 --mode mock --write-prefix '/artifacts/outputs/demo/{execution_id}/' --execution-id";
    for (id, code, message, expected) in [
        ("a", ErrorCode::Timeout, "the run took longer than it may", format!("Run it again, or allow it more time with --timeout. {again} a --inputs FILE --timeout 2")),
        ("b", ErrorCode::AdapterInvocation, "the processor x/y@1 ended with signal 9 (killed, most likely for want of memory; runtime.memory of its entry is 2Gi) and no answer; its stderr says nothing", format!("{again} b --inputs FILE")),
        ("c", ErrorCode::AdapterInvocation, "the processor x/y@1 ended with exit status 1 and no answer; its stderr says nothing", "`counterfoil doctor` says what this machine lacks. counterfoil doctor".into()),
        ("d", ErrorCode::ImageUnpinned, "it has no image", "Pin the image in the registry entry, or use --engine process. counterfoil pin --ref llm/litellm@1".into()),
        ("e", ErrorCode::MissingSecret, "the secret A is not set; set it", format!("{again} e --inputs FILE")),
    ] {
        Execution::new(id).fail(&workspace, code, message);
        // the path of the write prefix is known from there alone
        assert_eq!(way_out(&workspace, &format!("/artifacts/outputs/demo/{id}/")), expected);
    }
    let answer = workspace.counterfoil(["show", "b"]).run();
    assert!(
        answer.stdout.contains("again      the same run may succeed"),
        "{answer:?}"
    );
}

#[test]
fn a_line_of_a_batch_is_run_again_by_its_batch() {
    let workspace = Workspace::empty();
    let id = "q-00000000000000ab-2";
    Execution::new(id)
        .with(|receipt| receipt.mode = Some(Mode::Real))
        .fail(
            &workspace,
            ErrorCode::ProviderRateLimit,
            "slow down; wait a minute",
        );
    let text = way_out(&workspace, id);
    assert!(
        text.ends_with(&format!("--execution-id {id} --inputs FILE")),
        "{text}"
    );
    workspace.write("artifacts/batch/q.json", "{}");
    let text = way_out(&workspace, id);
    assert!(
        text.ends_with("--mode real --execution-id q --batch FILE"),
        "{text}"
    );
}
