//! How many requests a batch has sent, and what may have been paid twice.

use std::fs;

use serde_json::{Value, json};
use support::{Signal, kill, wait_until};

use super::{NEVER, Workspace, is_alive};

fn in_real_mode(mut lines: Vec<Value>) -> Vec<Value> {
    for line in &mut lines {
        line["mode"] = "real".into();
    }
    lines
}

#[test]
fn requests_are_those_that_were_sent() {
    let workspace = Workspace::with_batch(&[]);
    let dir = workspace.create_dir("limiter");
    let limited = json!({"params": {
        "do": "limited", "dir": dir, "count": 1, "window_ms": 100, "told": true, "message": "a",
    }});
    let mut again = limited.clone();
    again["params"]["message"] = "b".into();
    let refused = json!({"params": {"do": "error", "code": "ERR_PROVIDER_REJECTED"}});
    workspace.write_batch(&in_real_mode(vec![refused, limited, again]));
    let ended = workspace.batch(&["--jobs", "1"]).run();
    ended.assert_batch(1, 2, 1);
    let log = workspace.read("limiter/log");
    let sent = log.lines().count();
    assert!(sent > 1, "{log}");
    assert_eq!(
        ended.summary(),
        format!(
            "3 lines: 2 done, 1 failed (ERR_PROVIDER_REJECTED 1); {sent} requests, the cost of 2 not known"
        )
    );
}

#[test]
fn what_an_orphan_sent_is_not_counted_again() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write_batch(&in_real_mode(workspace.meeting(1, NEVER)));
    let killed = workspace.batch(&[]).start();
    workspace.wait_until_inside(1);
    killed.kill().assert_killed();
    let mut resumed = workspace.batch(&[]).start();
    resumed.wait_for("waiting_for_another_run");
    workspace.end_meeting();
    let resumed = resumed.wait();
    resumed.assert_batch(0, 1, 0);
    assert_eq!(resumed.summary(), "1 line: 0 done now, 1 before");
}

/// Its global receipt is gone, and made again of the one in its prefix.
#[test]
fn an_answer_that_was_taken_over_has_no_requests_and_no_cost() {
    let usage = json!({"cost_usd": 0.25, "total_tokens": 30});
    let workspace = Workspace::with_batch(&[json!({"mode": "real", "params": {"usage": usage}})]);
    let first = workspace.batch(&[]).run();
    assert_eq!(first.summary(), "1 line: 1 done; 1 request, 30 tokens, 0.25 USD");
    let id = &first.execution_ids()[0];
    fs::remove_dir_all(workspace.path(&format!("artifacts/execution/{id}"))).unwrap();
    let again = workspace.batch(&[]).run();
    again.assert_batch(0, 1, 0);
    assert_eq!(again.summary(), "1 line: 0 done now, 1 before");
}

#[test]
fn what_may_be_paid_twice_is_named() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write_batch(&in_real_mode(workspace.meeting(3, NEVER)));
    let killed = workspace.batch(&["--jobs", "2"]).start();
    let pids = workspace.wait_until_inside(2);
    killed.kill().assert_killed();
    for pid in pids {
        kill(pid, Signal::KILL);
        wait_until("it is gone", || !is_alive(pid));
    }
    workspace.end_meeting();

    let planned = workspace.batch(&["--dry-run"]).run();
    let maybe = "3 would be run\n  2 that may have been paid: lines 1, 2\n";
    assert!(planned.stdout.contains(maybe), "{planned:?}");
    let planned = workspace.batch(&["--dry-run", "--json"]).run();
    assert_eq!(planned.json_lines()[0]["unknown_whether_paid"], 2);

    let again = workspace.batch(&[]).run();
    again.assert_batch(0, 3, 0);
    assert_eq!(
        again.summary(),
        "3 lines: 3 done; 3 requests, the cost of 3 not known; 2 may have been paid twice: lines 1, 2"
    );
    let planned = workspace.batch(&["--dry-run"]).run();
    assert!(!planned.stdout.contains("may have been paid"), "{planned:?}");
}
