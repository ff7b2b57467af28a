//! `counterfoil verify`: what holds, and every way in which it may not.

mod failures;
mod index;
mod inputs;
mod outputs;
mod receipts;

use std::fs;

use serde_json::Value;
use snapbox::{assert_data_eq, str};

use crate::tree::{Run, Tree, copy};

const PREFIX: &str = "artifacts/outputs/demo/run-1";
const RECEIPT: &str = "artifacts/outputs/demo/run-1/receipt.json";
const TWIN: &str = "artifacts/execution/run-1/determinism.json";
const INDEX: &str = "artifacts/outputs/demo/run-1/outputs.json";
const ANSWER: &str = "artifacts/outputs/demo/run-1/outputs/response.json";

fn success() -> Tree {
    let tree = Tree::new();
    Run::answer("run-1").succeed(&tree);
    tree
}

/// Fails unless the verification of the prefix fails; gives the checks that do, as `what path: detail`.
#[track_caller]
fn differing(tree: &Tree, more: &[&str]) -> Vec<String> {
    differing_of(tree, PREFIX, more)
}

#[track_caller]
fn differing_of(tree: &Tree, named: &str, more: &[&str]) -> Vec<String> {
    let answer = tree.counterfoil(&[&["verify", named, "--json"], more].concat());
    assert_eq!(answer.status, 1, "{} {}", answer.stdout, answer.stderr);
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
fn assert_verified(tree: &Tree, arguments: &[&str]) {
    let answer = tree.counterfoil(&[&["verify"], arguments].concat());
    assert_eq!(answer.status, 0, "{} {}", answer.stdout, answer.stderr);
}

/// Writes both receipts anew, as somebody would who wants a change to go unseen.
fn change_receipts(tree: &Tree, from: &str, to: &str) {
    tree.replace(RECEIPT, from, to);
    fs::copy(tree.path(RECEIPT), tree.path(TWIN)).unwrap();
}

#[test]
fn all_holds() {
    let tree = success();
    let answer = tree.counterfoil(&["verify", PREFIX]);
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
    let tree = success();
    tree.write("artifacts/outputs/demo/run-1/outputs/stray.txt", "");
    tree.write(ANSWER, "{}");
    let answer = tree.counterfoil(&["verify", RECEIPT, "--json"]);
    assert_eq!(answer.status, 1);
    assert_data_eq!(
        answer.stdout,
        str![[r#"
{"verified":false,"execution_id":"run-1","status":"success","receipt":"world://artifacts/outputs/demo/run-1/receipt.json","checks":[{"path":"world://artifacts/outputs/demo/run-1/receipt.json","what":"receipt","ok":true},{"path":"world://artifacts/execution/run-1/determinism.json","what":"twin","ok":true},{"path":"world://artifacts/outputs/demo/run-1/outputs.json","what":"index","ok":true},{"path":"world://artifacts/outputs/demo/run-1/outputs/response.json","what":"output","ok":false,"detail":"has changed: size 2 where 13 was written"}],"notes":["world://artifacts/outputs/demo/run-1/outputs/stray.txt is in no index"]}

"#]]
    );
}

#[test]
fn a_run_has_many_names() {
    let tree = success();
    let absolute = tree.path(PREFIX);
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
        assert_verified(&tree, &[named]);
    }
}

#[test]
fn a_tree_holds_wherever_it_is_copied_to() {
    let tree = success();
    copy(&tree.path("artifacts"), &tree.path("backup/of-2026"));
    fs::remove_dir_all(tree.path("artifacts")).unwrap();
    assert_verified(&tree, &["backup/of-2026/outputs/demo/run-1"]);
    assert_verified(&tree, &["backup/of-2026/execution/run-1"]);
    assert_verified(
        &tree,
        &[
            "/artifacts/outputs/demo/run-1/",
            "--artifacts-dir",
            "backup/of-2026",
        ],
    );
    let mut by_variable = tree.command(&["verify", "/artifacts/outputs/demo/run-1/"]);
    by_variable.env("ARTIFACTS_BASE_DIR", "backup/of-2026");
    assert!(by_variable.status().unwrap().success());
}

#[test]
fn a_copy_of_a_receipt_is_compared_with_both() {
    let tree = success();
    fs::copy(tree.path(RECEIPT), tree.path("mine.json")).unwrap();
    assert_verified(&tree, &["mine.json"]);
    tree.replace("mine.json", "\"duration_ms\":3", "\"duration_ms\":4");
    let answer = tree.counterfoil(&["verify", "mine.json"]);
    assert_eq!(answer.status, 1);
    assert_eq!(answer.stdout.matches("DIFFERS").count(), 2, "{}", answer.stdout);
}

#[test]
fn what_is_not_there_is_told_with_the_way_out() {
    let tree = success();
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
        let answer = tree.counterfoil(&["verify", named]);
        assert_eq!((answer.status, answer.stdout.as_str()), (status, ""), "{named}");
        assert!(answer.stderr.contains(sentence), "{named}: {}", answer.stderr);
    }
    assert_eq!(tree.counterfoil(&["verify"]).status, 2);
    assert_eq!(
        tree.counterfoil(&["verify", PREFIX, "--inputs", "none.json"])
            .status,
        2
    );
}

#[test]
fn hostile_text_does_not_steer_the_terminal() {
    let tree = success();
    let hostile = "artifacts/outputs/demo/run-1/outputs/\u{1b}[2Jx";
    tree.write(hostile, "");
    for more in [&[][..], &["--json"]] {
        let answer = tree.counterfoil(&[&["verify", PREFIX], more].concat());
        assert_eq!(answer.status, 0);
        assert!(answer.stdout.contains("[2Jx is in no index"), "{}", answer.stdout);
        assert!(!answer.stdout.contains('\u{1b}'), "{:?}", answer.stdout);
    }
}
