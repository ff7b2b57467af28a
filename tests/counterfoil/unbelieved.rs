//! Processors that lie, crash or say nothing: they are believed as far as the disk says the same, and no further.

use std::time::{Duration, Instant};

use support::Finished;

use super::workspace::{BINARY, Workspace};

/// Where the documents of a run are, for scripts.
const PLACES: &str = r#"
P="$ARTIFACTS_BASE_DIR/demo/$6"
G="$ARTIFACTS_BASE_DIR/execution/$6/determinism.json"
"#;

/// Fails unless a processor that does this is not believed, in these words, with error receipts; and unless the same
/// execution succeeds afterwards with a good one.
#[track_caller]
fn assert_caught(script: &str, words: &str) -> Finished {
    let workspace = Workspace::with_script(script);
    let finished = workspace.test().run();
    finished.assert_failure("ERR_ADAPTER_INVOCATION", 33);
    let message = finished.message();
    assert!(message.contains(words), "{words:?} is not in {message:?}");
    assert!(message.contains("test/probe@1"), "{message:?}");
    workspace.install(&super::workspace::probe());
    workspace.test().run().assert_success();
    finished
}

/// Fails unless a processor that does this after a good run is not believed, in these words; returns the workspace.
#[track_caller]
fn assert_doubted(tampering: &str, words: &str) -> (Workspace, Finished) {
    let script = format!("{PLACES}\nANSWER=$($PROBE \"$@\")\n{tampering}");
    let workspace = Workspace::with_script(&script);
    let finished = workspace.test().run();
    finished.assert_refused("ERR_ADAPTER_INVOCATION", 33);
    let message = finished.message();
    assert!(message.contains(words), "{words:?} is not in {message:?}");
    (workspace, finished)
}

const SAY: &str = "\nprintf '%s\\n' \"$ANSWER\"";

#[test]
fn catches_a_missing_answer() {
    assert_caught(
        "exit 0",
        "ended with exit status 0 and no answer; its stderr says nothing",
    );
    let failed = assert_caught(
        "echo 'line one' >&2; echo 'line two' >&2; exit 3",
        "ended with exit status 3 and no answer; its stderr ends: ",
    );
    assert!(failed.message().ends_with("line one line two"), "{failed:?}");
}

#[test]
fn catches_a_crash() {
    assert_caught(
        "kill -9 $$",
        "ended with signal 9 (killed, most likely for want of memory; runtime.memory of its entry is 2Gi) and no answer",
    );
    assert_caught(
        r#"printf '{"status":"error","execution_id":"%s","error":{"code":"ERR_PROVIDER_AUTH","message":"no"},"meta":{"env_fingerprint":""}}\n' "$6"; kill -9 $$"#,
        "ended with signal 9 (killed, most likely for want of memory; runtime.memory of its entry is 2Gi) after its answer",
    );
}

#[test]
fn catches_an_answer_that_is_no_envelope() {
    for garbage in [
        "echo hello",
        "echo '{}'",
        "echo '[]'",
        "echo",
        "printf '\\377\\376\\n'",
        r#"echo '{"status":"success"}'"#,
        r#"echo '{"status":"success","execution_id":"run-1","outputs":[],"index_path":"world://artifacts/demo/run-1/outputs.json","meta":{"env_fingerprint":"","image_digest":"","duration_ms":1},"more":1}'"#,
    ] {
        assert_caught(garbage, "an answer that is not one envelope");
    }
}

#[test]
fn a_success_without_any_files() {
    assert_caught(
        r#"printf '{"status":"success","execution_id":"%s","outputs":[],"index_path":"world://artifacts/demo/%s/outputs.json","meta":{"env_fingerprint":"","image_digest":"","duration_ms":1}}\n' "$6" "$6""#,
        "claims success, but a receipt is missing",
    );
}

#[test]
fn catches_invalid_errors() {
    let error = |id: &str, code: &str, status: &str| {
        format!(
            r#"echo '{{"status":"error","execution_id":"{id}","error":{{"code":"{code}","message":"no"}},"meta":{{"env_fingerprint":""}}}}'; exit {status}"#
        )
    };
    assert_caught(
        &error("other", "ERR_INPUTS", "3"),
        "answered for another execution",
    );
    assert_caught(&error("run-1", "ERR_INPUTS", "0"), "ended with exit status 0");
    for code in ["ERR_", "INPUTS", "ERR_some text", "ERR_lower"] {
        assert_caught(&error("run-1", code, "3"), "an error that has no code");
    }
}

