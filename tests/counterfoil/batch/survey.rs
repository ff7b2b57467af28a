//! What is found before a line is run: nothing is run or written then.

use std::fs;

use serde_json::json;

use super::{Workspace, ok};

const SECRET: &str = "\nsecrets: {required: [PROBE_SECRET]}";

#[test]
fn lines_that_do_not_fit_the_schema() {
    let workspace = Workspace::with_batch(&[ok("a"), json!({"params": {"message": 5}})]);
    let ended = workspace.batch(&[]).run();
    ended.assert_refused("ERR_USAGE", 2);
    ended.assert_message("has a line that cannot be used, line 2: the params do not fit the schema");
    ended.assert_message("/params/message ");
    assert!(!workspace.path("artifacts").exists());
}

#[test]
fn files_that_are_not_there() {
    let named = json!({"params": {"image": [{"$file": "cat"}]}});
    let missing = json!({"params": {}, "files": {"cat": {"path": "world://artifacts/inputs/none"}}});
    let workspace = Workspace::with_batch(&[named, missing]);
    fs::write(workspace.path("cat.png"), "an image").unwrap();
    let ended = workspace.batch(&[]).run();
    ended.assert_refused("ERR_USAGE", 2);
    ended.assert_message("has 2 lines that cannot be used (1, 2), first line 1: ");
    ended.assert_message(
        "/params/image/0 names the file cat, which /files does not have; attach it with --attach cat=PATH",
    );
    assert!(!workspace.path("artifacts").exists());

    workspace.write_batch(&[json!({"params": {"image": "@cat.png"}})]);
    let ended = workspace.batch(&[]).run();
    ended.assert_refused("ERR_USAGE", 2);
    ended.assert_message("/params/image begins with @ and names a file of this machine, which is not sent");

    workspace.write_batch(&[json!({"params": {"message": "@nobody"}})]);
    workspace.batch(&[]).run().assert_batch(0, 1, 0);
}

#[test]
fn an_attached_file_that_no_line_names() {
    let named = json!({"params": {"image": {"$file": "cat"}}});
    let workspace = Workspace::with_batch(&[ok("a"), named]);
    fs::write(workspace.path("cat.png"), "an image").unwrap();
    let ended = workspace
        .batch(&["--attach", "dog=cat.png", "--attach", "cat=cat.png"])
        .run();
    ended.assert_refused("ERR_INPUTS", 3);
    ended.assert_message("the attached file dog is not used");
    assert!(workspace.receipts().is_empty());
    workspace
        .batch(&["--attach", "cat=cat.png"])
        .run()
        .assert_batch(0, 2, 0);
}

#[test]
fn a_secret_that_is_not_set_is_missed_once() {
    let real = |n: u64| json!({"mode": "real", "params": {"n": n}});
    let lines: Vec<_> = (0..12).map(real).collect();
    let workspace = Workspace::new().entry(SECRET);
    workspace.write_batch(&lines);
    let ended = workspace.batch(&[]).run();
    ended.assert_refused("ERR_MISSING_SECRET", 6);
    ended.assert_message("PROBE_SECRET");
    ended.assert_message("(12 lines: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ...); nothing was run");
    assert!(!workspace.path("artifacts").exists());

    // what is done needs none
    let set = workspace
        .batch(&[])
        .env("PROBE_SECRET", "sk-0123456789abcdef")
        .run();
    set.assert_batch(0, 12, 0);
    let again = workspace.batch(&[]).run();
    again.assert_batch(0, 12, 0);
    assert_eq!(again.summary(), "12 lines: 0 done now, 12 before");
}

#[test]
fn real_lines_under_ci() {
    let workspace = Workspace::with_batch(&[ok("a"), json!({"mode": "real"})]);
    let ended = workspace.batch(&[]).env("CI", "true").run();
    ended.assert_refused("ERR_CI_SAFETY", 4);
    ended.assert_message("(line 2)");
    assert!(!workspace.path("artifacts").exists());
}

#[test]
fn a_place_to_save_that_cannot_be_one() {
    let workspace = Workspace::with_batch(&[ok("a")]);
    workspace.write("saved", "a file");
    let ended = workspace.batch(&["--save-dir", "saved/below"]).run();
    ended.assert_refused("ERR_USAGE", 2);
    ended.assert_message("--save-dir saved/below cannot be used: ");
    assert!(!workspace.path("artifacts").exists());
}

#[test]
fn the_first_lines_are_run_and_all_are_checked() {
    let workspace = Workspace::with_batch(&[]);
    let mut lines = workspace.counted(&["a", "b", "c", "d"]);
    workspace.write_batch(&lines);
    let first = workspace.batch(&["--limit", "2"]).run();
    first.assert_batch(0, 2, 0);
    assert_eq!(first.line_numbers(), [1, 2]);
    assert!(
        first.stderr.starts_with("--limit: the first 2 of 4 lines\n"),
        "{first:?}"
    );
    let rest = workspace.batch(&[]).run();
    rest.assert_batch(0, 4, 0);
    assert_eq!(rest.before(), [1, 2]);
    assert_eq!(workspace.calls(), 4);

    lines.push(json!([]));
    workspace.write_batch(&lines);
    workspace
        .batch(&["--limit", "2"])
        .run()
        .assert_refused("ERR_USAGE", 2);
}
