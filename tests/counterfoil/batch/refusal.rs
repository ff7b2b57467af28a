//! Batches that cannot start: one envelope says why, and stderr says it to people.

use std::fs;

use super::{Ended, Workspace, finish, ok};

#[track_caller]
fn assert_refused(ended: &Ended, status: i32, code: &str) {
    ended.assert(status, 0, 1);
    assert_eq!(ended.results[0]["error"]["code"], code);
    let message = ended.results[0]["error"]["message"].as_str().unwrap();
    assert_eq!(ended.stderr, format!("error: {message}\n"));
}

#[test]
fn no_such_file() {
    let workspace = Workspace::with(&[]);
    let ended = finish(workspace.command_of("missing.jsonl"));
    assert_refused(&ended, 2, "ERR_USAGE");
    assert_eq!(ended.ids(), [""]);
    assert!(!workspace.path("artifacts").exists());
}

#[test]
fn a_folder() {
    let workspace = Workspace::with(&[]);
    assert_refused(&finish(workspace.command_of("bin")), 2, "ERR_USAGE");
}

#[test]
fn no_entry() {
    let workspace = Workspace::with(&[ok("a")]);
    fs::remove_file(workspace.path("registry/test_probe.yaml")).unwrap();
    assert_refused(&workspace.run(&[]), 30, "ERR_REGISTRY");
}

#[test]
fn a_prefix_for_all() {
    let workspace = Workspace::with(&[ok("a")]);
    let ended = workspace.run(&["--write-prefix", "/artifacts/all/", "--execution-id", "nightly"]);
    assert_refused(&ended, 5, "ERR_PREFIX_TEMPLATE");
    assert_eq!(ended.ids(), ["nightly"]);
}

#[test]
fn an_execution_id_that_leaves_no_room_for_the_lines() {
    let workspace = Workspace::with(&[ok("a")]);
    let longest = "x".repeat(98);
    workspace.run(&["--execution-id", &longest]).assert(0, 1, 0);
    assert_refused(
        &workspace.run(&["--execution-id", &format!("{longest}x")]),
        5,
        "ERR_EXECUTION_ID",
    );
}

#[test]
fn an_attached_file_that_is_not_there() {
    let workspace = Workspace::with(&[ok("a")]);
    assert_refused(&workspace.run(&["--attach", "notes=missing"]), 3, "ERR_INPUTS");
    assert!(workspace.receipts().is_empty());
}

#[test]
fn no_binary() {
    let workspace = Workspace::with(&[ok("a")]);
    workspace.run(&[]).assert(0, 1, 0);
    let program = workspace.path("bin/probe-of-the-batch");
    fs::rename(&program, workspace.path("away")).unwrap();
    assert_refused(&workspace.run(&[]), 33, "ERR_ADAPTER_INVOCATION");

    // the one that could not start has not taken the place of the one before
    fs::rename(workspace.path("away"), &program).unwrap();
    let resumed = workspace.run(&["--resume"]);
    resumed.assert(0, 0, 0);
    assert_eq!(resumed.counts(), "1 line: 0 done, 1 done before");
}
