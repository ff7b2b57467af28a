//! `run --batch`.

use std::fs;

use serde_json::{Value, json};
use support::{
    Dir, Fault, Finished, Injection, Scope, Test, check_all, faults_at_changes, has_strace, inject_in,
    json_lines,
};

use super::{assert_nothing_unfinished, prune};
use crate::workspace::Workspace;

/// Enough that what the threads of the jobs do for the last ones comes after as many calls of the main thread.
pub(super) const LINES: usize = 4;
const TABLE: &str = "table.csv";
const EARLIER: &str = "an earlier table\n";

/// Lines whose runs leave a trace of every call, and a table of an earlier batch.
pub(super) fn begun() -> Workspace {
    let workspace = Workspace::new_in(Dir::in_memory());
    let line = |number: usize| {
        let calls = workspace.path(&format!("calls-{number}"));
        json!({"label": format!("l{number}"), "params": {"do": "count", "path": calls, "size": 10}})
    };
    workspace.write_batch(&(1..=LINES).map(line).collect::<Vec<_>>());
    workspace.write(TABLE, EARLIER);
    workspace
}

/// The command, one line after the other.
pub(super) fn command(workspace: &Workspace) -> Test {
    let arguments = [
        "--mode",
        "real",
        "--jobs",
        "1",
        "--out",
        TABLE,
        "--save-dir",
        "saved",
    ];
    workspace.batch(&arguments)
}

/// How often each line was asked.
pub(super) fn calls(workspace: &Workspace) -> Vec<usize> {
    let count = |number| {
        let calls = fs::read_to_string(workspace.path(&format!("calls-{number}")));
        calls.unwrap_or_default().lines().count()
    };
    (1..=LINES).map(count).collect()
}

/// Fails unless what is there may be there at any moment.
pub(super) fn assert_whole(workspace: &Workspace) {
    if let Ok(record) = fs::read(workspace.path("artifacts/batch/batch.json")) {
        let record: Value = serde_json::from_slice(&record).expect("the record is whole");
        assert_eq!(
            record,
            json!({"batch": "batch", "ref": "test/probe@1", "mode": "real"})
        );
    }
    if let Ok(lines) = fs::read_to_string(workspace.path("artifacts/batch/batch.lines.jsonl")) {
        let numbers: Vec<_> = json_lines(&lines)
            .iter()
            .map(|line| line["line"].clone())
            .collect();
        assert_eq!(numbers, (1..=LINES).map(Value::from).collect::<Vec<_>>());
    }
    let table = workspace.read(TABLE);
    assert!(table == EARLIER || rows(&table) == LINES, "{table}");
    for id in super::names(&workspace.path("saved")) {
        if !id.starts_with('.') {
            assert_saved(workspace, &id);
        }
    }
}

/// The rows of a table below its names.
fn rows(table: &str) -> usize {
    csv::Reader::from_reader(table.as_bytes())
        .records()
        .map(Result::unwrap)
        .count()
}

fn assert_saved(workspace: &Workspace, id: &str) {
    let saved = support::files_below(&workspace.path("saved").join(id));
    let outputs = support::files_below(&workspace.path("artifacts/outputs").join(id));
    assert_eq!((saved.len(), &saved), (5, &outputs), "{id}");
}

/// Fails unless the same command again does what is left, and prints and saves everything.
pub(super) fn assert_goes_on(workspace: &Workspace) -> Finished {
    let again = command(workspace).run();
    again.assert_batch(0, LINES, 0);
    let mut numbers = again.line_numbers();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=LINES as u64).collect::<Vec<_>>(), "{again:?}");
    assert!(
        again
            .json_lines()
            .iter()
            .all(|result| result["label"] == format!("l{}", result["line"]))
    );
    assert_eq!(rows(&workspace.read(TABLE)), LINES, "{again:?}");
    assert_eq!(super::names(&workspace.path("saved")).len(), LINES, "{again:?}");
    assert_whole(workspace);
    assert_eq!(workspace.receipts().len(), LINES);
    prune(workspace);
    assert_nothing_unfinished(workspace.root());
    again
}

/// Tries these faults; every line is asked once, whatever happens: a processor outlives the orchestrator.
fn try_all(scope: Scope, faults: Vec<Injection>, check: impl Fn(&Finished) + Sync) {
    eprintln!("{} faults", faults.len());
    check_all(faults, |fault| {
        let workspace = begun();
        let finished = inject_in(scope, &command(&workspace), std::slice::from_ref(fault));
        assert_whole(&workspace);
        check(&finished);
        assert_goes_on(&workspace);
        assert_eq!(calls(&workspace), [1; LINES], "{finished:?}");
    });
}

#[test]
#[ignore = "needs strace; cargo xtask faults runs it"]
fn killed_before_its_lines_and_after_them() {
    if has_strace() {
        let kills = faults_at_changes(Scope::MainThread, &command(&begun()), &[Fault::Kill]);
        try_all(Scope::MainThread, kills, |finished| {
            finished.assert_killed();
        });
    }
}

#[test]
#[ignore = "needs strace; cargo xtask faults runs it"]
fn killed_amid_its_lines() {
    if has_strace() {
        let mut kills = faults_at_changes(Scope::Threads, &command(&begun()), &[Fault::Kill]);
        // that many calls the main thread makes, too
        let main = faults_at_changes(Scope::MainThread, &command(&begun()), &[Fault::Kill]);
        kills.retain(|kill| !main.contains(kill));
        assert!(kills.len() > 50, "{}", kills.len());
        try_all(Scope::Threads, kills, |_| {});
    }
}

#[test]
#[ignore = "needs strace; cargo xtask faults runs it"]
fn a_disk_that_is_full_at_any_write() {
    if has_strace() {
        let faults = faults_at_changes(Scope::Threads, &command(&begun()), &[Fault::NoSpace]);
        try_all(Scope::Threads, faults, |finished| {
            assert!([0, 1, 2, 21].contains(&finished.status), "{finished:?}");
        });
    }
}
