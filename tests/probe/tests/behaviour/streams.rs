//! stdout and stderr that are closed or full.

use std::fs::OpenOptions;
use std::process::Stdio;

use support::Dir;

use super::probe;

#[test]
fn a_closed_stdout_changes_nothing() {
    let mut started = probe("{}").start();
    started.close_stdout();
    let finished = started.wait();
    finished.assert_status(0);
    assert_eq!(finished.receipt()["status"], "success");
}

#[test]
fn an_envelope_that_cannot_be_written_fails_and_can_be_had_again() {
    let dir = Dir::new();
    let test = probe("{}");
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = test
        .command()
        .stdin(Stdio::null())
        .stdout(full)
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(3), "no inputs"); // an error keeps its own status

    let test = test.inputs_file(dir.write("inputs.json", "{}"));
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = test
        .command()
        .stdout(full)
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(21));
    test.run().assert_success();
}

#[test]
fn a_closed_stderr_changes_nothing() {
    let mut started = probe(r#"{"do":"debug_log"}"#).env("LOG_LEVEL", "trace").start();
    started.close_stderr();
    started.wait().assert_success();
}
