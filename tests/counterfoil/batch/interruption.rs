//! Ctrl-C, SIGTERM and SIGKILL in the middle of a batch.

use std::fs::{self, File};
use std::io::Write as _;
use std::time::Instant;

use support::{Signal, kill, make_fifo, wait_until};

use super::{NEVER, Workspace, is_alive, ok};
use crate::workspace::{BINARY, probe};

/// Six lines, two of which wait for ever.
fn stuck() -> Workspace {
    let workspace = Workspace::with_batch(&[]);
    workspace.write_batch(&workspace.meeting(6, NEVER));
    workspace
}

/// Fails unless a batch that gets these signals cancels what runs, and goes on later.
#[track_caller]
fn assert_cancelled(signals: &[Signal], status: i32) {
    let workspace = stuck();
    let mut started = workspace.batch(&["--jobs", "2"]).start();
    let pids = workspace.wait_until_inside(2);
    for signal in signals {
        started.signal(*signal);
        if signals.len() > 1 {
            started.wait_for("no more lines are started"); // else two of them are one
        }
    }
    let ended = started.wait();
    ended.assert_batch(status, 0, 2);
    let mut codes = ended.error_codes().into_values();
    assert!(codes.all(|code| code == "ERR_CANCELLED"), "{ended:?}");
    assert_eq!(ended.summary(), "6 lines: 0 done, 2 cancelled, 4 left");
    assert!(
        ended.command().unwrap().ends_with("--batch batch.jsonl --jobs 2"),
        "{ended:?}"
    );
    assert!(!pids.into_iter().any(is_alive));
    assert_eq!(workspace.met().len(), 2, "something new was started: {ended:?}");
    // every started execution has receipts, and no other
    let receipts = workspace.receipts();
    assert_eq!(receipts.len(), 2);
    for result in ended.json_lines() {
        let receipt = &receipts[result["execution_id"].as_str().unwrap()];
        assert_eq!(receipt["error"], result["error"]);
    }

    // and the rest is done when it goes on
    workspace.end_meeting();
    let resumed = workspace.batch(&["--resume", "--jobs", "2"]).run();
    resumed.assert_batch(0, 6, 0);
    assert_eq!(workspace.receipts().len(), 6);
}

#[test]
fn a_first_ctrl_c_lets_what_runs_end() {
    let workspace = stuck();
    let mut started = workspace.batch(&["--jobs", "2"]).start();
    workspace.wait_until_inside(2);
    started.signal(Signal::INT);
    started.wait_for(
        "no more lines are started; the 2 that run are waited for, and a second Ctrl-C cancels them",
    );
    workspace.end_meeting();
    let ended = started.wait();
    ended.assert_batch(130, 2, 0);
    assert_eq!(ended.summary(), "6 lines: 2 done, 4 left");
    assert_eq!(workspace.met().len(), 2, "something new was started: {ended:?}");
    workspace.batch(&["--jobs", "2"]).run().assert_batch(0, 6, 0);
    assert_eq!(workspace.met().len(), 6);
}

/// Nothing is left, so that nothing was interrupted.
#[test]
fn ctrl_c_at_the_last_line_is_a_success() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write_batch(&workspace.meeting(1, NEVER));
    let mut started = workspace.batch(&[]).start();
    workspace.wait_until_inside(1);
    started.signal(Signal::INT);
    started.wait_for("the one that runs is waited for");
    workspace.end_meeting();
    started.wait().assert_batch(0, 1, 0);
}

#[test]
fn a_second_ctrl_c_cancels_what_runs() {
    assert_cancelled(&[Signal::INT, Signal::INT], 130);
}

/// As when a terminal is closed, or a connection drops.
#[test]
fn a_hangup_is_as_ctrl_c() {
    let workspace = stuck();
    let mut started = workspace.batch(&["--jobs", "2"]).start();
    workspace.wait_until_inside(2);
    started.signal(Signal::HUP);
    started.wait_for("no more lines are started; the 2 that run are waited for");
    workspace.end_meeting();
    let ended = started.wait();
    ended.assert_batch(130, 2, 0);
    assert_eq!(ended.summary(), "6 lines: 2 done, 4 left");
}

