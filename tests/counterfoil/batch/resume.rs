//! `--resume`: what is done is not done again.

use std::fs;

use serde_json::json;

use super::{NEVER, Workspace, calls, counted, finish, ok};

#[test]
fn after_success_nothing_runs() {
    let workspace = Workspace::with(&[]);
    workspace.write(&counted(&workspace.path(""), &["a", "b", "c"]));
    workspace.run(&[]).assert(0, 3, 0);
    let resumed = workspace.run(&["--resume", "--jobs", "2"]);
    resumed.assert(0, 0, 0);
    assert_eq!(resumed.counts(), "3 lines: 0 done, 3 done before");
    assert_eq!((calls(&workspace), workspace.receipts().len()), (3, 3));
}

#[test]
fn without_it_everything_runs_again() {
    let workspace = Workspace::with(&[]);
    workspace.write(&counted(&workspace.path(""), &["a", "b"]));
    workspace.run(&[]).assert(0, 2, 0);
    workspace.run(&[]).assert(0, 2, 0);
    assert_eq!((calls(&workspace), workspace.receipts().len()), (4, 4));
}

#[test]
fn without_an_earlier_batch_everything_runs() {
    let workspace = Workspace::with(&[ok("a"), ok("b")]);
    let first = workspace.run(&["--resume"]);
    first.assert(0, 2, 0);
    workspace.run(&["--resume"]).assert(0, 0, 0);
}

/// An error receipt is no reason to leave a line out: its run may succeed now, and replaces it.
#[test]
fn what_failed_runs_again() {
    let workspace = Workspace::with(&[]);
    let mut lines = counted(&workspace.path(""), &["a", "b"]);
    // fails as long as there is no folder for its trace
    lines.insert(
        1,
        json!({"params": {"do": "count", "path": workspace.path("later/calls")}}),
    );
    workspace.write(&lines);
    let first = workspace.run(&[]);
    first.assert(1, 2, 1);
    let failed = &first.results[1]["execution_id"];
    fs::create_dir(workspace.path("later")).unwrap();

    let resumed = workspace.run(&["--resume"]);
    resumed.assert(0, 1, 0);
    assert_eq!(resumed.counts(), "3 lines: 1 done, 2 done before");
    assert_eq!(&resumed.results[0]["execution_id"], failed);
    assert_eq!(
        workspace.receipts()[failed.as_str().unwrap()]["status"],
        "success"
    );
    assert_eq!(calls(&workspace), 2);
}

#[test]
fn a_corrected_line_runs() {
    let workspace = Workspace::with(&[]);
    workspace.write(&counted(&workspace.path(""), &["a", "b", "c"]));
    let first = workspace.run(&[]);
    first.assert(0, 3, 0);
    workspace.write(&counted(&workspace.path(""), &["a", "corrected", "c"]));
    let resumed = workspace.run(&["--resume"]);
    resumed.assert(0, 1, 0);
    assert_eq!(super::number(&resumed.results[0]), 2);
    assert!(!first.ids().contains(&resumed.ids()[0]));
    assert_eq!(calls(&workspace), 4);
}

#[test]
fn a_line_that_was_no_json_runs_once_it_is() {
    let workspace = Workspace::with(&[]);
    workspace.write_text(format!("{}\n{{", ok("a")));
    workspace.run(&[]).assert(1, 1, 1);
    workspace.write(&[ok("a"), ok("b")]);
    workspace.run(&["--resume"]).assert(0, 1, 0);
}

#[test]
fn appended_lines_run() {
    let workspace = Workspace::with(&[]);
    workspace.write(&counted(&workspace.path(""), &["a", "b"]));
    workspace.run(&[]).assert(0, 2, 0);
    workspace.write(&counted(&workspace.path(""), &["a", "b", "c", "d"]));
    let resumed = workspace.run(&["--resume"]);
    resumed.assert(0, 2, 0);
    let numbers: Vec<_> = resumed.results.iter().map(super::number).collect();
    assert_eq!(numbers, [3, 4]);
    assert_eq!(calls(&workspace), 4);
}

