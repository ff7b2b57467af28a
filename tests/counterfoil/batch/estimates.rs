//! What the processor says of lines before any of them is run.

use serde_json::{Value, json};

use super::Workspace;

/// A line in real mode whose estimate is this.
fn estimated(workspace: &Workspace, n: u64, estimate: &Value) -> Value {
    let path = workspace.path("calls");
    json!({"mode": "real", "model": "a/b", "params": {"do": "count", "path": path, "n": n, "estimate": estimate}})
}

/// A line whose estimate is an error.
fn refused(workspace: &Workspace, n: u64, code: &str, message: &str) -> Value {
    let mut line = estimated(workspace, n, &json!("error"));
    line["params"]["code"] = code.into();
    line["params"]["message"] = message.into();
    line
}

fn costing(usd: f64) -> Value {
    json!({"model": "a/b", "provider": "a", "api": "chat", "input_tokens_at_most": 10, "output_tokens_at_most": 5,
        "cost_usd_at_most": usd, "prices": "price list"})
}

#[test]
fn a_line_that_its_processor_would_refuse_keeps_all_from_running() {
    let workspace = Workspace::with_batch(&[]);
    let mut lines: Vec<_> = (1..=5).map(|n| estimated(&workspace, n, &json!({}))).collect();
    lines[2] = refused(&workspace, 3, "ERR_INPUTS", "/model is unknown");
    workspace.write_batch(&lines);
    for arguments in [&[][..], &["--dry-run"], &["--limit", "1"]] {
        let ended = workspace.batch(arguments).run();
        ended.assert_refused("ERR_USAGE", 2);
        ended.assert_message("has a line that cannot be used, line 3: /model is unknown; nothing was run");
        assert!(!workspace.path("artifacts").exists());
        assert_eq!(workspace.calls(), 0);
    }
}

#[test]
fn keys_and_settings_that_are_wrong_are_told_with_their_lines() {
    let workspace = Workspace::with_batch(&[]);
    let (key, other) = ("a/ needs a key; set A_KEY", "b/ needs a key; set B_KEY");
    let lines = [
        refused(&workspace, 1, "ERR_MISSING_SECRET", key),
        estimated(&workspace, 2, &json!({})),
        refused(&workspace, 3, "ERR_MISSING_SECRET", other),
        refused(&workspace, 4, "ERR_MISSING_SECRET", key),
    ];
    workspace.write_batch(&lines);
    let ended = workspace.batch(&[]).run();
    ended.assert_refused("ERR_MISSING_SECRET", 6);
    ended.assert_message(
        "a/ needs a key; set A_KEY (2 lines: 1, 4); b/ needs a key; set B_KEY (line 3); nothing was run",
    );

    workspace.write_batch(&[refused(&workspace, 1, "ERR_USAGE", "A_BASE is no URL")]);
    let ended = workspace.batch(&[]).run();
    ended.assert_refused("ERR_USAGE", 2);
    ended.assert_message("A_BASE is no URL (line 1); nothing was run");
    assert_eq!(workspace.calls(), 0);
}

#[test]
fn lines_in_mock_mode_and_lines_that_are_done_are_not_asked_about() {
    let workspace = Workspace::with_batch(&[]);
    let path = workspace.path("calls");
    let mock = json!({"params": {"do": "count", "path": path, "estimate": "error", "code": "ERR_INPUTS"}});
    let first = estimated(&workspace, 1, &costing(0.5));
    workspace.write_batch(std::slice::from_ref(&first));
    workspace.batch(&[]).run().assert_batch(0, 1, 0);
    workspace.write_batch(&[first, mock, estimated(&workspace, 2, &costing(0.25))]);
    let ended = workspace.batch(&["--dry-run"]).run();
    ended.assert_status(0);
    assert_eq!(
        ended.stdout,
        "batch batch of test/probe@1: 3 lines, 1 done before, 2 would be run\n  \
         mock  no model, so the processor's default  1 line\n  \
         real  a/b (a, chat)  2 lines, 1 done before, 0.25 USD at most\n\
         input tokens: about 85 at most, without files (a token has at least a byte)\n\
         output tokens: 5 at most, and 1 line without a limit (max_tokens)\n\
         cost: 0.25 USD at most by the price list\n\
         nothing was run\n"
            .replace(
                "85",
                &(10 + path.to_str().unwrap().len() + "counterrorERR_INPUTS".len()).to_string()
            )
    );
    workspace.batch(&[]).run().assert_batch(0, 3, 0);
}

