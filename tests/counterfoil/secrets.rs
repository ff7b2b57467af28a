//! Secrets: required before anything is started, passed on by name, and shown nowhere.

use super::workspace::{BINARY, SECRET, Workspace};

const VALUE: &str = "s3cr3t/VALUE+the-end-of-XYZ";
const LINES: &str = "-----BEGIN KEY-----\nMIIBVgIBADANBgkqhkiG9w0\nlast-line-of-it\n";

const ENTRY: &str = "secrets: {required: [PROBE_SECRET], optional: [PROBE_LINES]}";

/// Fails unless a processor that does this in real mode, with both secrets, ends in this error, and shows neither of
/// them; returns the message.
#[track_caller]
fn leaking(script: &str, code: &str, status: i32) -> String {
    let workspace = Workspace::with_script(script).entry(ENTRY);
    let finished = real(&workspace).run();
    finished.assert_failure(code, status);
    assert_hidden(&finished);
    finished.message()
}

/// The same, where the answer is not to be believed.
#[track_caller]
fn leaking_unbelieved(script: &str) -> String {
    leaking(script, "ERR_ADAPTER_INVOCATION", 33)
}

fn real(workspace: &Workspace) -> support::Test {
    workspace
        .test()
        .args(["--mode", "real"])
        .env(SECRET, VALUE)
        .env("PROBE_LINES", LINES)
}

#[track_caller]
fn assert_hidden(finished: &support::Finished) {
    for needle in [
        VALUE,
        "s3cr3t/VALUE",
        "-of-XYZ",
        LINES.trim(),
        &LINES.trim().replace('\n', " "),
        "MIIBVgIBADANBgkqhkiG9w0",
        "last-line-of-it",
    ] {
        finished.assert_nowhere(needle);
    }
}

#[test]
fn a_setting_is_passed_on_and_may_be_shown() {
    let workspace = Workspace::with_script("echo \"the setting is $PROBE_SETTING\" >&2; exit 9")
        .entry("secrets: {required: [PROBE_SECRET]}\nsettings: [PROBE_SETTING]");
    let finished = real(&workspace).env("PROBE_SETTING", "5").run();
    finished.assert_failure("ERR_ADAPTER_INVOCATION", 33);
    finished.assert_message("the setting is 5");
    assert_hidden(&finished);
}

