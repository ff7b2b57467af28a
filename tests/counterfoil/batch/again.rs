//! Lines whose failure may pass: tried again at the end, and answered once.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::process::Stdio;
use std::time::Instant;

use rustix::process::Signal;
use serde_json::{Value, json};

use super::{Started, Workspace, finish, number, ok, wait_until};

fn failing(workspace: &Workspace, n: u64, times: u64, code: &str) -> Value {
    json!({"params": {"do": "fail_first", "folder": workspace.path(""), "n": n, "times": times, "code": code}})
}

/// The lines in the order of their runs.
fn runs(workspace: &Workspace) -> Vec<u64> {
    let log = fs::read_to_string(workspace.path("log")).unwrap_or_default();
    log.lines()
        .map(|line| line.split(' ').nth(1).unwrap().parse().unwrap())
        .collect()
}

#[test]
fn it_is_tried_again_after_all_others_and_answered_once() {
    let workspace = Workspace::with(&[]);
    let lines: Vec<_> = (1..=4)
        .map(|n| failing(&workspace, n, u64::from(n < 3), "ERR_PROVIDER_UNAVAILABLE"))
        .collect();
    workspace.write(&lines);
    let ended = workspace.run(&[]);
    ended.assert(0, 4, 0);
    assert_eq!(ended.counts(), "4 lines: 4 done");
    assert_eq!(runs(&workspace), [1, 2, 3, 4, 1, 2]);
    let receipts = workspace.receipts();
    assert_eq!(receipts.len(), 4);
    assert!(receipts.values().all(|receipt| receipt["status"] == "success"));
}

#[test]
fn a_line_has_three_attempts_or_those_it_is_given() {
    for (arguments, attempts) in [(&[][..], 3), (&["--attempts", "1"], 1), (&["--attempts", "2"], 2)] {
        let workspace = Workspace::with(&[]);
        workspace.write(&[failing(&workspace, 1, 9, "ERR_PROVIDER_UNAVAILABLE"), ok("a")]);
        let ended = workspace.run(arguments);
        ended.assert(1, 1, 1);
        assert_eq!(
            ended.counts(),
            "2 lines: 1 done, 1 failed (ERR_PROVIDER_UNAVAILABLE 1)"
        );
        assert_eq!(runs(&workspace).len(), attempts);
    }
    let none = Workspace::with(&[ok("a")]).run(&["--attempts", "0"]);
    assert_eq!(none.status, 2, "{none:?}");
}

#[test]
fn what_would_fail_again_is_not_tried_again() {
    let workspace = Workspace::with(&[]);
    let codes = [
        "ERR_PROVIDER_REJECTED",
        "ERR_PROVIDER_AUTH",
        "ERR_PROVIDER_FAILED",
        "ERR_PROVIDER_RESPONSE",
    ];
    let lines: Vec<_> = (0..)
        .zip(codes)
        .map(|(n, code)| failing(&workspace, n, 9, code))
        .collect();
    workspace.write(&lines);
    workspace.run(&["--jobs", "2"]).assert(1, 0, 4);
    assert_eq!(runs(&workspace).len(), 4);
}

/// What a pipe gave is gone from there; and one that gives nothing for now does not keep failed lines waiting.
#[test]
fn lines_of_a_pipe_are_tried_again() {
    let workspace = Workspace::with(&[]);
    let line = failing(&workspace, 1, 1, "ERR_PROVIDER_UNAVAILABLE");
    let mut command = workspace.command_of("-");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, "{line}").unwrap();
    wait_until("it is tried again", || runs(&workspace).len() == 2);
    writeln!(stdin, "{}", ok("another")).unwrap();
    drop(stdin);
    let stdout = std::io::BufReader::new(child.stdout.take().unwrap());
    Started { child, stdout }.wait().assert(0, 2, 0);
}

/// With a pause of a minute and more before it would be tried again.
#[test]
fn ctrl_c_ends_the_wait_at_once() {
    let workspace = Workspace::with(&[]);
    let mut lines = vec![
        failing(&workspace, 1, 9, "ERR_PROVIDER_UNAVAILABLE"),
        json!({"params": {"do": "told", "folder": workspace.path(""), "pause_ms": 90_000}}),
    ];
    lines.extend((0..3).map(|n| json!({"params": {"do": "told", "folder": workspace.path(""), "n": n}})));
    workspace.write(&lines);
    let started = workspace.start(&["--attempts", "9"]);
    wait_until("two have run", || {
        fs::read_to_string(workspace.path("log"))
            .unwrap_or_default()
            .lines()
            .count()
            >= 3
    });
    let since = Instant::now();
    started.signal(Signal::INT);
    let ended = started.wait();
    assert!(since.elapsed().as_secs() < 10, "{:?}", since.elapsed());
    assert_eq!(ended.status, 130, "{ended:?}");
    // the failure that was to be tried again is told, once
    let codes: BTreeMap<_, _> = ended.codes();
    assert_eq!(
        codes.get(&1).map(String::as_str),
        Some("ERR_PROVIDER_UNAVAILABLE"),
        "{ended:?}"
    );
    assert!(
        ended.counts().starts_with("5 lines: ") && ended.counts().contains(" not started"),
        "{ended:?}"
    );
}

#[test]
fn a_file_that_changes_meanwhile_keeps_the_failure() {
    let workspace = Workspace::with(&[]);
    let lines = [failing(&workspace, 1, 9, "ERR_PROVIDER_UNAVAILABLE")];
    workspace.write(&lines);
    let started = workspace.start(&[]);
    wait_until("it has run", || runs(&workspace).len() == 1);
    workspace.write(&[failing(&workspace, 2, 0, "ERR_PROVIDER_UNAVAILABLE")]);
    let ended = started.wait();
    ended.assert(1, 0, 1);
    assert_eq!(ended.codes(), [(1, "ERR_PROVIDER_UNAVAILABLE".into())].into());
}

#[test]
fn resume_tries_as_often_again() {
    let workspace = Workspace::with(&[]);
    workspace.write(&[failing(&workspace, 1, 3, "ERR_PROVIDER_UNAVAILABLE"), ok("a")]);
    workspace.run(&["--attempts", "2"]).assert(1, 1, 1);
    let resumed = finish(workspace.command(&["--attempts", "2", "--resume"]));
    resumed.assert(0, 1, 0);
    assert_eq!(number(&resumed.results[0]), 1);
    assert_eq!(resumed.counts(), "2 lines: 1 done, 1 done before");
}
