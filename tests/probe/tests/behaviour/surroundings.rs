//! stdout and stderr that are closed or full.

use std::fs::OpenOptions;
use std::process::Stdio;

use support::Run;

use super::probe;

#[test]
fn a_caller_that_does_not_read_the_envelope_changes_nothing() {
    let run: Run = probe("{}");
    let mut child = run.start();
    drop(child.stdout.take());
    let finished = run.wait(child);
    assert_eq!(finished.status, 0, "{finished:?}");
    assert_eq!(finished.receipt()["status"], "success");
}

#[test]
fn an_envelope_that_cannot_be_written_is_told_and_can_be_had_again() {
    let base = tempfile::TempDir::new().unwrap();
    let run: Run = probe("{}").base(base.path());
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = run
        .command()
        .stdin(Stdio::null())
        .stdout(full)
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(3), "no inputs"); // an error keeps its own status

    let document = base.path().join("inputs.json");
    std::fs::write(&document, "{}").unwrap();
    let run = probe("{}").base(base.path()).inputs_file(&document);
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = run.command().stdout(full).stderr(Stdio::null()).status().unwrap();
    assert_eq!(status.code(), Some(21));
    run.finish().assert_success();
}

#[test]
fn a_log_that_nobody_takes_changes_nothing() {
    let run: Run = probe(r#"{"do":"debug_log"}"#).env("LOG_LEVEL", "trace");
    let mut child = run.start();
    drop(child.stderr.take());
    run.wait(child).assert_success();
}
