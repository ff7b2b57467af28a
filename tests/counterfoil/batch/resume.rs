//! The same command again: what is done is not done again, and printed all the same.

use std::fs;

use serde_json::json;
use support::{Finished, Signal, wait_until};

use super::{NEVER, Workspace, ok};

#[test]
fn the_same_command_again_runs_nothing_and_prints_all() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write_batch(&workspace.counted(&["a", "b", "c"]));
    let first = workspace.batch(&[]).run();
    first.assert_batch(0, 3, 0);
    assert!(first.before().is_empty(), "{first:?}");
    for arguments in [&[][..], &["--resume", "--jobs", "2"]] {
        let again = workspace.batch(arguments).run();
        again.assert_batch(0, 3, 0);
        assert_eq!(again.before(), [1, 2, 3]);
        assert_eq!(again.summary(), "3 lines: 0 done now, 3 before");
        let meta = |ended: &Finished, at: usize| ended.json_lines()[at]["meta"].clone();
        assert!((0..3).all(|at| (0..3).any(|other| meta(&first, at) == meta(&again, other))));
    }
    assert_eq!((workspace.calls(), workspace.receipts().len()), (3, 3));
}

#[test]
fn an_answer_that_is_gone_is_missed_and_has_a_way_out() {
    let workspace = Workspace::with_batch(&[ok("a"), ok("b")]);
    let first = workspace.batch(&[]).run();
    first.assert_batch(0, 2, 0);
    let id = first.json_lines()[0]["execution_id"].as_str().unwrap().to_owned();
    let outputs = first.json_lines()[0]["outputs"][0]["path"]
        .as_str()
        .unwrap()
        .to_owned();
    let output = outputs.strip_prefix("world://").unwrap();
    fs::remove_file(workspace.path(output)).unwrap();
    let again = workspace.batch(&[]).run();
    again.assert_batch(1, 1, 1);
    let message = again
        .json_lines()
        .into_iter()
        .find_map(|line| line["error"]["message"].as_str().map(str::to_owned))
        .unwrap();
    let (_, way_out) = message.split_once("use a new execution id, or move ").unwrap();
    let places = way_out.strip_suffix(" away and pay again").unwrap();
    let places: Vec<_> = places.split(" and ").collect();
    assert_eq!(places[0], format!("/artifacts/execution/{id}"));
    for place in places {
        fs::remove_dir_all(workspace.path(place.trim_start_matches('/'))).unwrap();
    }
    workspace.batch(&[]).run().assert_batch(0, 2, 0);
}

#[test]
fn what_was_done_is_printed_where_nothing_can_be_written() {
    let workspace = Workspace::with_batch(&[ok("a")]);
    workspace.batch(&[]).run().assert_batch(0, 1, 0);
    let list = workspace.path("artifacts/batch/batch.lines.jsonl");
    fs::remove_file(&list).unwrap();
    fs::create_dir(&list).unwrap(); // no file can replace it
    let again = workspace.batch(&[]).run();
    again.assert_batch(0, 1, 0);
    assert_eq!(again.before(), [1]);
    let why = "the lines of the batch cannot be listed below ";
    assert!(again.stderr.contains(why), "{again:?}");
    assert!(again.stderr.contains("so that no lines are started"), "{again:?}");

    workspace.write_batch(&[ok("a"), ok("b")]);
    let more = workspace.batch(&[]).run();
    more.assert_batch(1, 1, 0);
    assert_eq!(more.summary(), "2 lines: 0 done now, 1 before, 1 left");
    assert_eq!(workspace.receipts().len(), 1);
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

    let resumed = workspace.batch(&[]).run();
    resumed.assert_batch(0, 3, 0);
    assert_eq!(resumed.summary(), "3 lines: 1 done now, 2 before");
    assert_eq!(resumed.before(), [1, 3]);
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
    let resumed = workspace.batch(&[]).run();
    resumed.assert_batch(0, 3, 0);
    assert_eq!(resumed.before(), [1, 3]);
    assert!(!first.execution_ids().contains(&resumed.execution_ids()[1]));
    assert_eq!(workspace.calls(), 4);
}

#[test]
fn appended_lines_run() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write_batch(&workspace.counted(&["a", "b"]));
    workspace.batch(&[]).run().assert_batch(0, 2, 0);
    workspace.write_batch(&workspace.counted(&["a", "b", "c", "d"]));
    let resumed = workspace.batch(&[]).run();
    resumed.assert_batch(0, 4, 0);
    assert_eq!(resumed.before(), [1, 2]);
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
    resume("nightly").assert_batch(0, 2, 0);
    resume("another").assert_refused("ERR_USAGE", 2);
    assert_eq!(workspace.calls(), 2);
}

#[test]
fn standard_input_needs_an_execution_id_to_resume() {
    let workspace = Workspace::with_batch(&[ok("a")]);
    let nameless = workspace.batch_of("-").arg("--resume").run();
    nameless.assert_batch(2, 0, 1);
    assert_eq!(nameless.json_lines()[0]["error"]["code"], "ERR_USAGE");
    assert!(nameless.stderr.contains("--execution-id"), "{nameless:?}");
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
    assert_eq!(resumed.before(), [1]);
    assert_eq!(resumed.json_lines()[0]["meta"], first.json_lines()[0]["meta"]);
    assert_eq!(fs::read(&receipt).unwrap(), bytes);
    assert_eq!(workspace.calls(), 1);
}

