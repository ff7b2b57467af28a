//! Deadlines and signals, as process 1 of a container would meet them too.

use std::time::{Duration, Instant};

use support::{Finished, Signal, Test};

use super::{bare, probe};

/// Sends the signal once the log says that the inputs have been read.
fn signalled(test: &Test, signal: Signal) -> Finished {
    let mut started = test.start();
    started.wait_for("inputs_read");
    started.signal(signal);
    started.wait()
}

#[test]
fn a_deadline_ends_every_kind_of_provider() {
    for behaviour in ["hang", "hang_async", "clean_up", "poll"] {
        let started = Instant::now();
        let finished = probe(&format!(r#"{{"do":"{behaviour}"}}"#))
            .env("TIMEOUT_S", "0.2")
            .run();
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
            let finished = signalled(&run, signal);
            finished.assert_failure("ERR_CANCELLED", status);
        }
    }
}

#[test]
fn clean_up_is_bounded() {
    let finished = probe(r#"{"do":"clean_up_hang"}"#).env("TIMEOUT_S", "0.2").run();
    finished.assert_failure("ERR_TIMEOUT", 124);
}

#[test]
fn a_first_signal_after_the_deadline_does_not_cut_a_clean_up_short() {
    let mut started = probe(r#"{"do":"clean_up_hang"}"#).env("TIMEOUT_S", "0.2").start();
    started.wait_for("probe_cleans_up");
    started.signal(Signal::TERM);
    let finished = started.wait();
    finished.assert_failure("ERR_TIMEOUT", 124);
    finished.assert_message("the clean-up was cut short");
}

#[test]
fn a_deadline_holds_while_the_inputs_are_read() {
    let finished = bare().env("TIMEOUT_S", "0.2").stdin_open().run();
    finished.assert_failure("ERR_TIMEOUT", 124);
    assert!(finished.receipt().get("inputs_hash").is_none());
}

#[test]
fn a_run_that_waits_for_another_can_be_stopped() {
    let test = probe(r#"{"do":"hang"}"#);
    let mut first = test.start();
    first.wait_for("inputs_read");
    let second = test.env("TIMEOUT_S", "0.2").run();
    second.assert_refused("ERR_TIMEOUT", 124);
    assert!(second.stderr.contains("waiting_for_another_run"), "{second:?}");
    assert!(
        !second.global_receipt.exists(),
        "the run that goes on writes the receipts"
    );
    first.signal(Signal::TERM);
    first.wait().assert_failure("ERR_CANCELLED", 143);
}