#[test]
fn a_secret_in_the_params_has_to_be_named_and_set() {
    let asking = |names: &str, mode: &str| {
        let workspace =
            Workspace::with_script("mkdir -p \"$ARTIFACTS_BASE_DIR\"; touch \"$ARTIFACTS_BASE_DIR/started\"")
                .entry(&format!("secrets: {{optional: [{names}]}}"));
        let call = workspace.probe(r#"{"headers":[{"$secret":"MY_KEY"}]}"#);
        let finished = call.args(["--mode", mode]).env("OTHER_KEY", VALUE).run();
        let is_started = finished.artifacts().join("started").exists();
        (workspace, finished, is_started)
    };
    let (_workspace, unnamed, is_started) = asking("OTHER_KEY", "real");
    unnamed.assert_failure("ERR_INPUTS", 3);
    assert!(
        unnamed
            .message()
            .starts_with("/params/headers/0 asks for a secret"),
        "{unnamed:?}"
    );
    assert!(!is_started);
    let (_workspace, unset, is_started) = asking("MY_KEY", "real");
    unset.assert_failure("ERR_MISSING_SECRET", 6);
    unset.assert_message("MY_KEY");
    assert!(!is_started);
    let (_workspace, _, is_started) = asking("OTHER_KEY", "mock"); // nothing is filled in
    assert!(is_started);
}

#[test]
fn every_missing_secret_is_named_and_nothing_is_started() {
    let workspace = Workspace::with_script("touch \"$ARTIFACTS_BASE_DIR/started\"")
        .entry("secrets: {required: [FIRST_KEY, SECOND_KEY, THIRD_KEY], optional: [FOURTH_KEY]}");
    let finished = workspace
        .test()
        .args(["--mode", "real"])
        .env("SECOND_KEY", VALUE)
        .env("THIRD_KEY", "")
        .run();
    finished.assert_failure("ERR_MISSING_SECRET", 6);
    let message = finished.message();
    assert!(message.contains("FIRST_KEY, THIRD_KEY"), "{message}");
    assert!(
        !message.contains("SECOND_KEY") && !message.contains("FOURTH_KEY"),
        "{message}"
    );
    assert!(!finished.artifacts().join("started").exists());
    finished.assert_nowhere(VALUE);

    // mock needs none
    workspace.install(&super::workspace::probe());
    workspace.test().execution_id("mock").run().assert_success();
}

#[test]
fn the_processor_gets_its_secrets() {
    let workspace = Workspace::new().entry(ENTRY);
    let finished = real(&workspace)
        .inputs(r#"{"params":{"do":"needs_secret"}}"#)
        .run();
    finished.assert_success();
    assert_hidden(&finished);
}

#[test]
fn the_probe_lets_nothing_slip_through_the_orchestrator() {
    let workspace = Workspace::new().entry(ENTRY);
    for (behaviour, status) in [
        ("secret_error", 11),
        ("secret_output", 23),
        ("secret_extra", 0),
        ("secret_log", 0),
        ("panic_secret", 70),
    ] {
        let finished = real(&workspace)
            .inputs(format!(r#"{{"params":{{"do":"{behaviour}"}}}}"#))
            .execution_id(behaviour)
            .env("LOG_LEVEL", "trace")
            .run();
        assert_eq!(finished.status, status, "{behaviour}: {finished:?}");
        assert_hidden(&finished);
    }
}

#[test]
fn redacts_secrets_on_stderr() {
    for script in [
        r#"echo "the key is $PROBE_SECRET" >&2"#,
        r#"printf 'the key is s3cr3t/V' >&2; printf 'ALUE+the-end-of-XYZ\n' >&2"#,
        r#"echo "$PROBE_LINES" >&2"#,
        r#"for line in $PROBE_LINES; do printf '%s\n' "$line" >&2; done"#,
        r#"echo "first: MIIBVgIBADANBgkqhkiG9w0" >&2"#,
        r#"echo "{\"level\":\"error\",\"event\":\"$PROBE_SECRET\"}" >&2"#,
        r#"echo "{\"level\":\"info\",\"event\":\"x\",\"key\":\"$PROBE_SECRET\"}" >&2"#,
        // a key of a log line, and what only begins like one
        r#"echo "{\"level\":\"info\",\"event\":\"x\",\"$PROBE_SECRET\":1}" >&2"#,
        r#"echo "{\"level\":\"info\",\"event\":\"$PROBE_SECRET\"" >&2"#,
        // where a line is cut, and where the quoted end begins
        r#"head -c 65530 /dev/zero | tr '\0' x >&2; echo "$PROBE_SECRET" >&2"#,
        r#"head -c 65543 /dev/zero | tr '\0' x >&2; echo "$PROBE_SECRET" >&2"#,
        r#"printf '%s' "$PROBE_SECRET" >&2; head -c 590 /dev/zero | tr '\0' x >&2"#,
        r#"printf '%s' "$PROBE_LINES" >&2; head -c 560 /dev/zero | tr '\0' x >&2"#,
        r#"printf '%s' "$PROBE_SECRET" >&2; head -c 65520 /dev/zero | tr '\0' x >&2"#,
        r#"for i in 1 2 3 4 5 6; do printf '%s' "$PROBE_SECRET$PROBE_SECRET$PROBE_SECRET$PROBE_SECRET$PROBE_SECRET$PROBE_SECRET" >&2; done"#,
    ] {
        leaking_unbelieved(&format!("{script}; exit 1"));
    }
}

#[test]
fn redacts_the_rest_of_a_secret_that_was_cut() {
    // so long that all that is kept of stderr is little without it
    let long: String = (0..500).map(|number| format!("l0ng-{number:04}-")).collect();
    let workspace = Workspace::with_script(
        "for i in $(seq 20); do printf '%s' \"$PROBE_LONG\" >&2; done; echo the end >&2; exit 1",
    )
    .entry("secrets: {required: [PROBE_LONG]}");
    let finished = workspace
        .test()
        .args(["--mode", "real"])
        .env("PROBE_LONG", &long)
        .run();
    finished.assert_failure("ERR_ADAPTER_INVOCATION", 33);
    finished.assert_nowhere("l0ng-");
    assert!(finished.message().ends_with("the end"), "{finished:?}");
}

#[test]
fn keeps_the_rest_of_stderr() {
    let message = leaking_unbelieved(r#"echo "the key $PROBE_SECRET was refused" >&2; exit 1"#);
    assert!(message.ends_with("the key [REDACTED] was refused"), "{message}");
    let message = leaking_unbelieved(r#"printf 'before\n%s\nafter\n' "$PROBE_LINES" >&2; exit 1"#);
    assert!(
        message.contains("before [REDACTED]") && message.ends_with("after"),
        "{message}"
    );
}

#[test]
fn redacts_secrets_in_answers() {
    let error = |code: &str, message: &str, fingerprint: &str| {
        format!(
            r#"printf '{{"status":"error","execution_id":"%s","error":{{"code":"{code}","message":"{message}"}},"meta":{{"env_fingerprint":"{fingerprint}"}}}}\n' "$6" "$PROBE_SECRET"; exit 11"#
        )
    };
    let rejected = "ERR_PROVIDER_REJECTED";
    assert_eq!(
        leaking(&error(rejected, "no %s", ""), rejected, 11),
        "no [REDACTED]"
    );
    leaking(&error(rejected, "no", "%s"), rejected, 11);
    leaking_unbelieved(&error("ERR_%s", "no", ""));
    leaking_unbelieved(r#"echo "{\"status\": $PROBE_SECRET""#);
    leaking_unbelieved(r#"echo "$PROBE_SECRET""#);
}

#[test]
fn error_receipts_that_hold_one_are_replaced() {
    leaking(
        r#"
error="{\"code\":\"ERR_PROVIDER_REJECTED\",\"message\":\"no $PROBE_SECRET\"}"
mkdir -p "$ARTIFACTS_BASE_DIR/demo/$6" "$ARTIFACTS_BASE_DIR/execution/$6"
printf '{"duration_ms":1,"env_fingerprint":"","error":%s,"execution_id":"%s","hash_schema":"jcs-sha256-v1","image_digest":"unknown","processor_ref":"test/probe@1","status":"error","timestamp_utc":"2026-01-01T00:00:00Z"}' "$error" "$6" |
  tee "$ARTIFACTS_BASE_DIR/demo/$6/receipt.json" > "$ARTIFACTS_BASE_DIR/execution/$6/determinism.json"
printf '{"status":"error","execution_id":"%s","error":%s,"meta":{"env_fingerprint":""}}\n' "$6" "$error"
exit 11"#,
        "ERR_PROVIDER_REJECTED",
        11,
    );
}

#[test]
fn mock_runs_get_no_secrets() {
    let workspace = Workspace::new().entry(ENTRY).script(BINARY, "env >&2; exit 1");
    let finished = workspace
        .test()
        .env(SECRET, VALUE)
        .env("PROBE_LINES", LINES)
        .run();
    finished.assert_failure("ERR_ADAPTER_INVOCATION", 33);
    assert_hidden(&finished);
    finished.assert_message("PROCESSOR_REF");
    assert!(!finished.message().contains("REDACTED"), "{finished:?}");
}
