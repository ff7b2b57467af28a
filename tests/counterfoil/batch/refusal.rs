//! Batches that cannot start: one envelope says why, and stderr says it to people.

use std::fs;

use support::Finished;

use super::{Workspace, ok};

#[track_caller]
fn assert_refused(ended: &Finished, status: i32, code: &str) {
    ended.assert_batch(status, 0, 1);
    assert_eq!(ended.json_lines()[0]["error"]["code"], code);
    assert_eq!(ended.stderr, format!("error: {}\n", ended.message()));
}

#[test]
fn no_such_file() {
    let workspace = Workspace::with_batch(&[]);
    let ended = workspace.batch_of("missing.jsonl").run();
    assert_refused(&ended, 2, "ERR_USAGE");
    assert_eq!(ended.execution_ids(), [""]);
    assert!(!workspace.path("artifacts").exists());
}

#[test]
fn a_directory() {
    let workspace = Workspace::with_batch(&[]);
    assert_refused(&workspace.batch_of("bin").run(), 2, "ERR_USAGE");
}

#[test]
fn no_entry() {
    let workspace = Workspace::with_batch(&[ok("a")]);
    fs::remove_file(workspace.path("registry/test_probe.yaml")).unwrap();
    assert_refused(&workspace.batch(&[]).run(), 30, "ERR_REGISTRY");
}

#[test]
fn a_prefix_for_all() {
    let workspace = Workspace::with_batch(&[ok("a")]);
    let ended = workspace
        .batch(&["--write-prefix", "/artifacts/all/", "--execution-id", "nightly"])
        .run();
    assert_refused(&ended, 5, "ERR_PREFIX_TEMPLATE");
    assert_eq!(ended.execution_ids(), ["nightly"]);
}

#[test]
fn an_execution_id_that_leaves_no_room_for_the_lines() {
    let workspace = Workspace::with_batch(&[ok("a")]);
    let longest = "x".repeat(100);
    workspace
        .batch(&["--execution-id", &longest])
        .run()
        .assert_batch(0, 1, 0);
    assert_refused(
        &workspace.batch(&["--execution-id", &format!("{longest}x")]).run(),
        5,
        "ERR_EXECUTION_ID",
    );
}

#[test]
fn an_attached_file_that_is_not_there() {
    let workspace = Workspace::with_batch(&[ok("a")]);
    assert_refused(
        &workspace.batch(&["--attach", "notes=missing"]).run(),
        2,
        "ERR_USAGE",
    );
    assert!(workspace.receipts().is_empty());
}

#[test]
fn no_binary() {
    let workspace = Workspace::with_batch(&[ok("a")]);
    workspace.batch(&[]).run().assert_batch(0, 1, 0);
    let program = workspace.path("bin/test-probe");
    fs::rename(&program, workspace.path("away")).unwrap();
    assert_refused(&workspace.batch(&[]).run(), 33, "ERR_ADAPTER_INVOCATION");

    fs::rename(workspace.path("away"), &program).unwrap();
    let resumed = workspace.batch(&["--resume"]).run();
    resumed.assert_batch(0, 1, 0);
    assert_eq!(resumed.summary(), "1 line: 0 done now, 1 before");
}

#[test]
fn lines_that_are_no_inputs_documents() {
    let workspace = Workspace::with_batch(&[]);
    let bad = ["{not json", r#"{"parms":{}}"#, "[]", r#"{"label":1}"#];
    let mut lines = vec![ok("a").to_string()];
    lines.extend((0..12).map(|n| bad[n % bad.len()].to_owned()));
    workspace.write("batch.jsonl", lines.join("\n"));
    let ended = workspace.batch(&[]).run();
    assert_refused(&ended, 2, "ERR_USAGE");
    let message = ended.message();
    for part in [
        "the batch batch.jsonl has 12 lines that cannot be used (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, ...), first line 2: ",
        "; nothing was run",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert!(!workspace.path("artifacts").exists());
}
