//! `counterfoil verify`: what holds, and every way in which it may not.

mod failures;
mod index;
mod inputs;
mod many;
mod outputs;
mod receipts;

use std::fs;

use serde_json::Value;
use snapbox::{assert_data_eq, str};
use support::copy_dir;

use crate::execution::Execution;
use crate::workspace::Workspace;

const PREFIX: &str = "artifacts/outputs/demo/run-1";
const RECEIPT: &str = "artifacts/outputs/demo/run-1/receipt.json";
const TWIN: &str = "artifacts/execution/run-1/determinism.json";
const INDEX: &str = "artifacts/outputs/demo/run-1/outputs.json";
const ANSWER: &str = "artifacts/outputs/demo/run-1/outputs/response.json";

fn success() -> Workspace {
    let workspace = Workspace::empty();
    Execution::answer("run-1").succeed(&workspace);
    workspace
}

/// Fails unless the verification of the prefix fails; returns the checks that do, as `what path: detail`.
#[track_caller]
fn differing(workspace: &Workspace, more: &[&str]) -> Vec<String> {
    differing_of(workspace, PREFIX, more)
}

#[track_caller]
fn differing_of(workspace: &Workspace, named: &str, more: &[&str]) -> Vec<String> {
    let answer = workspace
        .counterfoil([&["verify", named, "--json"], more].concat())
        .run();
    answer.assert_status(1);
    let report: Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(report["verified"], false);
    report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["ok"] == false)
        .map(|check| {
            let text = |field: &str| check[field].as_str().unwrap();
            let path = text("path")
                .replace("world://artifacts/", "")
                .replace("outputs/demo/run-1/", "");
            format!("{} {path}: {}", text("what"), text("detail"))
        })
        .collect()
}

#[track_caller]
fn assert_verified(workspace: &Workspace, arguments: &[&str]) {
    let answer = workspace.counterfoil([&["verify"], arguments].concat()).run();
    answer.assert_status(0);
}

/// Writes both receipts anew, as somebody would who wants a change to go unseen.
fn change_receipts(workspace: &Workspace, from: &str, to: &str) {
    workspace.replace(RECEIPT, from, to);
    fs::copy(workspace.path(RECEIPT), workspace.path(TWIN)).unwrap();
}

