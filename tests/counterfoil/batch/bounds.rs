//! `--rpm` and `--max-cost`.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::Signal;

use super::{Workspace, ok};

fn paid(n: u64, usd: f64) -> Value {
    json!({"params": {"n": n, "usage": {"cost_usd": usd, "total_tokens": 1_000}}})
}

fn told(workspace: &Workspace, n: u64) -> Value {
    json!({"params": {"do": "told", "dir": workspace.path(""), "n": n}})
}

#[test]
fn starts_are_spread_over_the_minute() {
    let workspace = Workspace::with_batch(&[]);
    let lines: Vec<_> = (0..8).map(|n| told(&workspace, n)).collect();
    workspace.write_batch(&lines);
    let since = Instant::now();
    workspace
        .batch(&["--jobs", "8", "--rpm", "300"])
        .run()
        .assert_batch(0, 8, 0);
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
fn lines_done_before_are_not_rate_limited() {
    let workspace = Workspace::with_batch(&(0..50).map(|n| ok(&n.to_string())).collect::<Vec<_>>());
    workspace.batch(&["--jobs", "4"]).run().assert_batch(0, 50, 0);
    let since = Instant::now();
    let resumed = workspace.batch(&["--resume", "--rpm", "1"]).run();
    resumed.assert_batch(0, 50, 0);
    assert!(since.elapsed() < Duration::from_secs(50), "{:?}", since.elapsed());
}

#[test]
fn a_signal_ends_the_wait_for_the_next_start() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write_batch(&[told(&workspace, 1), told(&workspace, 2), told(&workspace, 3)]);
    let mut started = workspace.batch(&["--jobs", "2", "--rpm", "1"]).start();
    started.next_json();
    let since = Instant::now();
    started.signal(Signal::TERM);
    let ended = started.wait();
    assert!(since.elapsed() < Duration::from_secs(10), "{:?}", since.elapsed());
    ended.assert_batch(143, 1, 0);
    assert_eq!(ended.summary(), "3 lines: 1 done, 2 left");

    // nobody runs who could be waited for
    let mut started = workspace.batch(&["--jobs", "2", "--rpm", "1", "--new"]).start();
    started.next_json();
    started.signal(Signal::INT);
    started.wait_for("no more lines are started; none runs");
    started.wait().assert_batch(130, 1, 0);
}

#[test]
fn nothing_starts_once_the_money_is_spent() {
    let lines: Vec<_> = (0..6).map(|n| paid(n, 0.25)).collect();
    let workspace = Workspace::with_batch(&lines);
    let ended = workspace.batch(&["--max-cost", "0.5"]).run();
    ended.assert_batch(1, 2, 0);
    assert_eq!(ended.summary(), "6 lines: 2 done, 4 left; 2,000 tokens, 0.50 USD");
    assert_eq!(workspace.receipts().len(), 2);

    // what was paid before is not paid again
    let resumed = workspace.batch(&["--max-cost", "0.5", "--resume"]).run();
    resumed.assert_batch(1, 4, 0);
    assert_eq!(
        resumed.summary(),
        "6 lines: 2 done now, 2 before, 2 left; 2,000 tokens, 0.50 USD"
    );
    let rest = workspace.batch(&["--max-cost", "5", "--resume"]).run();
    rest.assert_batch(0, 6, 0);
    assert_eq!(
        rest.summary(),
        "6 lines: 2 done now, 4 before; 2,000 tokens, 0.50 USD"
    );
}

#[test]
fn an_answer_from_a_receipt_costs_nothing() {
    let workspace = Workspace::with_batch(&[paid(1, 0.25), paid(2, 0.25)]);
    let named = ["--execution-id", "nightly", "--max-cost", "0.3"];
    workspace
        .batch(&["--execution-id", "nightly"])
        .run()
        .assert_batch(0, 2, 0);
    let again = workspace.batch(&named).run();
    again.assert_batch(0, 2, 0);
    assert_eq!(again.summary(), "2 lines: 0 done now, 2 before");
}

#[test]
fn reports_how_many_costs_are_unknown() {
    let real = json!({"mode": "real", "params": {"message": "a"}});
    let workspace = Workspace::with_batch(&[paid(1, 0.000_12), real, ok("a")]);
    let ended = workspace.batch(&[]).run();
    ended.assert_batch(0, 3, 0);
    assert_eq!(
        ended.summary(),
        "3 lines: 3 done; 1 request, 1,000 tokens, 0.00012 USD, the cost of 1 not known"
    );
}

#[test]
fn nothing_starts_after_an_unknown_cost_of_a_real_run() {
    let real = |n: u64| json!({"mode": "real", "params": {"n": n}});
    let lines: Vec<_> = (0..4).map(real).collect();
    let workspace = Workspace::with_batch(&lines);
    let ended = workspace.batch(&["--max-cost", "1"]).run();
    ended.assert_batch(1, 1, 0);
    assert_eq!(
        ended.summary(),
        "4 lines: 1 done, 3 left; 1 request, the cost of 1 not known (--allow-unknown-cost goes on all the same)"
    );
    let allowed = ["--max-cost", "1", "--allow-unknown-cost", "--resume"];
    let rest = workspace.batch(&allowed).run();
    rest.assert_batch(0, 4, 0);
    assert_eq!(
        rest.summary(),
        "4 lines: 3 done now, 1 before; 3 requests, the cost of 3 not known"
    );

    let alone = workspace.batch(&["--allow-unknown-cost"]).run();
    alone.assert_status(2);
    assert!(alone.stderr.contains("--max-cost"), "{alone:?}");
}

#[test]
fn bounds_are_numbers_and_of_a_batch() {
    let workspace = Workspace::with_batch(&[ok("a")]);
    for arguments in [
        "--rpm=0",
        "--rpm=many",
        "--max-cost=-1",
        "--max-cost=nan",
        "--max-cost=inf",
    ] {
        let ended = workspace.batch(&[arguments]).run();
        ended.assert_status(2);
        assert!(ended.stderr.contains(&arguments[..5]), "{ended:?}");
    }
    assert!(workspace.receipts().is_empty());
}
