//! That the value of a secret appears nowhere, whatever it is made of and whoever repeats it.

use super::{bare, probe};

const ODD: [&str; 5] = [
    "8charsXY",
    "q\"uote'd & \\back/slash",
    "two\nlines of it\n",
    "schlüssel-世界-🔑",
    "  padded%20secret+=&<x>  ",
];

/// The spellings that must not be found.
fn spellings(secret: &str) -> Vec<String> {
    let secret = secret.trim();
    let json = serde_json::Value::from(secret).to_string();
    vec![
        secret.to_owned(),
        json.trim_matches('"').to_owned(),
        format!("{secret:?}").trim_matches('"').to_owned(),
    ]
}

#[test]
fn secrets_are_nowhere() {
    for secret in ODD {
        for (behaviour, status) in [
            ("secret_error", 11),
            ("secret_output", 23),
            ("secret_extra", 0),
            ("secret_log", 0),
            ("panic_secret", 70),
        ] {
            let finished = probe(&format!(r#"{{"do":"{behaviour}"}}"#))
                .env("PROBE_SECRET", secret)
                .env("LOG_LEVEL", "trace")
                .run();
            finished.assert_status(status);
            for spelling in spellings(secret) {
                finished.assert_nowhere(&spelling);
            }
            if behaviour != "secret_output" {
                let told = format!("{finished:?}{}", finished.receipt());
                assert!(told.contains("[REDACTED]"), "{finished:?}");
            }
        }
        let refused = probe(r#"{"do":"secret_output"}"#)
            .env("PROBE_SECRET", secret)
            .run();
        refused.assert_failure("ERR_OUTPUT_SECRET", 23);
        assert!(refused.message().contains("PROBE_SECRET"));
    }
}

#[test]
fn a_missing_secret_is_named() {
    for value in [None, Some(""), Some("  \n")] {
        let run = bare().inputs(r#"{"mode":"real","params":{"do":"needs_secret"}}"#);
        let run = match value {
            Some(value) => run.env("PROBE_SECRET", value),
            None => run,
        };
        let finished = run.run();
        finished.assert_failure("ERR_MISSING_SECRET", 6);
        finished.assert_message("PROBE_SECRET");
    }
}

#[test]
fn a_real_run_leaves_no_core_file() {
    let mut started = bare()
        .inputs(r#"{"mode":"real","params":{"do":"hang_async"}}"#)
        .start();
    started.wait_for("probe_waits");
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", started.pid())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size"));
    let numbers: Vec<_> = core.unwrap().split_whitespace().skip(4).take(2).collect();
    assert_eq!(numbers, ["0", "0"], "{limits}");
    started.signal(support::Signal::TERM);
    started.wait().assert_failure("ERR_CANCELLED", 143);
}
