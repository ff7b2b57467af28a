//! What a batch shows while it goes on.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{NEVER, Workspace, ok};
use crate::terminal::at_terminal;
use crate::workspace::BINARY;

#[test]
fn a_terminal_has_a_bar_and_a_line_for_each_failure() {
    let failing = json!({"label": "q-2", "params": {"do": "error", "message": "not so\u{1b}[2J"}});
    let workspace = Workspace::with_batch(&[ok("a"), failing, ok("b")]);
    let (shown, status) = at_terminal(&workspace.batch(&[]).env("TERM", "xterm"));
    assert_eq!(status, Some(1), "{shown:?}");
    assert_eq!(
        shown.matches("line 2 (q-2): ERR_PROVIDER_FAILED  not so").count(),
        1,
        "{shown:?}"
    );
    assert!(!shown.contains("run_failed"), "told twice: {shown:?}");
    assert!(shown.contains("/3") && shown.contains('░'), "{shown:?}");
    assert!(shown.contains("1 failed"), "{shown:?}");
}

#[test]
fn results_at_a_terminal_do_not_tear_the_bar() {
    let workspace = Workspace::with_batch(&[ok("a"), ok("b"), ok("c")]);
    let (shown, status) = at_terminal(&workspace.batch(&[]).env("TERM", "xterm"));
    assert_eq!(status, Some(0), "{shown:?}");
    let results: Vec<_> = shown.split("{\"status\"").collect();
    assert_eq!(results.len(), 4, "{shown:?}");
    for before in &results[..3] {
        assert!(
            before.ends_with("\u{1b}[2K") || before.ends_with('\n'),
            "{before:?}"
        );
    }
}

#[test]
fn a_failure_is_one_line_of_a_terminal() {
    let failing = json!({"params": {"do": "error", "message": "not so ".repeat(40)}});
    let workspace = Workspace::with_batch(&[failing]);
    let (shown, status) = at_terminal(&workspace.batch(&[]).env("TERM", "xterm"));
    assert_eq!(status, Some(1), "{shown:?}");
    let line = shown.lines().find(|line| line.contains("not so")).unwrap();
    let line = line.rsplit("\u{1b}[2K").next().unwrap().trim_end_matches('\r');
    assert!(
        line.starts_with("line 1: ERR_PROVIDER_FAILED  not so not so"),
        "{shown:?}"
    );
    assert!(line.ends_with('…') && line.chars().count() == 80, "{line:?}");
}

/// A processor that asks again, and then waits as its service asks it to.
const RETRIES: &str = r#"
echo '{"level":"warn","event":"retry","provider":"probe","code":"ERR_X","pause_ms":10,"told":false}' >&2
echo '{"level":"warn","event":"told_pause","provider":"probe","code":"ERR_X","pause_ms":10}' >&2
exec "$PROBE" "$@""#;

#[test]
fn retries_are_for_those_who_ask() {
    for (argument, are_shown) in [("--jobs=1", false), ("-v", true)] {
        let workspace = Workspace::with_batch(&[ok("a")]).script(BINARY, RETRIES);
        let (shown, status) = at_terminal(&workspace.batch(&[argument]).env("TERM", "xterm"));
        assert_eq!(status, Some(0), "{shown:?}");
        for retry in [
            "probe: ERR_X, asked again in 10 ms",
            "probe asks to be left alone for 10 ms",
            "run started",
        ] {
            assert_eq!(shown.contains(retry), are_shown, "{retry}: {shown:?}");
        }
        assert!(!shown.contains("\"event\""), "no JSON for people: {shown:?}");
    }
}

#[test]
fn a_quiet_batch_has_its_errors_and_its_last_line() {
    let failing = json!({"params": {"do": "error", "message": "not so"}});
    let workspace = Workspace::with_batch(&[ok("a"), failing]);
    let quiet = ["-q", "--new"];
    let (shown, status) = at_terminal(&workspace.batch(&quiet).env("TERM", "xterm"));
    assert_eq!(status, Some(1), "{shown:?}");
    let lines: Vec<_> = shown.lines().filter(|line| !line.starts_with('{')).collect();
    assert_eq!(lines.len(), 2, "{shown:?}");
    assert_eq!(lines[0], "line 2: ERR_PROVIDER_FAILED  not so");
    assert!(lines[1].starts_with("2 lines: 1 done, 1 failed"), "{shown:?}");

    let piped = workspace.batch(&quiet).run();
    let lines: Vec<_> = piped.stderr.lines().collect();
    let failures = lines.iter().filter(|line| line.contains(r#""level":"error""#));
    assert_eq!((failures.count(), lines.len()), (1, 2), "{piped:?}");
    assert!(lines[1].starts_with("2 lines: 1 done, 1 failed"), "{piped:?}");
}

#[test]
fn a_dumb_terminal_has_no_bar() {
    let workspace = Workspace::with_batch(&[ok("a")]);
    let (shown, status) = at_terminal(&workspace.batch(&[]).env("TERM", "dumb"));
    assert_eq!(status, Some(0), "{shown:?}");
    assert!(!shown.contains('\u{1b}') && !shown.contains('░'), "{shown:?}");
    assert!(shown.contains("1 line: 1 done"), "{shown:?}");
}

#[test]
fn a_pipe_has_a_line_of_json_from_time_to_time() {
    let workspace = Workspace::with_batch(&[]);
    let other = workspace.create_dir("other");
    let mut lines = vec![ok("a")];
    lines.extend(workspace.meeting(1, NEVER));
    lines.push(json!({"params": {"do": "meet", "dir": other, "count": NEVER}}));
    workspace.write_batch(&lines);
    let began = Instant::now();
    let mut started = workspace.batch(&[]).start();
    started.wait_for("batch_progress"); // after 2 s
    assert!(began.elapsed() < Duration::from_secs(9), "the first comes soon");
    workspace.end_meeting();
    started.wait_for(r#""ended":2"#);
    assert!(began.elapsed() >= Duration::from_secs(10), "the others are few");
    workspace.write("other/open", "");
    let ended = started.wait();
    ended.assert_batch(0, 3, 0);
    let logged = ended
        .stderr
        .lines()
        .filter(|line| line.contains("batch_progress"));
    for (line, count) in logged.zip([1, 2]) {
        let progress: Value = serde_json::from_str(line).unwrap();
        assert_eq!(progress["trace_id"], "batch");
        for (name, value) in [("lines", 3), ("ended", count), ("before", 0), ("failed", 0)] {
            assert_eq!(progress[name], value, "{progress}");
        }
        let [rate, left] = ["per_second", "left_s"].map(|name| &progress[name]);
        assert!(rate.is_f64() && left.is_u64(), "{progress}");
    }
}
