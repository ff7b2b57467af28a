//! An orchestrator that is killed, and the container that goes on.

use support::Signal;

use super::engine::engines;

#[test]
fn the_next_run_waits_for_the_container_of_a_killed_one() {
    for engine in engines() {
        let workspace = engine.workspace();
        let test = workspace
            .test()
            .execution_id("orphan")
            .params(r#"{"do":"hang_async"}"#);
        let mut started = test.clone().args(["--timeout", "4"]).start();
        started.wait_for("inputs_read");
        started.kill().assert_killed();
        assert_eq!(engine.containers("orphan").len(), 1);
        // the processor ends at its own deadline; nobody removes its container but the next run
        let again = test.args(["--timeout", "20"]).params(r#"{"do":"ok"}"#).run();
        again.assert_success();
        assert!(again.stderr.contains("left_container_goes_on"), "{again:?}");
        assert!(again.stderr.contains("waiting_for_another_run"), "{again:?}");
        workspace.test().execution_id("other").run().assert_success();
        assert_eq!(engine.containers("orphan"), [""; 0]);
    }
}

#[test]
fn a_second_signal_leaves_no_container() {
    for engine in engines() {
        let workspace = engine.workspace();
        let test = workspace.test().execution_id("twice").params(r#"{"do":"hang"}"#);
        let mut started = test.start();
        started.wait_for("inputs_read");
        started.signal(Signal::INT);
        started.wait_for("cancel_passed_on");
        started.signal(Signal::INT);
        started.wait().assert_failure("ERR_CANCELLED", 130);
        assert_eq!(engine.containers("twice"), [""; 0]);
    }
}