#[test]
fn verifies_a_success() {
    let workspace = success();
    let answer = workspace.counterfoil(["verify", PREFIX]).run();
    assert_eq!((answer.status, answer.stderr.as_str()), (0, ""));
    assert_data_eq!(
        answer.stdout,
        str![[r#"
ok       world://artifacts/outputs/demo/run-1/receipt.json  691 B
ok       world://artifacts/execution/run-1/determinism.json  691 B
ok       world://artifacts/outputs/demo/run-1/outputs.json  205 B
ok       world://artifacts/outputs/demo/run-1/outputs/response.json  13 B
verified: run-1, all 4 checks hold

"#]]
    );
}

#[test]
fn json_is_one_line_in_one_order() {
    let workspace = success();
    workspace.write("artifacts/outputs/demo/run-1/outputs/stray.txt", "");
    workspace.write(ANSWER, "{}");
    let answer = workspace.counterfoil(["verify", RECEIPT, "--json"]).run();
    assert_eq!(answer.status, 1);
    assert_data_eq!(
        answer.stdout,
        str![[r#"
{"verified":false,"execution_id":"run-1","status":"success","receipt":"world://artifacts/outputs/demo/run-1/receipt.json","checks":[{"path":"world://artifacts/outputs/demo/run-1/receipt.json","what":"receipt","ok":true},{"path":"world://artifacts/execution/run-1/determinism.json","what":"twin","ok":true},{"path":"world://artifacts/outputs/demo/run-1/outputs.json","what":"index","ok":true},{"path":"world://artifacts/outputs/demo/run-1/outputs/response.json","what":"output","ok":false,"detail":"has changed: size 2 where 13 was written"},{"path":"world://artifacts/outputs/demo/run-1/outputs/stray.txt","what":"unlisted","ok":false,"detail":"is in no index"}],"notes":[]}

"#]]
    );
}

#[test]
fn a_run_has_many_names() {
    let workspace = success();
    let absolute = workspace.path(PREFIX);
    for named in [
        "world://artifacts/outputs/demo/run-1/",
        "world://artifacts/outputs/demo/run-1",
        "world://artifacts/execution/run-1/determinism.json",
        "/artifacts/outputs/demo/run-1/",
        "/artifacts/outputs/demo/run-1/receipt.json",
        "artifacts/execution/run-1",
        "./artifacts/outputs/demo/../demo/run-1/",
        RECEIPT,
        TWIN,
        absolute.to_str().unwrap(),
    ] {
        assert_verified(&workspace, &[named]);
    }
}

#[test]
fn a_tree_holds_wherever_it_is_copied_to() {
    let workspace = success();
    copy_dir(&workspace.path("artifacts"), &workspace.path("backup/of-2026"));
    fs::remove_dir_all(workspace.path("artifacts")).unwrap();
    assert_verified(&workspace, &["backup/of-2026/outputs/demo/run-1"]);
    assert_verified(&workspace, &["backup/of-2026/execution/run-1"]);
    assert_verified(
        &workspace,
        &[
            "/artifacts/outputs/demo/run-1/",
            "--artifacts-dir",
            "backup/of-2026",
        ],
    );
    let by_variable = workspace.counterfoil(["verify", "/artifacts/outputs/demo/run-1/"]);
    by_variable
        .env("ARTIFACTS_BASE_DIR", "backup/of-2026")
        .run()
        .assert_status(0);
}

#[test]
fn a_copy_of_a_receipt_is_compared_with_both() {
    let workspace = success();
    fs::copy(workspace.path(RECEIPT), workspace.path("mine.json")).unwrap();
    assert_verified(&workspace, &["mine.json"]);
    workspace.replace("mine.json", "\"duration_ms\":3", "\"duration_ms\":4");
    let answer = workspace.counterfoil(["verify", "mine.json"]).run();
    assert_eq!(answer.status, 1);
    assert_eq!(answer.stdout.matches("DIFFERS").count(), 2, "{answer:?}");
}

#[test]
fn reports_a_missing_run_with_a_hint() {
    let workspace = success();
    for (named, status, sentence) in [
        (
            "artifacts/none",
            1,
            "name a write prefix, a receipt, or a directory below execution/",
        ),
        ("artifacts/outputs", 1, "artifacts/outputs has no receipt"),
        (
            "world://artifacts/none/",
            1,
            "name another artifacts directory with --artifacts-dir",
        ),
        ("world://artifacts/../x", 2, "a path has a segment `.` or `..`"),
    ] {
        let answer = workspace.counterfoil(["verify", named]).run();
        assert_eq!((answer.status, answer.stdout.as_str()), (status, ""), "{named}");
        assert!(answer.stderr.contains(sentence), "{named}: {}", answer.stderr);
    }
    assert_eq!(workspace.counterfoil(["verify"]).run().status, 2);
    assert_eq!(
        workspace
            .counterfoil(["verify", PREFIX, "--inputs", "none.json"])
            .run()
            .status,
        2
    );
}

#[test]
fn hostile_text_does_not_steer_the_terminal() {
    let workspace = success();
    let hostile = "artifacts/outputs/demo/run-1/outputs/\u{1b}[2Jx";
    workspace.write(hostile, "");
    for more in [&[][..], &["--json"]] {
        let answer = workspace.counterfoil([&["verify", PREFIX], more].concat()).run();
        assert_eq!(answer.status, 1);
        assert!(answer.stdout.contains("[2Jx"), "{answer:?}");
        assert!(!answer.stdout.contains('\u{1b}'), "{:?}", answer.stdout);
    }
}