#[test]
fn what_cannot_be_known_is_counted_with_its_reasons() {
    let workspace = Workspace::with_batch(&[]);
    let lines = [
        estimated(&workspace, 1, &costing(0.25)),
        estimated(
            &workspace,
            2,
            &json!({"unknown": ["media"], "output_tokens_at_most": 7}),
        ),
        estimated(&workspace, 3, &json!({"unknown": ["media", "max_tokens"]})),
    ];
    workspace.write_batch(&lines);
    let ended = workspace.batch(&["--dry-run", "--json"]).run();
    assert_eq!(
        ended.json_lines()[0],
        json!({
            "batch": "batch", "ref": "test/probe@1", "lines": 3, "before": 0,
            "unknown_whether_paid": 0,
            "runs": [{"mode": "real", "model": "a/b", "provider": "a", "api": "chat", "lines": 3, "before": 0,
                "cost_usd_at_most": 0.25, "without_cost": 2}],
            "input_tokens_at_most": 10, "without_input_limit": 2,
            "output_tokens_at_most": 12, "without_output_limit": 1,
            "cost_usd_at_most": 0.25, "without_cost": 2, "unknown": {"media": 2, "max_tokens": 1},
            "prices": "price list", "not_asked": null,
        })
    );
    let ended = workspace.batch(&["--dry-run"]).run();
    assert!(
        ended.stdout.contains(
            "cost: 0.25 USD at most by the price list; not known of 2 lines (media 2, max_tokens 1); --limit 10 shows"
        ),
        "{ended:?}"
    );
}

#[test]
fn a_cost_above_the_limit_is_told_and_stops_nothing_yet() {
    let workspace = Workspace::with_batch(&[]);
    let lines: Vec<_> = (1..=3).map(|n| estimated(&workspace, n, &costing(2.0))).collect();
    workspace.write_batch(&lines);
    let told = "the 3 lines that are left cost 6.00 USD at most by the price list; --max-cost 5 stops them after 5.00 USD\n";
    let ended = workspace
        .batch(&["--max-cost", "5", "--allow-unknown-cost"])
        .run();
    ended.assert_batch(0, 3, 0);
    assert!(ended.stderr.starts_with(told), "{ended:?}");
    let enough = workspace.batch(&["--max-cost", "6", "--new"]).run();
    assert!(!enough.stderr.contains("at most"), "{enough:?}");
}

#[test]
fn a_processor_that_gives_no_estimates_runs_all_the_same() {
    let earlier = r#"case "$1" in
        --estimate) echo '{"status":"error","execution_id":"","error":{"code":"ERR_USAGE","message":"wrong"},"meta":{"env_fingerprint":"cpu:1"}}'; exit 2;;
        esac
        exec "$PROBE" "$@""#;
    let silent = earlier.replace("echo '{", "true '{");
    for (script, why) in [
        (
            earlier,
            "test-probe is of an earlier version, which gives no estimates",
        ),
        (&silent, "test-probe ended before it had estimated all lines"),
    ] {
        let workspace = Workspace::with_script(script);
        workspace.write_batch(&[1, 2, 3].map(|n| estimated(&workspace, n, &json!("error"))));
        let dry = workspace.batch(&["--dry-run"]).run();
        dry.assert_status(0);
        assert!(
            dry.stdout
                .contains(&format!("cost: not known of 3 lines ({why})")),
            "{dry:?}"
        );
        let ended = workspace.batch(&[]).run();
        ended.assert_batch(0, 3, 0);
        let told = format!("{why}; the batch goes on without them\n");
        assert_eq!(ended.stderr.matches(&told).count(), 1, "{ended:?}");
    }
}

#[test]
fn an_estimator_that_misbehaves_stops_no_batch() {
    for (bad, why) in [
        ("exit", "test-probe ended before it had estimated all lines"),
        (
            "chatter",
            "test-probe answered with something that is no estimate",
        ),
        ("panic", "the provider panicked"),
        ("scratch", "an estimate writes no file"),
    ] {
        let workspace = Workspace::with_batch(&[]);
        let mut lines: Vec<_> = (1..=3).map(|n| estimated(&workspace, n, &costing(1.0))).collect();
        lines[1] = estimated(&workspace, 2, &json!(bad));
        workspace.write_batch(&lines);
        let dry = workspace.batch(&["--dry-run"]).run();
        dry.assert_status(0);
        assert!(dry.stdout.contains(why), "{dry:?}");
        workspace.batch(&[]).run().assert_batch(0, 3, 0);
    }
}

#[test]
fn without_its_binary_a_dry_run_says_what_it_cannot_know() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write_batch(&[estimated(&workspace, 1, &costing(1.0))]);
    std::fs::remove_file(workspace.bin().join("test-probe")).unwrap();
    let ended = workspace.batch(&["--dry-run"]).run();
    ended.assert_status(0);
    assert!(
        ended.stdout.contains(
            "cost: not known of 1 line (the binary test-probe is neither beside counterfoil nor on PATH"
        ),
        "{ended:?}"
    );
}

#[test]
fn thousands_of_lines_are_asked_about_at_once() {
    let workspace = Workspace::with_batch(&[]);
    let lines: Vec<_> = (0..5_000)
        .map(|n| json!({"mode": "real", "params": {"n": n, "estimate": {"cost_usd_at_most": 0.1, "prices": "list"}}}))
        .collect();
    workspace.write_batch(&lines);
    let ended = workspace.batch(&["--dry-run"]).run();
    ended.assert_status(0);
    assert!(
        ended.stdout.contains("cost: 500.00 USD at most by the list\n"),
        "{ended:?}"
    );
    let sums = &workspace.batch(&["--dry-run", "--json"]).run().json_lines()[0];
    assert_eq!(sums["cost_usd_at_most"], 500.0);
}
