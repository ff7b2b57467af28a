//! Deadlines and signals, as process 1 of a container would meet them too.

use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use support::{Finished, Run};

use super::{bare, probe};

/// Sends the signal once the log says that the inputs have been read.
fn signalled(run: Run, signal: Signal) -> Finished {
    use std::io::{BufRead as _, BufReader, Read as _};
    let mut child = run.start();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut seen = String::new();
    while !seen.contains("inputs_read") {
        assert_ne!(stderr.read_line(&mut seen).unwrap(), 0, "{seen}");
    }
    kill_process(Pid::from_child(&child), signal).unwrap();
    let mut finished = run.wait(child);
    stderr.read_to_string(&mut seen).unwrap();
    finished.stderr = seen;
    finished
}

#[test]
fn a_deadline_ends_every_kind_of_provider() {
    for behaviour in ["hang", "hang_async", "clean_up", "poll"] {
        let started = Instant::now();
        let finished = probe(&format!(r#"{{"do":"{behaviour}"}}"#))
            .env("TIMEOUT_S", "0.2")
            .finish();
        finished.assert_failure("ERR_TIMEOUT", 124);
        assert!(started.elapsed() < Duration::from_secs(60));
        assert_eq!(finished.receipt()["mode"], "mock");
    }
}

#[test]
fn signals_end_every_kind_of_provider() {
    for behaviour in ["hang", "hang_async", "clean_up", "poll"] {
        for (signal, status) in [(Signal::TERM, 143), (Signal::INT, 130)] {
            let run = probe(&format!(r#"{{"do":"{behaviour}"}}"#));
            let finished = signalled(run, signal);
            finished.assert_failure("ERR_CANCELLED", status);
        }
    }
}

#[test]
fn clean_up_is_bounded() {
    let finished = probe(r#"{"do":"clean_up_hang"}"#)
        .env("TIMEOUT_S", "0.2")
        .finish();
    finished.assert_failure("ERR_TIMEOUT", 124);
}

#[test]
fn a_first_signal_after_the_deadline_does_not_cut_a_clean_up_short() {
    let run = probe(r#"{"do":"clean_up_hang"}"#).env("TIMEOUT_S", "0.2");
    let mut child = run.start();
    let mut stderr = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut seen = String::new();
    while !seen.contains("probe_cleans_up") {
        use std::io::BufRead as _;
        assert_ne!(stderr.read_line(&mut seen).unwrap(), 0, "{seen}");
    }
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let finished = run.wait(child);
    finished.assert_failure("ERR_TIMEOUT", 124);
    assert!(
        finished.message().contains("the clean-up was cut short"),
        "{finished:?}"
    );
}

#[test]
fn a_deadline_holds_while_the_inputs_are_read() {
    let run = bare().env("TIMEOUT_S", "0.2");
    let mut child = run
        .command()
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let stdin = child.stdin.take(); // open, and nothing comes
    let finished = run.wait(child);
    drop(stdin);
    finished.assert_failure("ERR_TIMEOUT", 124);
    assert!(finished.receipt().get("inputs_hash").is_none());
}

#[test]
fn a_run_that_waits_for_another_can_be_stopped() {
    let base = tempfile::TempDir::new().unwrap();
    let first = probe(r#"{"do":"hang"}"#).base(base.path());
    let mut child = first.start();
    let mut seen = String::new();
    let mut stderr = std::io::BufReader::new(child.stderr.take().unwrap());
    while !seen.contains("inputs_read") {
        use std::io::BufRead as _;
        assert_ne!(stderr.read_line(&mut seen).unwrap(), 0, "{seen}");
    }
    let second = probe(r#"{"do":"hang"}"#)
        .base(base.path())
        .env("TIMEOUT_S", "0.2")
        .finish();
    second.assert_refused("ERR_TIMEOUT", 124);
    assert!(second.stderr.contains("waiting_for_another_run"), "{second:?}");
    assert!(
        !second.global_receipt.exists(),
        "the run that goes on writes the receipts"
    );
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    first.wait(child).assert_failure("ERR_CANCELLED", 143);
}
