//! What the table says of lines that have not ended: the words of `ls` and `show`.

use std::fs;

use super::super::{NEVER, Workspace, ok};
use super::{assert_sums, column, rows};

const START: &str = r#"{"processor_ref":"test/probe@1","write_prefix":"/artifacts/outputs/x/","inputs_sha256":"","mode":"real","timestamp_utc":"2026-11-24T01:02:03Z","earlier_attempts":0}"#;

#[test]
fn a_line_is_in_the_table_as_its_execution_is_in_the_list() {
    let workspace = Workspace::with_batch(&["a", "b", "c", "d", "e"].map(ok));
    let ids = workspace.batch(&["--jobs", "1"]).run().execution_ids();
    let execution = |index: usize| workspace.path("artifacts/execution").join(&ids[index]);
    let remove_receipt = |index| fs::remove_file(execution(index).join("determinism.json")).unwrap();
    // killed while it asked, before it asked, between its receipts; not begun
    remove_receipt(0);
    workspace.write(&format!("artifacts/execution/{}/started.json", ids[0]), START);
    remove_receipt(1);
    fs::remove_file(workspace.prefix_of(&ids[2]).join("receipt.json")).unwrap();
    fs::remove_dir_all(execution(3)).unwrap();

    let ended = workspace.results(&["batch"]).run();
    ended.assert_status(0);
    let rows = rows(&ended.stdout);
    assert_eq!(
        column(&rows, "status"),
        [
            "unknown_whether_paid",
            "unfinished",
            "unfinished",
            "left",
            "success"
        ]
    );
    assert_ne!(rows[2]["answer"], "", "what is there is whole");
    assert_sums(
        &ended,
        "5 lines: 1 done, 2 unfinished, 1 unknown whether paid, 1 left",
    );
    let listed = workspace.counterfoil(["ls", "--batch", "batch", "--json"]).run();
    for listed in listed.json_lines() {
        let row = rows
            .iter()
            .find(|row| listed["execution_id"] == row["execution_id"]);
        assert_eq!(listed["status"], row.unwrap()["status"]);
    }
}

#[test]
fn a_line_that_runs_is_running() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write_batch(&workspace.meeting(2, NEVER));
    let started = workspace.batch(&["--jobs", "1"]).start();
    workspace.wait_until_inside(1);
    let during = workspace.results(&["batch"]).run();
    assert_eq!(column(&rows(&during.stdout), "status"), ["running", "left"]);
    assert_sums(&during, "2 lines: 0 done, 1 running, 1 left");
    workspace.end_meeting();
    started.wait().assert_batch(0, 2, 0);
}
