//! `--resume`: what is done is not done again.

use std::fs;

use serde_json::json;

use super::{NEVER, Workspace, ok};

#[test]
fn after_success_nothing_runs() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write_batch(&workspace.counted(&["a", "b", "c"]));
    workspace.batch(&[]).run().assert_batch(0, 3, 0);
    let resumed = workspace.batch(&["--resume", "--jobs", "2"]).run();
    resumed.assert_batch(0, 0, 0);
    assert_eq!(resumed.summary(), "3 lines: 0 done, 3 done before");
    assert_eq!((workspace.calls(), workspace.receipts().len()), (3, 3));
}

#[test]
fn without_resume_everything_runs_again() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write_batch(&workspace.counted(&["a", "b"]));
    workspace.batch(&[]).run().assert_batch(0, 2, 0);
    workspace.batch(&[]).run().assert_batch(0, 2, 0);
    assert_eq!((workspace.calls(), workspace.receipts().len()), (4, 4));
}

#[test]
fn without_an_earlier_batch_everything_runs() {
    let workspace = Workspace::with_batch(&[ok("a"), ok("b")]);
    let first = workspace.batch(&["--resume"]).run();
    first.assert_batch(0, 2, 0);
    workspace.batch(&["--resume"]).run().assert_batch(0, 0, 0);
}

/// An error receipt is no reason to leave a line out: its run may succeed now, and replaces it.
#[test]
fn what_failed_runs_again() {
    let workspace = Workspace::with_batch(&[]);
    let mut lines = workspace.counted(&["a", "b"]);
    // fails as long as there is no directory for its trace
    lines.insert(
        1,
        json!({"params": {"do": "count", "path": workspace.path("later/calls")}}),
    );
    workspace.write_batch(&lines);
    let first = workspace.batch(&[]).run();
    first.assert_batch(1, 2, 1);
    let failed = &first.json_lines()[1]["execution_id"];
    fs::create_dir(workspace.path("later")).unwrap();

    let resumed = workspace.batch(&["--resume"]).run();
    resumed.assert_batch(0, 1, 0);
    assert_eq!(resumed.summary(), "3 lines: 1 done, 2 done before");
    assert_eq!(&resumed.json_lines()[0]["execution_id"], failed);
    assert_eq!(
        workspace.receipts()[failed.as_str().unwrap()]["status"],
        "success"
    );
    assert_eq!(workspace.calls(), 2);
}

#[test]
fn a_corrected_line_runs() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write_batch(&workspace.counted(&["a", "b", "c"]));
    let first = workspace.batch(&[]).run();
    first.assert_batch(0, 3, 0);
    workspace.write_batch(&workspace.counted(&["a", "corrected", "c"]));
    let resumed = workspace.batch(&["--resume"]).run();
    resumed.assert_batch(0, 1, 0);
    assert_eq!(resumed.line_numbers()[0], 2);
    assert!(!first.execution_ids().contains(&resumed.execution_ids()[0]));
    assert_eq!(workspace.calls(), 4);
}

#[test]
fn a_line_that_was_no_json_runs_once_it_is() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write("batch.jsonl", format!("{}\n{{", ok("a")));
    workspace.batch(&[]).run().assert_batch(1, 1, 1);
    workspace.write_batch(&[ok("a"), ok("b")]);
    workspace.batch(&["--resume"]).run().assert_batch(0, 1, 0);
}

#[test]
fn appended_lines_run() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write_batch(&workspace.counted(&["a", "b"]));
    workspace.batch(&[]).run().assert_batch(0, 2, 0);
    workspace.write_batch(&workspace.counted(&["a", "b", "c", "d"]));
    let resumed = workspace.batch(&["--resume"]).run();
    resumed.assert_batch(0, 2, 0);
    assert_eq!(resumed.line_numbers(), [3, 4]);
    assert_eq!(workspace.calls(), 4);
}

#[test]
fn an_execution_id_names_the_batch_to_resume() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write_batch(&workspace.counted(&["a", "b"]));
    workspace
        .batch(&["--execution-id", "nightly"])
        .run()
        .assert_batch(0, 2, 0);
    fs::rename(workspace.path("batch.jsonl"), workspace.path("moved.jsonl")).unwrap();
    let resume = |name: &str| {
        let batch = workspace.batch_of("moved.jsonl");
        batch.args(["--resume", "--execution-id", name]).run()
    };
    resume("nightly").assert_batch(0, 0, 0);
    resume("another").assert_batch(0, 2, 0);
    assert_eq!(workspace.calls(), 4);
}

#[test]
fn standard_input_needs_an_execution_id_to_resume() {
    let workspace = Workspace::with_batch(&[ok("a")]);
    let nameless = workspace.batch_of("-").arg("--resume").run();
    nameless.assert_batch(2, 0, 1);
    assert_eq!(nameless.json_lines()[0]["error"]["code"], "ERR_USAGE");
    assert!(nameless.stderr.contains("--execution-id"), "{nameless:?}");
}

/// What another processor made of the same inputs is not this one's.
#[test]
fn a_name_of_another_processor_is_not_taken_for_done() {
    let workspace = Workspace::with_batch(&[ok("a")]);
    workspace
        .batch(&["--execution-id", "nightly"])
        .run()
        .assert_batch(0, 1, 0);
    let entry = fs::read_to_string(workspace.path("registry/test_probe.yaml")).unwrap();
    fs::write(
        workspace.path("registry/test_other.yaml"),
        entry.replace("test/probe@1", "test/other@1"),
    )
    .unwrap();
    let ended = workspace.batch(&["--execution-id", "nightly", "--resume"]).run();
    assert_eq!(ended.summary(), "1 line: 0 done, 1 done before");
    let other = ["run", "--ref", "test/other@1", "--batch", "batch.jsonl"];
    workspace
        .counterfoil(other)
        .args(["--execution-id", "nightly", "--resume"])
        .env("PATH", workspace.bin())
        .run()
        .assert_batch(1, 0, 1);
}

/// A kill between the two receipts leaves one; the run after it writes the other, and calls no provider.
#[test]
fn a_receipt_that_a_kill_prevented_is_written() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write_batch(&workspace.counted(&["a"]));
    let first = workspace.batch(&[]).run();
    let receipt = workspace
        .prefix_of(&first.execution_ids()[0])
        .join("receipt.json");
    let bytes = fs::read(&receipt).unwrap();
    fs::remove_file(&receipt).unwrap();
    let resumed = workspace.batch(&["--resume"]).run();
    resumed.assert_batch(0, 1, 0);
    assert_eq!(resumed.json_lines(), first.json_lines());
    assert_eq!(fs::read(&receipt).unwrap(), bytes);
    assert_eq!(workspace.calls(), 1);
}

/// Whoever comes second to a line waits for the first, and takes its answer.
#[test]
fn two_at_once_do_the_work_once() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write_batch(&workspace.meeting(4, NEVER));
    let arguments = ["--execution-id", "both", "--resume", "--jobs", "4"];
    let first = workspace.batch(&arguments).start();
    workspace.wait_until_inside(4);
    let second = workspace.batch(&arguments).start();
    workspace.end_meeting();
    first.wait().assert_batch(0, 4, 0);
    let second = second.wait();
    second.assert_status(0);
    assert!(second.error_codes().is_empty(), "{second:?}");
    assert_eq!((workspace.met().len(), workspace.receipts().len()), (4, 4));
}
