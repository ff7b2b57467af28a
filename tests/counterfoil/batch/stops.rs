//! What ends a batch before its last line: `--max-failures`, failures that all lines share, and a stdout that is gone.

use serde_json::{Value, json};

use super::{NEVER, Workspace, ok};

/// A run that fails like this, and is told apart from others by its number.
fn failing(n: u64, code: &str, message: &str) -> Value {
    json!({"params": {"do": "error", "code": code, "message": message, "n": n}})
}

#[test]
fn so_many_failures_hold_the_rest() {
    let workspace = Workspace::with_batch(&[]);
    let mut lines: Vec<_> = (0..4)
        .map(|n| failing(n, "ERR_PROVIDER_REJECTED", "no such model"))
        .collect();
    lines.push(ok("good"));
    workspace.write_batch(&lines);
    for (option, failed, left, told) in [
        (["--max-failures", "2"], 2, 3, "2 lines have failed"),
        (["--fail-fast", "--jobs=1"], 1, 4, "a line has failed"),
    ] {
        let ended = workspace.batch(&[&option[..], &["--new"]].concat()).run();
        ended.assert_batch(1, 0, failed);
        assert_eq!(
            ended.summary(),
            format!("5 lines: 0 done, {failed} failed (ERR_PROVIDER_REJECTED {failed}), {left} left")
        );
        let told = format!(
            "{told}, so that no more are started; line {failed}: ERR_PROVIDER_REJECTED: no such model"
        );
        assert_eq!(ended.stderr.matches(&told).count(), 1, "{ended:?}");
    }
    let both = workspace.batch(&["--max-failures", "2", "--fail-fast"]).run();
    both.assert_status(2);
}

#[test]
fn a_failure_that_is_tried_again_is_counted_once() {
    let workspace =
        Workspace::with_batch(&[failing(1, "ERR_PROVIDER_UNAVAILABLE", "down"), ok("a"), ok("b")]);
    let ended = workspace.batch(&["--max-failures", "2", "--attempts", "2"]).run();
    ended.assert_batch(1, 2, 1);
    assert!(!ended.stderr.contains("no more are started"), "{ended:?}");
}

/// Else each further call would end at the same lines.
#[test]
fn what_failed_before_comes_last_where_failures_are_bounded() {
    let mut lines: Vec<_> = (0..2)
        .map(|n| failing(n, "ERR_PROVIDER_REJECTED", "no"))
        .collect();
    lines.extend(["a", "b", "c"].map(ok));
    let workspace = Workspace::with_batch(&lines);
    let first = workspace.batch(&["--max-failures", "2"]).run();
    first.assert_batch(1, 0, 2);
    let second = workspace.batch(&["--max-failures", "2"]).run();
    second.assert_batch(1, 3, 2);
    assert_eq!(
        second.summary(),
        "5 lines: 3 done, 2 failed (ERR_PROVIDER_REJECTED 2)"
    );
}

#[test]
fn a_service_that_cannot_be_reached_is_not_tried_for_ever() {
    let lines: Vec<_> = (0..30)
        .map(|n| failing(n, "ERR_PROVIDER_UNAVAILABLE", "no connection"))
        .collect();
    let workspace = Workspace::with_batch(&lines);
    let ended = workspace.batch(&["--attempts", "1"]).run();
    ended.assert_batch(1, 0, 20);
    assert_eq!(
        ended.summary(),
        "30 lines: 0 done, 20 failed (ERR_PROVIDER_UNAVAILABLE 20), 10 left"
    );
    let told = "the other lines would fail likewise, so that no more are started; line 20: \
                ERR_PROVIDER_UNAVAILABLE: no connection";
    assert!(ended.stderr.contains(told), "{ended:?}");
}

#[test]
fn a_budget_of_nothing_is_told() {
    let workspace = Workspace::with_batch(&[ok("a"), ok("b")]);
    let ended = workspace.batch(&["--max-cost", "0"]).run();
    ended.assert_batch(1, 0, 0);
    assert_eq!(ended.summary(), "2 lines: 0 done, 2 left");
    let told = "what --max-cost allows is spent, so that no more lines are started";
    assert_eq!(ended.stderr.matches(told).count(), 1, "{ended:?}");
}

