//! A service that does not answer does not hold up a run.

use std::sync::{Mutex, mpsc};

use serde_json::json;
use support::{Answer, Server, Signal};

use crate::real;

/// Runs a program that ignores no signal, even if whoever runs the tests does.
pub(crate) const HEEDING_ALL: [&str; 2] = ["env", "--default-signal=HUP,QUIT"];

#[test]
fn the_deadline_ends_a_request() {
    let server = Server::always(Answer::hang());
    let run = real(&server).env("TIMEOUT_S", "1").run();
    run.assert_failure("ERR_TIMEOUT", 124);
    assert!(server.requests().len() <= 1, "nothing is asked twice");
}

#[test]
fn a_signal_ends_a_request() {
    for (signal, status) in [
        (Signal::TERM, 143),
        (Signal::INT, 130),
        (Signal::HUP, 143),
        (Signal::QUIT, 143),
    ] {
        let server = Server::always(Answer::hang());
        let run = real(&server).env("TIMEOUT_S", "60");
        let started = run.under(HEEDING_ALL).start();
        server.wait_for(1);
        started.signal(signal);
        started.wait().assert_failure("ERR_CANCELLED", status);
    }
}

#[test]
fn nohup_is_heeded() {
    let (release, gate) = mpsc::channel();
    let gate = Mutex::new(gate);
    let server = Server::start(move |_| {
        let _ = gate.lock().unwrap().recv();
        Answer::json(
            200,
            &json!({"choices": [{"message": {"role": "assistant", "content": "hello"}}]}),
        )
    });
    let started = real(&server)
        .under(["sh", "-c", "trap '' HUP; exec \"$0\" \"$@\""])
        .start();
    server.wait_for(1);
    started.signal(Signal::HUP);
    release.send(()).unwrap();
    started.wait().assert_success();
}
