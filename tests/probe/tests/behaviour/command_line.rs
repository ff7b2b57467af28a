//! Arguments, help, version, and the one line on stdout (docs/spec.md#processor-command-line).

use support::Test;

use super::{PROBE, bare, probe};

#[test]
fn help_and_version_need_nothing_else() {
    for (argument, expected) in [
        ("--help", "--write-prefix <PREFIX>"),
        ("-h", "--execution-id <ID>"),
        ("--version", "counterfoil-probe 0.1.0\n"),
    ] {
        let finished = Test::new(PROBE).arg(argument).run();
        finished.assert_status(0);
        assert!(finished.stdout.contains(expected), "{finished:?}");
        assert_eq!(finished.stderr, "");
        assert!(finished.files().is_empty());
    }
}

#[test]
fn reports_a_wrong_command_line_to_people_and_programs() {
    for (arguments, id, told) in [
        (vec![], "", "--inputs"),
        (vec!["--execution-id", "run-7"], "run-7", "--write-prefix"),
        (
            vec!["--execution-id=run-7", "--frobnicate"],
            "run-7",
            "--frobnicate",
        ),
        (
            vec!["--inputs", "-", "--inputs", "-", "--execution-id", "run-7"],
            "run-7",
            "cannot be used multiple times",
        ),
        (vec!["extra"], "", "extra"),
    ] {
        let finished = Test::new(PROBE).args(arguments).run();
        finished.assert_refused("ERR_USAGE", 2);
        assert_eq!(finished.envelope()["execution_id"], id);
        assert!(finished.stderr.contains(told), "{finished:?}");
        assert!(finished.files().is_empty());
    }
}

#[test]
fn bad_execution_ids_touch_nothing() {
    let long = "x".repeat(129);
    for id in ["../../x", "", ".hidden", "-x", "a/b", "a b", "a\n", "é", &long] {
        let finished = Test::new(PROBE)
            .args([
                "--inputs",
                "-",
                "--write-prefix",
                "/artifacts/a/",
                &format!("--execution-id={id}"),
            ])
            .run();
        finished.assert_refused("ERR_EXECUTION_ID", 5);
        assert!(finished.files().is_empty(), "{finished:?}");
    }
}

#[test]
fn settings_that_cannot_be_used_leave_receipts() {
    for (name, value) in [
        ("TIMEOUT_S", "soon"),
        ("TIMEOUT_S", "0"),
        ("CPU", "1;image:forged"),
        ("MEMORY", "a lot"),
        ("PROCESSOR_REF", "forged"),
    ] {
        let finished = bare().env(name, value).run();
        finished.assert_failure("ERR_USAGE", 2);
        finished.assert_message(name);
    }
    let finished = bare().env("ARTIFACTS_BASE_DIR", "s3://bucket/x").run();
    finished.assert_refused("ERR_USAGE", 2);
    assert!(finished.files().is_empty());
}

#[test]
fn what_the_environment_says_is_in_the_receipt() {
    let image = format!("ghcr.io/o/r/probe@sha256:{}", "ab".repeat(32));
    let finished = probe("{}")
        .env("IMAGE_REF", &image)
        .env("CPU", "0.5")
        .env("MEMORY", "512Mi")
        .env("PROCESSOR_REF", "test/other@2")
        .run();
    finished.assert_success();
    let receipt = finished.receipt();
    assert_eq!(receipt["image_digest"], image);
    assert_eq!(
        receipt["env_fingerprint"],
        format!("cpu:0.5;image:{image};memory:512Mi")
    );
    assert_eq!(receipt["processor_ref"], "test/other@2");
    assert_eq!(finished.envelope()["meta"]["image_digest"], image);
    assert_eq!(
        finished.envelope()["meta"]["env_fingerprint"],
        receipt["env_fingerprint"]
    );
}
