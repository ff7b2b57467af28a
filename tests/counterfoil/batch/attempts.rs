//! Lines whose failure may pass: tried again at the end, and answered once.

use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

use serde_json::{Value, json};
use support::{Signal, wait_until};

use super::{Workspace, ok};
use crate::workspace::BINARY;

fn failing(workspace: &Workspace, n: u64, times: u64, code: &str) -> Value {
    json!({"params": {"do": "fail_first", "dir": workspace.path(""), "n": n, "times": times, "code": code}})
}

/// The lines in the order of their runs.
fn runs(workspace: &Workspace) -> Vec<u64> {
    let log = fs::read_to_string(workspace.path("log")).unwrap_or_default();
    log.lines()
        .map(|line| line.split(' ').nth(1).unwrap().parse().unwrap())
        .collect()
}

#[test]
fn retries_after_all_other_lines_and_answers_once() {
    let workspace = Workspace::with_batch(&[]);
    let lines: Vec<_> = (1..=4)
        .map(|n| failing(&workspace, n, u64::from(n < 3), "ERR_PROVIDER_UNAVAILABLE"))
        .collect();
    workspace.write_batch(&lines);
    let ended = workspace.batch(&[]).run();
    ended.assert_batch(0, 4, 0);
    assert_eq!(ended.summary(), "4 lines: 4 done");
    assert_eq!(runs(&workspace), [1, 2, 3, 4, 1, 2]);
    let receipts = workspace.receipts();
    assert_eq!(receipts.len(), 4);
    assert!(receipts.values().all(|receipt| receipt["status"] == "success"));
}

/// The service has answered by then.
#[test]
fn what_could_not_be_kept_is_not_asked_for_again() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write_batch(&[failing(&workspace, 1, 9, "ERR_OUTPUT_WRITE")]);
    workspace.batch(&[]).run().assert_batch(1, 0, 1);
    assert_eq!(runs(&workspace), [1]);
}

#[test]
fn a_line_has_three_attempts_or_those_it_is_given() {
    for (arguments, attempts) in [(&[][..], 3), (&["--attempts", "1"], 1), (&["--attempts", "2"], 2)] {
        let workspace = Workspace::with_batch(&[]);
        workspace.write_batch(&[failing(&workspace, 1, 9, "ERR_PROVIDER_UNAVAILABLE"), ok("a")]);
        let ended = workspace.batch(arguments).run();
        ended.assert_batch(1, 1, 1);
        assert_eq!(
            ended.summary(),
            "2 lines: 1 done, 1 failed (ERR_PROVIDER_UNAVAILABLE 1)"
        );
        assert_eq!(runs(&workspace).len(), attempts);
    }
    let none = Workspace::with_batch(&[ok("a")])
        .batch(&["--attempts", "0"])
        .run();
    none.assert_status(2);
}

#[test]
fn does_not_retry_permanent_failures() {
    let workspace = Workspace::with_batch(&[]);
    let codes = [
        "ERR_PROVIDER_REJECTED",
        "ERR_PROVIDER_FAILED",
        "ERR_PROVIDER_RESPONSE",
    ];
    let lines: Vec<_> = (0..)
        .zip(codes)
        .map(|(n, code)| failing(&workspace, n, 9, code))
        .collect();
    workspace.write_batch(&lines);
    workspace.batch(&["--jobs", "2"]).run().assert_batch(1, 0, 3);
    assert_eq!(runs(&workspace).len(), 3);
}

/// What was read from a pipe is gone from there.
#[test]
fn lines_of_a_pipe_are_tried_again() {
    let workspace = Workspace::with_batch(&[]);
    let line = failing(&workspace, 1, 1, "ERR_PROVIDER_UNAVAILABLE");
    let lines = format!("{line}\n{}\n", ok("another"));
    workspace.batch_of("-").stdin(lines).run().assert_batch(0, 2, 0);
    assert_eq!(runs(&workspace).len(), 2);
}

/// With a pause of a minute and more before it would be tried again.
#[test]
fn ctrl_c_ends_the_wait_at_once() {
    let workspace = Workspace::with_batch(&[]);
    let mut lines = vec![
        failing(&workspace, 1, 9, "ERR_PROVIDER_UNAVAILABLE"),
        json!({"params": {"do": "told", "dir": workspace.path(""), "pause_ms": 90_000}}),
    ];
    lines.extend((0..3).map(|n| json!({"params": {"do": "told", "dir": workspace.path(""), "n": n}})));
    workspace.write_batch(&lines);
    let started = workspace.batch(&["--attempts", "9"]).start();
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
    ended.assert_status(130);
    // the failure that was to be retried is reported, once
    let codes: BTreeMap<_, _> = ended.error_codes();
    assert_eq!(
        codes.get(&1).map(String::as_str),
        Some("ERR_PROVIDER_UNAVAILABLE"),
        "{ended:?}"
    );
    assert!(
        ended.summary().starts_with("5 lines: ") && ended.summary().contains(" left"),
        "{ended:?}"
    );
}

#[test]
fn a_file_that_changes_meanwhile_keeps_the_failure() {
    let workspace = Workspace::with_batch(&[]);
    let lines = [failing(&workspace, 1, 9, "ERR_PROVIDER_UNAVAILABLE")];
    workspace.write_batch(&lines);
    let started = workspace.batch(&[]).start();
    wait_until("it has run", || runs(&workspace).len() == 1);
    workspace.write_batch(&[failing(&workspace, 2, 0, "ERR_PROVIDER_UNAVAILABLE")]);
    let ended = started.wait();
    ended.assert_batch(1, 0, 1);
    assert_eq!(
        ended.error_codes(),
        [(1, "ERR_PROVIDER_UNAVAILABLE".into())].into()
    );
}

#[test]
fn resume_tries_as_often_again() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write_batch(&[failing(&workspace, 1, 3, "ERR_PROVIDER_UNAVAILABLE"), ok("a")]);
    workspace.batch(&["--attempts", "2"]).run().assert_batch(1, 1, 1);
    let resumed = workspace.batch(&["--attempts", "2", "--resume"]).run();
    resumed.assert_batch(0, 2, 0);
    assert_eq!(resumed.line_numbers(), [2, 1]);
    assert_eq!(resumed.summary(), "2 lines: 1 done now, 1 before");
}

#[test]
fn a_processor_that_is_killed_is_tried_again() {
    let workspace = Workspace::with_batch(&[ok("a")]);
    let script = r#"once="$ARTIFACTS_BASE_DIR/once"
[ -e "$once" ] && exec $PROBE "$@"
mkdir -p "$ARTIFACTS_BASE_DIR" && : > "$once" && kill -9 $$"#;
    let workspace = workspace.script(BINARY, script);
    workspace.batch(&[]).run().assert_batch(0, 1, 0);
}
