//! `--dry-run`: what would be run.

use serde_json::json;

use super::Workspace;

#[test]
fn says_what_would_be_run_and_runs_nothing() {
    let workspace = Workspace::with_batch(&[]);
    let asking = |model: &str, text: &str| json!({"model": model, "params": {"message": text, "max_tokens": 10, "n": 2}});
    workspace.write_batch(&[asking("a/b", "one")]);
    workspace.batch(&[]).run().assert_batch(0, 1, 0);
    workspace.write_batch(&[
        asking("a/b", "one"),
        asking("a/b", "three"),
        asking("a/b", "one"),
        json!({"mode": "real", "params": {"message": "four"}}),
    ]);
    let receipts = workspace.receipts();
    let ended = workspace.batch(&["--dry-run"]).run();
    ended.assert_status(0);
    assert_eq!(
        ended.stdout,
        "batch batch of test/probe@1: 4 lines, 1 done before, 3 would be run\n  \
         mock  a/b  3 lines, 1 done before\n  \
         real  no model, so the processor's default  1 line\n\
         input tokens: about 12 at most, without files (a token has at least a byte)\n\
         output tokens: 40 at most, and 1 line without a limit (max_tokens)\n\
         cost: none in mode mock; not known of 1 line; --limit 10 shows what ten lines cost, and --max-cost bounds it\n\
         nothing was run\n"
    );
    assert_eq!(workspace.receipts(), receipts);

    let documented = workspace.batch(&["--dry-run", "--json", "--limit", "2"]).run();
    let sums = &documented.json_lines()[0];
    assert_eq!(
        sums,
        &json!({
            "batch": "batch", "ref": "test/probe@1", "lines": 2, "before": 1, "unknown_whether_paid": 0,
            "runs": [{"mode": "mock", "model": "a/b", "lines": 2, "before": 1, "cost_usd_at_most": 0.0, "without_cost": 0}],
            "input_tokens_at_most": 5, "without_input_limit": 0,
            "output_tokens_at_most": 20, "without_output_limit": 0,
            "cost_usd_at_most": 0.0, "without_cost": 0, "unknown": {}, "prices": null, "not_asked": null,
        })
    );
}

#[test]
fn writes_nothing() {
    let workspace = Workspace::with_batch(&[json!({})]);
    workspace.batch(&["--dry-run"]).run().assert_status(0);
    assert!(!workspace.path("artifacts").exists());
    workspace.write_batch(&[json!([])]);
    workspace
        .batch(&["--dry-run"])
        .run()
        .assert_refused("ERR_USAGE", 2);
}