#[test]
fn what_every_line_would_meet_holds_them_all() {
    for (code, message) in [
        ("ERR_PROVIDER_AUTH", "the key is not valid"),
        ("ERR_MISSING_SECRET", "the secret is not set"),
        ("ERR_USAGE", "SOME_URL is no URL"),
        (
            "ERR_PROVIDER_RATE_LIMIT",
            "the provider answered 429, as the account is out of credit or closed: pay",
        ),
        ("ERR_PROVIDER_REJECTED", "the provider answered 402: pay"),
        (
            "ERR_OUTPUT_WRITE",
            "the directory /artifacts/outputs cannot be opened or made: Not a directory (os error 20)",
        ),
        (
            "ERR_OUTPUT_WRITE",
            "the outputs cannot be written: No space left on device (os error 28)",
        ),
        (
            "ERR_RECEIPT_WRITE",
            "the receipts cannot be written: Read-only file system (os error 30)",
        ),
    ] {
        let workspace = Workspace::with_batch(&[ok("a"), ok("b"), ok("c")]);
        workspace.batch(&[]).run().assert_batch(0, 3, 0);
        let mut lines: Vec<_> = (0..3).map(|n| failing(n, code, message)).collect();
        lines.push(ok("c"));
        workspace.write_batch(&lines);
        let ended = workspace.batch(&[]).run();
        // what was done before is printed all the same
        ended.assert_batch(1, 1, 1);
        assert_eq!(ended.before(), [4]);
        assert_eq!(
            ended.summary(),
            format!("4 lines: 0 done now, 1 before, 1 failed ({code} 1), 2 left")
        );
        let told =
            format!("the other lines would fail likewise, so that no more are started; line 1: {code}: ");
        assert!(ended.stderr.contains(&told), "{ended:?}");
        assert_eq!(workspace.receipts().len(), 4, "only the first was run");
    }
}

/// The entry requires one that is not there.
#[test]
fn a_missing_secret_is_recorded_once() {
    let workspace = Workspace::with_batch(&[ok("a"), ok("b"), ok("c")]);
    workspace.replace("registry/test_probe.yaml", "optional:", "required:");
    let ended = workspace.batch(&["--mode", "real"]).run();
    assert!(ended.status != 0 && workspace.receipts().len() <= 1, "{ended:?}");
}

#[test]
fn the_command_that_goes_on_does() {
    let workspace = Workspace::with_batch(&[failing(1, "ERR_PROVIDER_REJECTED", "no"), ok("it's b")]);
    let fails = workspace.batch(&["--fail-fast", "--new"]).run();
    fails.assert_batch(1, 0, 1);
    let command = fails.command().unwrap();
    assert!(
        !command.contains("--new") && command.contains("--execution-id batch."),
        "{command}"
    );
    workspace.write_batch(&[ok("it's b")]);
    let shell = support::Test::new("/bin/sh")
        .current_dir(workspace.root())
        .args(["-c", command])
        .env("PATH", workspace.bin())
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .run();
    assert_eq!(shell.status, 0, "{shell:?}");
    assert!(shell.command().is_none(), "{shell:?}");
}

#[test]
fn a_closed_stdout_is_reported() {
    let workspace = Workspace::with_batch(&[]);
    let mut lines = vec![ok("first")];
    lines.extend(workspace.meeting(5, NEVER));
    workspace.write_batch(&lines);
    let mut started = workspace.batch(&["--jobs", "2"]).start();
    started.next_json();
    workspace.wait_until_inside(2);
    started.close_stdout();
    workspace.end_meeting();
    let ended = started.wait();
    ended.assert_status(1);
    assert!(
        ended.stderr.contains("stdout was closed by its reader"),
        "{ended:?}"
    );
    assert_eq!(ended.summary(), "6 lines: 3 done, 3 left");
}

#[test]
fn a_full_stdout_is_reported_before_the_sum() {
    let workspace = Workspace::with_batch(&[ok("a"), ok("b"), ok("c")]);
    let full = ["/bin/sh", "-c", "exec \"$0\" \"$@\" > /dev/full"];
    let ended = workspace.batch(&[]).under(full).run();
    ended.assert_status(1);
    assert!(
        ended
            .stderr
            .contains("error: the results cannot be written: No space left"),
        "{ended:?}"
    );
    assert_eq!(ended.summary(), "3 lines: 1 done, 2 left");
}

#[test]
fn requests_are_those_of_real_runs() {
    let real = |n: u64| json!({"mode": "real", "params": {"n": n}});
    let workspace = Workspace::with_batch(&[real(1), real(2), ok("a")]);
    let ended = workspace.batch(&[]).run();
    ended.assert_batch(0, 3, 0);
    assert_eq!(
        ended.summary(),
        "3 lines: 3 done; 2 requests, the cost of 2 not known"
    );
}
