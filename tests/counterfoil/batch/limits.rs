//! Services with rate limits: a pause that one line is asked for holds for all of them.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::Finished;

use super::super::terminal::at_terminal;
use super::Workspace;

/// What a provider was asked.
#[derive(Debug)]
struct Call {
    ms: u64,
    provider: String,
    /// Of the probe's `limited`, whether the service took it.
    is_taken: bool,
}

fn calls(workspace: &Workspace) -> Vec<Call> {
    let log = fs::read_to_string(workspace.path("log")).unwrap();
    log.lines()
        .map(|line| {
            let parts: Vec<_> = line.split(' ').collect();
            Call {
                ms: parts[0].parse().unwrap(),
                provider: parts[1].into(),
                is_taken: parts[2] == "true",
            }
        })
        .collect()
}

/// So many lines of this model against a limit of 5 in a second.
fn limited(workspace: &Workspace, lines: usize, is_told: bool, is_fixed: bool) -> Vec<Value> {
    let dir = workspace.path("");
    (0..lines)
        .map(|n| {
            json!({"model": "probe/a", "params": {
                "do": "limited", "dir": dir, "n": n,
                "count": 5, "window_ms": 1_000, "told": is_told, "fixed": is_fixed,
            }})
        })
        .collect()
}

/// 40 lines, for which the service needs 7 s; twice that is for slow machines, and without a shared pause it
/// takes longer.
fn all_are_done_in_time(is_told: bool, is_fixed: bool, arguments: &[&str], level: &str) {
    let workspace = Workspace::with_batch(&[]);
    let lines = limited(&workspace, 40, is_told, is_fixed);
    workspace.write_batch(&lines);
    let since = Instant::now();
    let ended = workspace.batch(arguments).env("LOG_LEVEL", level).run();
    let took = since.elapsed();
    ended.assert_batch(0, 40, 0);
    assert_eq!(ended.summary(), "40 lines: 40 done");
    assert!(took < Duration::from_secs(14), "{took:?}");
}

#[test]
fn a_sliding_window_with_retry_after() {
    all_are_done_in_time(true, false, &["--jobs", "16"], "info");
}

#[test]
fn a_fixed_window_with_retry_after() {
    all_are_done_in_time(true, true, &["--jobs", "16"], "info");
}

#[test]
fn a_sliding_window_without_retry_after() {
    all_are_done_in_time(false, false, &["--jobs", "16"], "info");
}

#[test]
fn a_fixed_window_without_retry_after() {
    all_are_done_in_time(false, true, &["--jobs", "16"], "info");
}

#[test]
fn a_log_that_says_less_than_warnings_hides_nothing_from_the_batch() {
    all_are_done_in_time(false, false, &["--jobs", "16"], "error");
}

/// Lines of two providers, the first of which wants peace for so long that only the other can be asked meanwhile.
fn told(workspace: &Workspace, lines: &[(&str, &str, Option<u64>)]) -> Vec<Value> {
    let dir = workspace.path("");
    let line = |(n, (model, provider, pause)): (usize, &(&str, &str, Option<u64>))| {
        let mut line = json!({"model": model, "params": {
            "do": "told", "dir": dir, "provider": provider, "n": n,
        }});
        if let Some(pause) = pause {
            line["params"]["pause_ms"] = (*pause).into();
        }
        line
    };
    lines.iter().enumerate().map(line).collect()
}

fn run_told(lines: &[(&str, &str, Option<u64>)], level: &str) -> (Vec<Call>, Finished) {
    let workspace = Workspace::with_batch(&[]);
    let lines = told(&workspace, lines);
    workspace.write_batch(&lines);
    let ended = workspace.batch(&[]).env("LOG_LEVEL", level).run();
    ended.assert_batch(0, lines.len(), 0);
    (calls(&workspace), ended)
}

/// When a provider was called, from the moment at which one asked for a pause.
fn after_told(asked: &[Call], provider: &str) -> Vec<u64> {
    let told = asked.iter().find(|asked| !asked.is_taken).unwrap().ms;
    asked
        .iter()
        .filter(|asked| asked.is_taken && asked.provider == provider && asked.ms > told)
        .map(|asked| asked.ms - told)
        .collect()
}

#[test]
fn only_the_provider_that_asked_for_a_pause_gets_one() {
    for level in ["info", "error", "off"] {
        let (asked, ended) = run_told(
            &[
                ("a/x", "a", Some(2_000)),
                ("a/x", "a", None),
                ("a/y", "a", None),
                ("b/x", "b", None),
                ("b/y", "b", None),
            ],
            level,
        );
        let held = after_told(&asked, "a");
        assert_eq!(held.len(), 2, "{asked:?}");
        assert!(held.iter().all(|ms| *ms >= 1_950), "{asked:?}");
        let others = after_told(&asked, "b");
        assert_eq!(others.len(), 2, "{asked:?}");
        assert!(others.iter().all(|ms| *ms < held[0]), "{asked:?}");
        let is_told = ended.stderr.contains("\"told_pause\"");
        assert_eq!(is_told, level == "info", "{ended:?}");
    }
}

/// The models of a marketplace do not name it.
#[test]
fn learns_the_provider_of_a_model_from_earlier_lines() {
    let (asked, _) = run_told(
        &[
            ("someone/x", "market", Some(1_500)),
            ("someone/x", "market", None),
            ("else/y", "market", None),
        ],
        "info",
    );
    let held = after_told(&asked, "market");
    assert_eq!(held.len(), 2, "{asked:?}");
    assert!(held.iter().all(|ms| *ms >= 1_450), "{asked:?}");
}

#[test]
fn people_see_how_long_nothing_starts() {
    let workspace = Workspace::with_batch(&[]);
    let lines = told(&workspace, &[("a/x", "a", Some(1_500)), ("a/x", "a", None)]);
    workspace.write_batch(&lines);
    let batch = workspace.batch(&[]).env("TERM", "xterm").env("LOG_LEVEL", "off");
    let (shown, status) = at_terminal(&batch);
    assert_eq!(status, Some(0), "{shown:?}");
    assert!(shown.contains("/2  paused by a, goes on in 2 s  "), "{shown:?}");
    assert!(
        shown.contains("1/2  paused by a, goes on in 1 s  "),
        "it counts: {shown:?}"
    );
    assert!(shown.contains("2 lines: 2 done"), "{shown:?}");
}