#[test]
fn it_goes_by_the_name_where_one_is_given() {
    let workspace = Workspace::with(&[]);
    workspace.write(&counted(&workspace.path(""), &["a", "b"]));
    workspace.run(&["--execution-id", "nightly"]).assert(0, 2, 0);
    fs::rename(workspace.path("batch.jsonl"), workspace.path("moved.jsonl")).unwrap();
    let resume = |name: &str| {
        let mut command = workspace.command_of("moved.jsonl");
        command.args(["--resume", "--execution-id", name]);
        finish(command)
    };
    resume("nightly").assert(0, 0, 0);
    resume("another").assert(0, 2, 0);
    assert_eq!(calls(&workspace), 4);
}

#[test]
fn standard_input_goes_on_by_its_name_alone() {
    let workspace = Workspace::with(&[ok("a")]);
    let nameless = super::finish({
        let mut command = workspace.command_of("-");
        command.arg("--resume");
        command
    });
    nameless.assert(2, 0, 1);
    assert_eq!(nameless.results[0]["error"]["code"], "ERR_USAGE");
    assert!(nameless.stderr.contains("--execution-id"), "{nameless:?}");
}

/// What another processor made of the same inputs is not this one's.
#[test]
fn a_name_of_another_processor_is_not_taken_for_done() {
    let workspace = Workspace::with(&[ok("a")]);
    workspace.run(&["--execution-id", "nightly"]).assert(0, 1, 0);
    let entry = fs::read_to_string(workspace.path("registry/test_probe.yaml")).unwrap();
    fs::write(
        workspace.path("registry/test_other.yaml"),
        entry.replace("test/probe@1", "test/other@1"),
    )
    .unwrap();
    let ended = workspace.run(&["--execution-id", "nightly", "--resume"]);
    assert_eq!(ended.counts(), "1 line: 0 done, 1 done before");
    let mut other = std::process::Command::new(env!("CARGO_BIN_EXE_counterfoil"));
    other
        .current_dir(workspace.path(""))
        .env_clear()
        .env("PATH", workspace.path("bin"))
        .args(["run", "--ref", "test/other@1", "--batch", "batch.jsonl"])
        .args(["--execution-id", "nightly", "--resume"]);
    finish(other).assert(1, 0, 1);
}

/// A kill between the two receipts leaves one; the run after it writes the other, and calls no provider.
#[test]
fn a_receipt_that_a_kill_prevented_is_written() {
    let workspace = Workspace::with(&[]);
    workspace.write(&counted(&workspace.path(""), &["a"]));
    let first = workspace.run(&[]);
    let receipt = workspace
        .path("artifacts/outputs")
        .join(first.ids()[0])
        .join("receipt.json");
    let bytes = fs::read(&receipt).unwrap();
    fs::remove_file(&receipt).unwrap();
    let resumed = workspace.run(&["--resume"]);
    resumed.assert(0, 1, 0);
    assert_eq!(resumed.results, first.results);
    assert_eq!(fs::read(&receipt).unwrap(), bytes);
    assert_eq!(calls(&workspace), 1);
}

/// Whoever comes second to a line waits for the first, and takes its answer.
#[test]
fn two_at_once_do_the_work_once() {
    let workspace = Workspace::with(&[]);
    workspace.write(&workspace.meeting(4, NEVER));
    let arguments = ["--execution-id", "both", "--resume", "--jobs", "4"];
    let first = workspace.start(&arguments);
    workspace.wait_until_inside(4);
    let second = workspace.start(&arguments);
    workspace.open();
    first.wait().assert(0, 4, 0);
    let second = second.wait();
    assert_eq!(second.status, 0, "{second:?}");
    assert!(second.codes().is_empty(), "{second:?}");
    assert_eq!((workspace.met().len(), workspace.receipts().len()), (4, 4));
}
