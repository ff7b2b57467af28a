//! The name of a batch, and what is remembered under it.

use std::fs::{self, File};
use std::io::Write as _;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use support::make_fifo;

use super::{Workspace, ok};
use crate::workspace::REF;

fn record(workspace: &Workspace, name: &str) -> Value {
    serde_json::from_str(&workspace.read(&format!("artifacts/batch/{name}.json"))).unwrap()
}

#[test]
fn a_batch_is_named_as_its_file() {
    let workspace = Workspace::with_batch(&[ok("a")]);
    fs::rename(
        workspace.path("batch.jsonl"),
        workspace.path("my questions.v2.jsonl"),
    )
    .unwrap();
    let ended = workspace
        .batch_of("my questions.v2.jsonl")
        .args(["--mode", "mock"])
        .run();
    ended.assert_batch(0, 1, 0);
    assert!(
        ended.execution_ids()[0].starts_with("my-questions.v2-"),
        "{ended:?}"
    );
    let expected = json!({"batch": "my-questions.v2", "ref": REF, "mode": "mock"});
    assert_eq!(record(&workspace, "my-questions.v2"), expected);
}

#[test]
fn the_name_for_standard_input_is_reported() {
    let workspace = Workspace::with_batch(&[]);
    let ended = workspace.batch_of("-").stdin(format!("{}\n", ok("a"))).run();
    ended.assert_batch(0, 1, 0);
    let id = &ended.execution_ids()[0];
    let (name, _) = id.rsplit_once('-').unwrap();
    assert_eq!(name.len(), 36);
    let reported = format!("the batch is named {name}; --execution-id {name} goes on with it\n");
    assert!(ended.stderr.starts_with(&reported), "{ended:?}");
    let named = ["--execution-id", name];
    let again = workspace
        .batch_of("-")
        .args(named)
        .stdin(format!("{}\n", ok("a")));
    assert_eq!(again.run().before(), [1]);
}

#[test]
fn a_mode_that_is_left_out_is_the_one_that_the_batch_has() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write_batch(&workspace.counted(&["a", "b"]));
    workspace.batch(&["--mode", "real"]).run().assert_batch(0, 2, 0);
    let again = workspace.batch(&[]).run();
    again.assert_batch(0, 2, 0);
    assert_eq!(again.before(), [1, 2]);
    assert_eq!(again.json_lines()[0]["meta"]["mode"], "real");
    assert_eq!(workspace.calls(), 2);
}

#[test]
fn another_mode_or_processor_is_refused() {
    let workspace = Workspace::with_batch(&[ok("a")]);
    workspace.batch(&["--mode", "real"]).run().assert_batch(0, 1, 0);
    let entry = workspace.read("registry/test_probe.yaml");
    workspace.write("registry/test_other.yaml", entry.replace(REF, "test/other@1"));
    let other = ["run", "--ref", "test/other@1", "--batch", "batch.jsonl"];
    let other = workspace.counterfoil(other).env("PATH", workspace.bin()).run();
    let mock = workspace.batch(&["--mode", "mock"]).run();
    for (ended, asked) in [
        (other, "test/other@1 in mode real"),
        (mock, "test/probe@1 in mode mock"),
    ] {
        ended.assert_refused("ERR_USAGE", 2);
        let begun = "the batch batch runs test/probe@1 in mode real, and not ";
        ended.assert_message(&format!("{begun}{asked}; begin a batch of its own with --new"));
    }
    assert_eq!(workspace.receipts().len(), 1);
}

#[test]
fn a_mode_is_not_added_to_lines_that_have_their_own() {
    let workspace = Workspace::with_batch(&[ok("a")]);
    workspace.batch(&[]).run().assert_batch(0, 1, 0);
    let ended = workspace.batch(&["--mode", "real"]).run();
    ended.assert_refused("ERR_USAGE", 2);
    ended.assert_message("in the mode of each line, and not test/probe@1 in mode real");
}

