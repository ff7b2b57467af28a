//! Providers that fail, panic, or talk.

use support::Dir;

use super::{bare, probe};

#[test]
fn every_code_has_its_exit_status() {
    for (code, status) in [
        ("ERR_INPUTS", 3),
        ("ERR_MISSING_SECRET", 6),
        ("ERR_PROVIDER_AUTH", 10),
        ("ERR_PROVIDER_REJECTED", 11),
        ("ERR_PROVIDER_RATE_LIMIT", 12),
        ("ERR_PROVIDER_UNAVAILABLE", 13),
        ("ERR_PROVIDER_RESPONSE", 14),
        ("ERR_PROVIDER_FAILED", 15),
        ("ERR_PROCESSOR", 70),
    ] {
        let finished = probe(&format!(
            r#"{{"do":"error","code":"{code}","message":"no luck"}}"#
        ))
        .run();
        finished.assert_failure(code, status);
        assert_eq!(finished.message(), "no luck");
        let receipt = finished.receipt();
        assert_eq!(receipt["mode"], "mock");
        assert_eq!(receipt["inputs_hash"].as_str().unwrap().len(), 64);
    }
}

#[test]
fn messages_are_one_bounded_line() {
    let params =
        serde_json::json!({"do": "error", "message": format!("a\nb\u{1b}[31m{}", "x".repeat(5_000))});
    let finished = probe(&params.to_string()).run();
    let message = finished.message();
    assert!(
        message.starts_with("a b [31mx") && message.chars().count() == 1_001,
        "{message}"
    );
}

#[test]
fn a_cause_is_logged_and_not_in_the_message() {
    let finished = probe(r#"{"do":"error","message":"no luck","cause":"the cat"}"#).run();
    assert!(finished.stderr.contains("the cat"), "{finished:?}");
    assert!(!finished.stdout.contains("the cat"));
    assert!(!finished.receipt().to_string().contains("the cat"));
}

#[test]
fn a_panic_is_reported_with_its_location() {
    let finished = probe(r#"{"do":"panic","message":"lost the plot"}"#).run();
    finished.assert_failure("ERR_PROCESSOR", 70);
    let message = finished.message();
    assert!(
        message.contains("lost the plot") && message.contains(".rs:"),
        "{message}"
    );
    assert!(!finished.stderr.contains("stack backtrace"), "{finished:?}");
}

#[test]
fn a_panic_of_another_thread_is_logged_as_json() {
    let finished = probe(r#"{"do":"thread_panic","message":"aside"}"#).run();
    finished.assert_success();
    for line in finished.stderr.lines() {
        serde_json::from_str::<serde_json::Value>(line).expect(line);
    }
    assert!(finished.stderr.contains("thread_panicked"), "{finished:?}");
}

#[test]
fn real_mode_under_ci_calls_nothing() {
    let dir = Dir::new();
    let calls = dir.path("calls");
    let inputs = serde_json::json!({"mode": "real", "params": {"do": "count", "path": calls}});
    for ci in ["1", "true", "yes", "anything"] {
        let finished = bare().inputs(inputs.to_string()).env("CI", ci).run();
        finished.assert_failure("ERR_CI_SAFETY", 4);
        assert_eq!(finished.receipt()["mode"], "real");
        assert!(!calls.exists());
    }
    for ci in ["", "0", "false", "No"] {
        bare()
            .inputs(inputs.to_string())
            .env("CI", ci)
            .run()
            .assert_success();
    }
    assert!(calls.exists());
}
