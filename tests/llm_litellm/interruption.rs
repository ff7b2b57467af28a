//! A service that does not answer does not hold up a run.

use support::{Answer, Server, Signal};

use crate::real;

#[test]
fn the_deadline_ends_a_request() {
    let server = Server::always(Answer::hang());
    let run = real(&server).env("TIMEOUT_S", "1").run();
    run.assert_failure("ERR_TIMEOUT", 124);
    assert!(server.requests().len() <= 1, "nothing is asked twice");
}

#[test]
fn a_signal_ends_a_request() {
    for (signal, status) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let server = Server::always(Answer::hang());
        let started = real(&server).env("TIMEOUT_S", "60").start();
        server.wait_for(1);
        started.signal(signal);
        started.wait().assert_failure("ERR_CANCELLED", status);
    }
}