#[test]
fn resume_needs_a_batch_to_go_on_with() {
    let workspace = Workspace::with_batch(&[ok("a")]);
    let ended = workspace.batch(&["--resume"]).run();
    ended.assert_refused("ERR_USAGE", 2);
    ended.assert_message("no batch is named batch, so that there is nothing to go on with");
    assert!(!workspace.path("artifacts").exists());
}

/// Their execution ids hold the numbers of lines.
#[test]
fn a_batch_of_an_earlier_version_is_not_paid_a_second_time() {
    let workspace = Workspace::with_batch(&[ok("a")]);
    let earlier = "artifacts/execution/batch-1-0123abcd";
    workspace.create_dir(earlier);
    let ended = workspace.batch(&[]).run();
    ended.assert_refused("ERR_USAGE", 2);
    ended.assert_message("the batch batch is of an earlier version");
    ended.assert_message("--new");
    workspace.batch(&["--new"]).run().assert_batch(0, 1, 0);
    workspace
        .batch(&["--execution-id", "batch-1"])
        .run()
        .assert_batch(0, 1, 0);
}

#[test]
fn what_an_earlier_version_remembered_of_the_file_is_found() {
    let workspace = Workspace::with_batch(&[ok("a")]);
    let file = workspace.path("batch.jsonl").canonicalize().unwrap();
    let prefix = "/artifacts/outputs/{execution_id}/";
    let key = support::sha256(format!("{REF}\0{prefix}\0real\0{}", file.display()).as_bytes());
    let name = "0199aaaa-0000-7000-8000-000000000000";
    workspace.create_dir("artifacts/batch");
    workspace.write(
        &format!("artifacts/batch/{}.json", &key[..32]),
        json!({"batch": name}).to_string(),
    );
    for arguments in [&[][..], &["--mode", "real"], &["--resume"]] {
        let ended = workspace.batch(arguments).run();
        ended.assert_refused("ERR_USAGE", 2);
        ended.assert_message(&format!("the batch {name} is of an earlier version"));
    }
    workspace
        .batch(&["--execution-id", "other"])
        .run()
        .assert_batch(0, 1, 0);
}

/// It has chosen its name when it waits for the template.
#[test]
fn a_new_name_that_another_call_takes_is_not_shared() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write("batch.csv", "text\na\n");
    make_fifo(&workspace.path("template.json"));
    let record = json!({"batch": "x", "ref": REF}).to_string();
    workspace.create_dir("artifacts/batch");
    let started = workspace
        .batch_of("batch.csv")
        .args(["--new", "--template", "template.json"])
        .start();
    let mut template = File::create(workspace.path("template.json")).unwrap(); // waits for its reader
    let soon = SystemTime::now() + Duration::from_secs(60);
    let taken: Vec<_> = (0..=180)
        .map(|seconds| {
            let time = soon - Duration::from_secs(seconds);
            let digits = humantime::format_rfc3339_seconds(time).to_string();
            format!("batch.{}", digits.replace(['-', ':'], ""))
        })
        .collect();
    for name in &taken {
        workspace.write(&format!("artifacts/batch/{name}.json"), &record);
    }
    template
        .write_all(br#"{"params":{"message":"{{text}}"}}"#)
        .unwrap();
    drop(template);
    let ended = started.wait();
    ended.assert_batch(0, 1, 0);
    let id = &ended.execution_ids()[0];
    assert!(id.starts_with("batch."), "{id}");
    assert!(
        !taken.iter().any(|name| id.starts_with(name)),
        "{id} is of another call"
    );
    assert!(
        taken
            .iter()
            .all(|name| workspace.read(&format!("artifacts/batch/{name}.json")) == record)
    );
}

#[test]
fn a_name_that_holds_a_secret_is_refused() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write("sk-secret-1234567.jsonl", "{\"params\":{\"message\":\"a\"}}\n");
    let ended = workspace
        .batch_of("sk-secret-1234567.jsonl")
        .args(["--mode", "real"])
        .env("PROBE_SECRET", "sk-secret-1234567")
        .run();
    ended.assert_refused("ERR_EXECUTION_ID", 5);
    assert!(!workspace.path("artifacts").exists());
    assert!(!ended.stdout.contains("1234567"), "{ended:?}");
}
