//! What a single run shows of its service.

use super::{At, seen};
use crate::workspace::Workspace;

fn shown(line: &str, arguments: &[&str]) -> String {
    let workspace = Workspace::with_script(&format!("echo '{line}' >&2; exec \"$PROBE\" \"$@\""));
    let run = workspace.test().for_people().env("TERM", "xterm").args(arguments);
    let seen = seen(&run, At::Both);
    assert_eq!(seen.status, Some(0), "{}", seen.shown);
    seen.shown
}

#[test]
fn the_status_of_a_job_and_how_far_it_is() {
    let progress = r#"{"level":"info","event":"progress","status":"processing","percent":45}"#;
    let shown_twice = shown(progress, &[]);
    assert!(
        shown_twice.contains("test/probe@1 (mock): processing, 45 %"),
        "{shown_twice:?}"
    );
    let starting = shown(
        r#"{"level":"info","event":"progress","status":"start\u001b[2Jing"}"#,
        &[],
    );
    assert!(starting.contains(r"(mock): start\u{1b}[2Jing "), "{starting:?}");
    assert!(!shown(progress, &["-q"]).contains("processing"));
}

#[test]
fn a_pause_that_the_service_asks_for() {
    let pause = r#"{"level":"warn","event":"told_pause","provider":"openai","code":"ERR_PROVIDER_RATE_LIMIT","pause_ms":11500}"#;
    let line = shown(pause, &[]);
    assert!(line.contains("paused by openai, goes on in 12 s  "), "{line:?}");
    assert!(!line.contains("left alone"), "told twice: {line:?}");
    let unnamed = shown(r#"{"level":"warn","event":"told_pause","pause_ms":2000}"#, &[]);
    assert!(
        unnamed.contains("paused by the service, goes on in 2 s  "),
        "{unnamed:?}"
    );
    let retry =
        r#"{"level":"warn","event":"retry","provider":"openai","code":"ERR_X","pause_ms":300,"told":false}"#;
    assert!(!shown(retry, &[]).contains("ERR_X"));
    assert!(shown(retry, &["-v"]).contains("openai: ERR_X, asked again in 300 ms"));
}
