//! Timeouts and signals of containers.

use std::fs::File;
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{Signal, kill, make_fifo};

use super::super::engines::{ENGINES, Engines, IMAGE};
use super::super::stopped::{assert_released, holding, signalled};

/// Has the FIFO `held` open as long as it lives, says that it is up, and ignores every polite request.
const STUBBORN: &str = r#"
trap '' TERM INT
exec 3> "$ARTIFACTS_BASE_DIR/held"
echo held >&3
echo '{"level":"info","event":"stand_in_is_up"}' >&2
exec sleep 120"#;

/// Engines with a stubborn processor, and what it holds.
fn stubborn() -> (Engines, File) {
    let (workspace, held) = holding(STUBBORN);
    (Engines::from(workspace), held)
}

#[test]
fn a_timeout_kills_the_container() {
    for (engine, removal) in [
        ("docker", vec!["rm", "--force", "--volumes"]),
        ("podman", vec!["rm", "--force", "--volumes", "--time", "0"]),
    ] {
        let (engines, held) = stubborn();
        let finished = engines.test(engine).args(["--timeout", "0.1"]).run();
        assert_released(&engines.workspace, held);
        finished.assert_failure("ERR_TIMEOUT", 124);
        assert_eq!(finished.receipt()["image_digest"], IMAGE);
        engines.assert_no_container();
        let mut expected: Vec<String> = removal.into_iter().map(String::from).collect();
        expected.extend(engines.names());
        assert_eq!(engines.calls_of("rm")[0], expected);
    }
}

#[test]
fn a_signal_goes_to_the_container_and_is_waited_for() {
    for (engine, signal, name, status) in [
        ("docker", Signal::INT, "INT", 130),
        ("podman", Signal::TERM, "TERM", 143),
    ] {
        let engines = Engines::new();
        let call = engines.probe(engine, r#"{"do":"clean_up"}"#);
        let finished = signalled(&call, [("inputs_read", signal)]);
        finished.assert_failure("ERR_CANCELLED", status);
        assert_eq!(finished.message(), "the clean-up ran to its end");
        let [container] = engines.names().try_into().unwrap();
        let kill = ["kill", "--signal", name, &container].map(String::from);
        assert_eq!(engines.calls_of("kill"), [kill]);
        let commands = engines.commands();
        let commands: Vec<_> = commands.iter().map(String::as_str).collect();
        let expected = ["kill"];
        assert!(commands.ends_with(&expected), "it ended by itself: {commands:?}");
        engines.assert_no_container();
    }
}

#[test]
fn a_second_signal_kills_the_container_at_once() {
    for engine in ENGINES {
        let (engines, held) = stubborn();
        let signals = [("stand_in_is_up", Signal::INT), ("cancel_passed_on", Signal::INT)];
        let finished = signalled(&engines.test(engine), signals);
        assert_released(&engines.workspace, held);
        finished.assert_failure("ERR_CANCELLED", 130);
        assert!(!engines.calls_of("rm").is_empty());
        engines.assert_no_container();
    }
}

#[test]
fn a_signal_waits_for_a_container_that_is_not_there_yet() {
    let engines = Engines::new();
    let gate = engines.state("gate");
    make_fifo(&gate);
    let started = engines.probe("docker", r#"{"do":"hang_async"}"#).start();
    let open = File::options().write(true).open(&gate).unwrap(); // waits until the client waits
    started.signal(Signal::TERM);
    while engines.calls_of("kill").is_empty() {
        std::thread::yield_now();
    }
    drop(open);
    let finished = started.wait();
    finished.assert_failure("ERR_CANCELLED", 143);
    assert!(engines.calls_of("kill").len() > 1, "the first came too early");
    engines.assert_no_container();
}

#[test]
fn an_engine_that_hangs_keeps_no_second_signal_waiting() {
    let (engines, held) = stubborn();
    let engines = engines.fault("hangs", "kill");
    let mut started = engines.test("docker").start();
    started.wait_for("stand_in_is_up");
    started.signal(Signal::TERM);
    while engines.calls_of("kill").is_empty() {
        std::thread::yield_now();
    }
    let since = Instant::now();
    started.signal(Signal::TERM);
    let finished = started.wait();
    assert!(
        since.elapsed() < Duration::from_secs(6),
        "it waited for the engine"
    );
    assert_released(&engines.workspace, held);
    finished.assert_failure("ERR_CANCELLED", 143);
}

#[test]
fn a_client_that_is_killed_takes_its_container_along() {
    for engine in ENGINES {
        let (engines, held) = stubborn();
        let mut started = engines.test(engine).start();
        started.wait_for("stand_in_is_up");
        let is_run = |call: &&Value| call["arguments"][0] == "run";
        let client = engines.calls().iter().find(is_run).unwrap()["pid"].as_i64();
        kill(client.unwrap().try_into().unwrap(), Signal::KILL);
        let finished = started.wait();
        assert_released(&engines.workspace, held);
        finished.assert_failure("ERR_ADAPTER_INVOCATION", 33);
        finished.assert_message("client was killed");
        engines.assert_no_container();
    }
}
