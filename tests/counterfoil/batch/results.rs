//! What stdout, the directories and the exit status say of the runs.

use std::fs;

use serde_json::json;
use support::sha256;

use super::{NEVER, Workspace, ok};
use crate::workspace::REF;

#[test]
fn every_line_is_an_execution_of_its_own() {
    let workspace = Workspace::with_batch(&[ok("a"), ok("b"), ok("a")]);
    let ended = workspace.batch(&["--execution-id", "nightly"]).run();
    ended.assert_batch(0, 3, 0);
    assert_eq!(ended.summary(), "3 lines: 3 done");

    let receipts = workspace.receipts();
    for (index, id) in ended.execution_ids().into_iter().enumerate() {
        let receipt = &receipts[&id];
        assert_eq!(receipt["execution_id"], id);
        let asked = format!("{REF}\0{}", receipt["inputs_sha256"].as_str().unwrap());
        let nth = if index == 2 { "-2" } else { "" }; // it asks the same as the first
        assert_eq!(id, format!("nightly-{}{nth}", &sha256(asked.as_bytes())[..16]));
        assert_eq!(
            fs::read(workspace.prefix_of(&id).join("receipt.json")).unwrap(),
            workspace.bytes(&format!("artifacts/execution/{id}/determinism.json"))
        );
        assert_eq!(
            ended.json_lines()[index]["index_path"],
            format!("world://artifacts/outputs/{id}/outputs.json")
        );
    }
    assert_eq!(receipts.len(), 3);
}

#[test]
fn results_come_in_the_order_of_their_end() {
    let workspace = Workspace::with_batch(&[]);
    let mut lines = workspace.meeting(1, NEVER); // the first line ends last
    lines.extend([ok("b"), ok("c")]);
    workspace.write_batch(&lines);
    let mut started = workspace.batch(&["--jobs", "2"]).start();
    started.next_json();
    started.next_json();
    workspace.end_meeting();
    let ended = started.wait();
    ended.assert_batch(0, 3, 0);
    assert_eq!(ended.line_numbers(), [2, 3, 1]);
}

#[test]
fn a_failed_line_stops_nothing() {
    let workspace = Workspace::with_batch(&[]);
    let lines = [
        ok("good").to_string(),
        json!({"params": {"message": 5}}).to_string(),
        json!({"params": {"do": "error", "code": "ERR_PROVIDER_REJECTED"}}).to_string(),
        json!({"params": {"do": "panic"}}).to_string(),
        ok("good too").to_string(),
    ];
    workspace.write("batch.jsonl", lines.join("\n"));
    let ended = workspace.batch(&["--jobs", "2"]).run();
    ended.assert_batch(1, 2, 3);
    assert_eq!(
        ended.summary(),
        "5 lines: 2 done, 3 failed (ERR_INPUTS 1, ERR_PROCESSOR 1, ERR_PROVIDER_REJECTED 1)"
    );
    let expected = [
        (2, "ERR_INPUTS"),
        (3, "ERR_PROVIDER_REJECTED"),
        (4, "ERR_PROCESSOR"),
    ];
    assert_eq!(
        ended.error_codes(),
        expected.map(|(line, code)| (line, code.into())).into()
    );

    // whatever failed has receipts that say the same
    let receipts = workspace.receipts();
    assert_eq!(receipts.len(), 5);
    for result in ended
        .json_lines()
        .iter()
        .filter(|result| result["status"] == "error")
    {
        let receipt = &receipts[result["execution_id"].as_str().unwrap()];
        assert_eq!(receipt["status"], "error");
        assert_eq!(receipt["error"], result["error"]);
    }
}

#[test]
fn a_processor_that_crashes_fails_its_line_alone() {
    let workspace = Workspace::with_batch(&[ok("a"), ok("b")]);
    let program = workspace.path("bin/test-probe");
    let real = workspace.path("bin/real");
    fs::rename(&program, &real).unwrap();
    // ends by a signal for one of the two documents, and is the probe for the other
    let script = format!(
        "#!/bin/sh\nIFS= read -r line\ncase $line in *'\"b\"'*) kill -9 $$;; esac\nprintf %s \"$line\" | {} \"$@\"\n",
        real.display()
    );
    fs::write(&program, script).unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&program, executable).unwrap();
    let ended = workspace.batch(&[]).run();
    ended.assert_batch(1, 1, 1);
    assert_eq!(ended.error_codes(), [(2, "ERR_ADAPTER_INVOCATION".into())].into());
}

#[test]
fn a_closed_stdout_ends_the_batch_quietly() {
    let workspace = Workspace::with_batch(&[]);
    let mut lines = vec![ok("first")];
    lines.extend(workspace.meeting(5, NEVER));
    workspace.write_batch(&lines);
    let mut started = workspace.batch(&["--jobs", "2"]).start();
    started.next_json();
    let pids = workspace.wait_until_inside(2);
    started.close_stdout();
    workspace.end_meeting();
    let ended = started.wait();
    ended.assert_status(1);
    let stderr = &ended.stderr;
    assert!(
        !stderr.contains("error:") && !stderr.contains("panicked"),
        "{stderr}"
    );
    assert_eq!(workspace.met().len(), 2, "more were started: {stderr}");
    assert!(pids.into_iter().all(|pid| !super::is_alive(pid)));
    // those that ran are whole
    let receipts = workspace.receipts();
    assert_eq!(receipts.len(), 3);
    assert!(receipts.values().all(|receipt| receipt["status"] == "success"));
}