/// Whoever comes second to a line waits for the first, and takes its answer.
#[test]
fn two_at_once_do_the_work_once() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write_batch(&workspace.meeting(4, NEVER));
    let arguments = ["--execution-id", "both", "--jobs", "4"];
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

/// Each run's cost is in the sum of the batch that has made it.
#[test]
fn what_another_orchestrator_pays_is_not_counted_again() {
    for level in ["info", "error"] {
        let workspace = Workspace::with_batch(&[]);
        let mut lines = workspace.meeting(2, NEVER);
        for line in &mut lines {
            line["params"]["usage"] = json!({"cost_usd": 0.5, "total_tokens": 1_000});
        }
        workspace.write_batch(&lines);
        let batch = || workspace.batch(&["--execution-id", "both", "--jobs", "2"]);
        let first = batch().start();
        workspace.wait_until_inside(2);
        let second = batch().env("LOG_LEVEL", level).start();
        wait_until("the second one waits too", || processors_of(second.pid()) == 2);
        workspace.end_meeting();
        let (first, second) = (first.wait(), second.wait());
        assert!(
            first.summary().contains("2 done; 2,000 tokens, 1.00 USD"),
            "{first:?}"
        );
        second.assert_batch(0, 2, 0);
        assert_eq!(second.before(), [1, 2]);
        assert_eq!(second.summary(), "2 lines: 0 done now, 2 before");
    }
}

/// How many children a process has.
fn processors_of(pid: i32) -> usize {
    let is_child = |stat: &String| {
        let after_name = stat.rsplit(") ").next().unwrap_or_default();
        after_name.split(' ').nth(1) == Some(&pid.to_string())
    };
    let processes = fs::read_dir("/proc").unwrap();
    let stats = processes.filter_map(|process| fs::read_to_string(process.unwrap().path().join("stat")).ok());
    stats.filter(is_child).count()
}

#[test]
fn a_line_that_is_added_meanwhile_is_for_the_next_call() {
    let workspace = Workspace::with_batch(&[]);
    let mut lines = workspace.meeting(1, NEVER);
    workspace.write_batch(&lines);
    let started = workspace.batch(&[]).start();
    workspace.wait_until_inside(1);
    lines.push(ok("added"));
    workspace.write_batch(&lines);
    workspace.end_meeting();
    started.wait().assert_batch(0, 1, 0);
    let again = workspace.batch(&[]).run();
    again.assert_batch(0, 2, 0);
    assert_eq!(again.before(), [1]);
}

/// The reader of the results is gone as with a kill between a line's commit and its print.
#[test]
fn what_was_done_and_not_printed_is_printed() {
    let workspace = Workspace::with_batch(&[]);
    let lines = workspace.meeting(2, NEVER);
    workspace.write_batch(&lines);
    let killed = workspace.batch(&["--jobs", "2"]).start();
    workspace.wait_until_inside(2);
    killed.signal(Signal::KILL);
    killed.wait().assert_batch(137, 0, 0);
    workspace.end_meeting();
    let committed = || {
        let executions = fs::read_dir(workspace.path("artifacts/execution")).unwrap();
        let mut receipts = executions.map(|entry| entry.unwrap().path().join("determinism.json"));
        receipts.all(|receipt| receipt.exists())
    };
    wait_until("the processors have committed", committed);
    let again = workspace.batch(&[]).run();
    again.assert_batch(0, 2, 0);
    assert_eq!(workspace.met().len(), 2);
}

#[test]
fn a_line_that_moves_is_the_same_line() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write_batch(&workspace.counted(&["a", "b", "a"]));
    workspace.batch(&[]).run().assert_batch(0, 3, 0);
    workspace.write_batch(&workspace.counted(&["new", "b", "a", "a", "a"]));
    let again = workspace.batch(&[]).run();
    again.assert_batch(0, 5, 0);
    assert_eq!(again.before(), [2, 3, 4]);
    assert_eq!(workspace.calls(), 5);
}

#[test]
fn what_is_done_stands_below_another_write_prefix() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write_batch(&workspace.counted(&["a"]));
    let first = workspace.batch(&[]).run();
    let again = workspace
        .batch(&["--write-prefix", "/artifacts/elsewhere/{execution_id}/"])
        .run();
    again.assert_batch(0, 1, 0);
    assert_eq!(again.before(), [1]);
    assert_eq!(
        again.json_lines()[0]["index_path"],
        first.json_lines()[0]["index_path"]
    );
    assert_eq!(workspace.calls(), 1);
}

#[test]
fn new_pays_again_under_a_name_of_its_own() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write_batch(&workspace.counted(&["a", "b"]));
    workspace.batch(&[]).run().assert_batch(0, 2, 0);
    let new = workspace.batch(&["--new"]).run();
    new.assert_batch(0, 2, 0);
    assert!(new.before().is_empty(), "{new:?}");
    assert_eq!(workspace.calls(), 4);
    let reported = new.stderr.lines().next().unwrap();
    let name = reported.strip_prefix("the batch is named ").unwrap();
    let (name, _) = name.split_once(';').unwrap();
    assert!(name.starts_with("batch.2") && name.ends_with('Z'), "{name}");
    let again = workspace.batch(&["--execution-id", name]).run();
    assert_eq!(again.before(), [1, 2]);
    assert_eq!(workspace.calls(), 4);
    workspace.batch(&["--new", "--resume"]).run().assert_status(2);
}