#[test]
fn an_error_that_left_no_receipts_gets_them() {
    let workspace = Workspace::with_script(
        r#"printf '{"status":"error","execution_id":"%s","error":{"code":"ERR_PROVIDER_AUTH","message":"no\\nway"},"meta":{"env_fingerprint":"made up"}}\n' "$6"; exit 10"#,
    );
    let finished = workspace.test().run();
    finished.assert_failure("ERR_PROVIDER_AUTH", 10);
    assert_eq!(finished.message(), "no way");
    assert_eq!(
        finished.envelope()["meta"]["env_fingerprint"],
        finished.receipt()["env_fingerprint"]
    );
}

#[test]
fn an_answer_that_goes_against_its_own_success() {
    for (tampering, words) in [
        (r#"printf '%s\nmore\n' "$ANSWER""#, "not one envelope"),
        (r#"printf '%s\n' "$ANSWER" "$ANSWER""#, "not one envelope"),
        (
            r#"printf '%s\n' "$ANSWER"; exit 1"#,
            "did not end with exit status 0",
        ),
        (
            r#"printf '%s\n' "$ANSWER" | sed "s/\"$6\"/\"other\"/""#,
            "another execution",
        ),
        (
            r#"printf '%s\n' "$ANSWER" | sed s/:1000,/:1001,/"#,
            "do not bear out",
        ),
        (
            r#"printf '%s\n' "$ANSWER" | sed 's/"duration_ms":/&1/'"#,
            "do not bear out",
        ),
        ("true", "no answer"),
    ] {
        let (workspace, finished) = assert_doubted(tampering, words);
        // the receipts on the disk are of a success, and the next run repeats it
        assert_eq!(finished.receipt()["status"], "success", "{tampering}");
        workspace.install(&super::workspace::probe());
        let again = workspace.test().run();
        again.assert_success();
        assert_eq!(again.receipt(), finished.receipt());
    }
}

#[test]
fn what_was_committed_before_a_kill_counts() {
    for tampering in [
        "kill -9 $$",
        "kill -11 $$",
        // between the two receipts
        r#"rm "$P/receipt.json"; kill -9 $$"#,
    ] {
        let script = format!("{PLACES}\nANSWER=$($PROBE \"$@\")\n{tampering}");
        let workspace = Workspace::with_script(&script);
        let finished = workspace.test().run();
        finished.assert_success();
        assert!(
            finished
                .log()
                .iter()
                .any(|line| line["event"] == "success_stands"),
            "{finished:?}"
        );
    }
    // unless it is not what the receipt says
    assert_doubted(r#"printf x > "$P/outputs/a.txt"; kill -9 $$"#, "signal 9");
}

#[test]
fn catches_files_that_differ_from_the_receipt() {
    for (tampering, words) in [
        (r#"printf ' ' >> "$P/outputs.json""#, "outputs.json has changed"),
        (r#"rm "$P/outputs.json""#, "outputs.json is missing"),
        (r#"printf x > "$P/outputs/a.txt""#, "a.txt has changed"),
        (
            r#"tr a b < "$P/outputs/a.txt" > "$P/x"; mv "$P/x" "$P/outputs/a.txt""#,
            "a.txt has changed",
        ),
        (r#"rm "$P/outputs/b/c.json""#, "c.json is missing"),
        (
            r#"mv "$P/outputs/z.bin" "$P/z"; ln -s ../z "$P/outputs/z.bin""#,
            "z.bin is a symbolic link",
        ),
        (
            r#"mv "$P/outputs" "$P/o"; ln -s o "$P/outputs""#,
            "a.txt is missing",
        ),
        (
            r#"rm "$P/outputs/z.bin"; mkfifo "$P/outputs/z.bin""#,
            "z.bin is not a file",
        ),
        (r#"printf ' ' >> "$P/receipt.json""#, "two receipts that differ"),
        (r#"rm "$P/receipt.json""#, "a receipt is missing"),
        (r#"rm "$G""#, "a receipt is missing"),
        (
            r#"printf '{}' > "$G"; printf '{}' > "$P/receipt.json""#,
            "a receipt that is none",
        ),
    ] {
        assert_doubted(&format!("{tampering}{SAY}"), words);
    }
}

#[test]
fn catches_receipts_of_another_run() {
    let zeros = "0".repeat(64);
    for (field, value) in [
        ("execution_id", "run-2"),
        ("processor_ref", "test/other@1"),
        ("inputs_hash", &zeros),
        ("inputs_sha256", &zeros),
        ("hash_schema", "other"),
        ("mode", "real"),
        ("image_digest", "unknown"),
        ("env_fingerprint", "cpu:9"),
        ("outputs_index", "world://artifacts/demo/run-2/outputs.json"),
        ("status", "error"),
    ] {
        let tampering = format!(
            r#"sed 's|"{field}":"[^"]*"|"{field}":"{value}"|' "$G" > "$P/x"
cp "$P/x" "$G"; mv "$P/x" "$P/receipt.json"{SAY}"#
        );
        assert_doubted(&tampering, &format!("another {field} than was asked for"));
    }
}

#[test]
fn an_index_that_names_files_elsewhere() {
    let tampering = format!(
        r#"
mkdir -p "$ARTIFACTS_BASE_DIR/another"; mv "$P/outputs/a.txt" "$ARTIFACTS_BASE_DIR/another/a.txt"
sed "s|demo/$6/outputs/a.txt|another/a.txt|" "$P/outputs.json" > "$P/x"; mv "$P/x" "$P/outputs.json"
hash=$(sha256sum < "$P/outputs.json" | cut -c1-64)
sed "s|\"outputs_index_sha256\":\"[^\"]*\"|\"outputs_index_sha256\":\"$hash\"|" "$G" > "$P/x"
cp "$P/x" "$G"; mv "$P/x" "$P/receipt.json"
ANSWER=$(printf '%s' "$ANSWER" | sed "s|demo/$6/outputs/a.txt|another/a.txt|"){SAY}"#
    );
    assert_doubted(
        &tampering,
        "another/a.txt is not below the `outputs/` of the write prefix",
    );
}

#[test]
fn bounds_stderr_and_quotes_its_end() {
    for noise in [
        "head -c 20000000 /dev/zero | tr '\\0' x >&2; echo the end >&2",
        "yes 'a line of noise' | head -c 20000000 >&2; echo the end >&2",
    ] {
        let workspace = Workspace::with_script(noise);
        let finished = workspace
            .test()
            .under(["/bin/sh", "-c", "ulimit -d 16384; exec \"$@\"", "sh"])
            .run();
        finished.assert_failure("ERR_ADAPTER_INVOCATION", 33);
        let message = finished.message();
        assert!(message.ends_with("the end"), "{message}");
        assert!(message.contains("noise") || message.contains("xxx"), "{message}");
        assert!(message.len() <= 1000, "{message}");
    }
}

#[test]
fn an_endless_answer_is_cut_short() {
    let started = Instant::now();
    assert_caught("yes", "answered without end");
    // one that takes no notice of a pipe that nobody reads
    assert_caught(
        "trap '' PIPE TERM INT; while :; do printf '%01000000d\\n' 0 2>/dev/null; done",
        "answered without end",
    );
    assert!(
        started.elapsed() < Duration::from_secs(40),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn a_file_that_cannot_be_started() {
    let workspace = Workspace::new();
    workspace.executable(&format!("bin/{BINARY}"), b"\x7fELF of another machine");
    let finished = workspace.test().run();
    finished.assert_failure("ERR_ADAPTER_INVOCATION", 33);
    finished.assert_message("cannot be started");
    assert!(!finished.message().contains(workspace.bin().to_str().unwrap()));

    support::set_mode(&workspace.bin().join(BINARY), 0o644);
    let finished = workspace.test().execution_id("not-executable").run();
    finished.assert_failure("ERR_ADAPTER_INVOCATION", 33);
    finished.assert_message("--build");

    let finished = workspace.test().env("PATH", "").execution_id("no-path").run();
    finished.assert_failure("ERR_ADAPTER_INVOCATION", 33);
}

#[test]
fn a_failure_is_replaced_by_the_success_that_follows() {
    let workspace = Workspace::new();
    let failed = workspace
        .probe(r#"{"do":"error","code":"ERR_PROVIDER_RATE_LIMIT"}"#)
        .run();
    failed.assert_failure("ERR_PROVIDER_RATE_LIMIT", 12);
    workspace.probe(r#"{"do":"ok"}"#).run().assert_success();
}
