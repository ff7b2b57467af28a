//! A service that does not answer does not hold up a run.

use std::process::Command;

use support::{Answer, Server};

use crate::real;

#[test]
fn the_deadline_ends_a_request() {
    let server = Server::always(Answer::hang());
    let run = real(&server).env("TIMEOUT_S", "1").finish();
    run.assert_failure("ERR_TIMEOUT", 124);
    assert!(server.requests().len() <= 1, "nothing is asked twice");
}

#[test]
fn a_signal_ends_a_request() {
    for (signal, status) in [("-TERM", 143), ("-INT", 130)] {
        let server = Server::always(Answer::hang());
        let run = real(&server).env("TIMEOUT_S", "60");
        let child = run.start();
        server.wait_for(1);
        let sent = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
        run.wait(child).assert_failure("ERR_CANCELLED", status);
    }
}
