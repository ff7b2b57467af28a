//! `--rpm` and `--max-cost`.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::{Value, json};

use super::{Workspace, ok};

fn paid(n: u64, usd: f64) -> Value {
    json!({"params": {"n": n, "usage": {"cost_usd": usd, "total_tokens": 1_000}}})
}

fn told(workspace: &Workspace, n: u64) -> Value {
    json!({"params": {"do": "told", "folder": workspace.path(""), "n": n}})
}

#[test]
fn starts_are_spread_over_the_minute() {
    let workspace = Workspace::with(&[]);
    let lines: Vec<_> = (0..8).map(|n| told(&workspace, n)).collect();
    workspace.write(&lines);
    let since = Instant::now();
    workspace.run(&["--jobs", "8", "--rpm", "300"]).assert(0, 8, 0);
    // seven pauses of 200 ms
    assert!(
        since.elapsed() >= Duration::from_millis(1_400),
        "{:?}",
        since.elapsed()
    );
    assert_eq!(
        fs::read_to_string(workspace.path("log")).unwrap().lines().count(),
        8
    );
}

#[test]
fn what_is_done_before_takes_no_start() {
    let workspace = Workspace::with(&(0..50).map(|n| ok(&n.to_string())).collect::<Vec<_>>());
    workspace.run(&["--jobs", "4"]).assert(0, 50, 0);
    let since = Instant::now();
    let resumed = workspace.run(&["--resume", "--rpm", "1"]);
    resumed.assert(0, 0, 0);
    assert!(since.elapsed() < Duration::from_secs(50), "{:?}", since.elapsed());
}

#[test]
fn a_signal_ends_the_wait_for_the_next_start() {
    let workspace = Workspace::with(&[]);
    workspace.write(&[told(&workspace, 1), told(&workspace, 2), told(&workspace, 3)]);
    let mut started = workspace.start(&["--jobs", "2", "--rpm", "1"]);
    started.next();
    let since = Instant::now();
    started.signal(Signal::TERM);
    let ended = started.wait();
    assert!(since.elapsed() < Duration::from_secs(10), "{:?}", since.elapsed());
    ended.assert(143, 0, 0);
    assert_eq!(ended.counts(), "3 lines: 1 done, 2 not started");
}

#[test]
fn nothing_starts_once_the_money_is_spent() {
    let lines: Vec<_> = (0..6).map(|n| paid(n, 0.25)).collect();
    let workspace = Workspace::with(&lines);
    let ended = workspace.run(&["--max-cost", "0.5"]);
    ended.assert(1, 2, 0);
    assert_eq!(
        ended.counts(),
        "6 lines: 2 done, 4 not started; 2,000 tokens, 0.50 USD"
    );
    assert_eq!(workspace.receipts().len(), 2);

    // what was paid before is not paid again
    let resumed = workspace.run(&["--max-cost", "0.5", "--resume"]);
    resumed.assert(1, 2, 0);
    assert_eq!(
        resumed.counts(),
        "6 lines: 2 done, 2 done before, 2 not started; 2,000 tokens, 0.50 USD"
    );
    let rest = workspace.run(&["--max-cost", "5", "--resume"]);
    rest.assert(0, 2, 0);
    assert_eq!(
        rest.counts(),
        "6 lines: 2 done, 4 done before; 2,000 tokens, 0.50 USD"
    );
}

/// The processor answers from the receipt, and its provider is not asked.
#[test]
fn what_a_name_stands_for_already_costs_nothing() {
    let workspace = Workspace::with(&[paid(1, 0.25), paid(2, 0.25)]);
    let named = ["--execution-id", "nightly", "--max-cost", "0.3"];
    workspace.run(&["--execution-id", "nightly"]).assert(0, 2, 0);
    let again = workspace.run(&named);
    again.assert(0, 2, 0);
    assert_eq!(again.counts(), "2 lines: 2 done");
}

#[test]
fn what_does_not_say_its_cost_is_told() {
    let workspace = Workspace::with(&[paid(1, 0.000_12), ok("a")]);
    let ended = workspace.run(&["--max-cost", "1"]);
    ended.assert(0, 2, 0);
    assert_eq!(
        ended.counts(),
        "2 lines: 2 done; 1,000 tokens, 0.00012 USD, the cost of 1 not known"
    );
}

#[test]
fn bounds_are_numbers_and_of_a_batch() {
    let workspace = Workspace::with(&[ok("a")]);
    for arguments in [
        "--rpm=0",
        "--rpm=many",
        "--max-cost=-1",
        "--max-cost=nan",
        "--max-cost=inf",
    ] {
        let ended = workspace.run(&[arguments]);
        assert_eq!(ended.status, 2, "{ended:?}");
        assert!(ended.stderr.contains(&arguments[..5]), "{ended:?}");
    }
    assert!(workspace.receipts().is_empty());
}