#[test]
fn under_nohup_a_hangup_is_nothing() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write_batch(&workspace.meeting(2, NEVER));
    let started = workspace
        .batch(&["--jobs", "2"])
        .under(["/bin/sh", "-c", "trap '' HUP; exec \"$0\" \"$@\""])
        .start();
    workspace.wait_until_inside(2);
    started.signal(Signal::HUP);
    workspace.end_meeting();
    started.wait().assert_batch(0, 2, 0);
}

#[test]
fn sigquit_is_as_sigterm() {
    assert_cancelled(&[Signal::QUIT], 143);
}

#[test]
fn sigterm_cancels_what_runs() {
    assert_cancelled(&[Signal::TERM], 143);
}

#[test]
fn sigterm_after_ctrl_c_cancels_what_runs() {
    assert_cancelled(&[Signal::INT, Signal::TERM], 143);
}

/// The processors are stopped, so that they cannot end by themselves; they would be waited for 7 seconds.
#[test]
fn another_signal_ends_it_at_once() {
    let workspace = stuck();
    let mut started = workspace.batch(&["--jobs", "2"]).start();
    let pids = workspace.wait_until_inside(2);
    for processor in &pids {
        kill(*processor, Signal::STOP);
    }
    let since = Instant::now();
    wait_until("it has ended", || {
        started.signal(Signal::INT);
        started.has_ended()
    });
    assert!(since.elapsed().as_secs() < 6, "{:?}", since.elapsed());
    let ended = started.wait();
    ended.assert_batch(130, 0, 2);
    assert!(!pids.into_iter().any(is_alive));
    let receipts = workspace.receipts();
    assert_eq!(receipts.len(), 2);
    assert!(
        receipts
            .values()
            .all(|receipt| receipt["error"]["code"] == "ERR_CANCELLED")
    );
}

/// The processors outlive it; what they do is not done a second time.
#[test]
fn after_sigkill_it_goes_on() {
    let workspace = stuck();
    let killed = workspace.batch(&["--jobs", "2"]).start();
    workspace.wait_until_inside(2);
    killed.signal(Signal::KILL);
    killed.wait().assert_batch(137, 0, 0);

    let resumed = workspace.batch(&["--resume", "--jobs", "3"]).start();
    workspace.wait_until_inside(3); // two of the killed batch, and the first that nobody has begun
    workspace.end_meeting();
    let resumed = resumed.wait();
    resumed.assert_status(0);
    assert_eq!(workspace.met().len(), 6, "a provider was called twice");
    let receipts = workspace.receipts();
    assert_eq!(receipts.len(), 6);
    assert!(receipts.values().all(|receipt| receipt["status"] == "success"));
}

/// More than a pipe takes: none of it is lost with the orchestrator that would write the rest.
#[test]
fn inputs_outlive_the_orchestrator() {
    let script = "read -r _ < \"$ARTIFACTS_BASE_DIR/gate\"\nexec \"$PROBE\" \"$@\"";
    let workspace = Workspace::with_batch(&[ok(&"a".repeat(300_000))]).script(BINARY, script);
    let gate = workspace.create_dir("artifacts").join("gate");
    make_fifo(&gate);
    let started = workspace.batch(&[]).start();
    let mut gate = File::create(gate).unwrap(); // waits for the processor
    started.kill().assert_killed();
    gate.write_all(b"go\n").unwrap();
    drop(gate);
    let receipts = || {
        fs::read_dir(workspace.path("artifacts/execution")).is_ok_and(|mut all| {
            all.any(|execution| execution.unwrap().path().join("determinism.json").exists())
        })
    };
    wait_until("there is a receipt", receipts);
    let receipts = workspace.receipts();
    let receipt = receipts.values().next().unwrap();
    assert_eq!(receipt["status"], "success", "{receipt}");
}

/// A new version is installed while a processor of the killed batch still runs: what that one commits is good.
#[test]
fn after_sigkill_it_goes_on_with_another_image() {
    let workspace = Workspace::with_batch(&[]).script(BINARY, "exec \"$PROBE\" \"$@\"");
    workspace.write_batch(&workspace.meeting(1, NEVER));
    let killed = workspace.batch(&[]).start();
    workspace.wait_until_inside(1);
    killed.kill().assert_killed();

    workspace.install(&probe());
    let mut resumed = workspace.batch(&[]).start();
    resumed.wait_for("waiting_for_another_run");
    workspace.end_meeting();
    resumed.wait().assert_batch(0, 1, 0);
    assert_eq!(workspace.met().len(), 1, "the provider was called twice");
}
