//! Runs that take too long or get a signal: they write their own receipts where they still can, and are killed otherwise.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use support::{Finished, Signal, Test, make_fifo};

use super::workspace::{Workspace, probe};

/// Ignores every polite request, as does what it has started; both have `$HELD` open until they end. Says that it is up.
const STUBBORN: &str = r#"
P="$ARTIFACTS_BASE_DIR/demo/$6"
mkdir -p "$P/.staging-$6/scratch" "$ARTIFACTS_BASE_DIR/execution/$6"
echo partial > "$P/.staging-$6/scratch/part"
echo partial > "$P/.staging-$6/0"
echo partial > "$ARTIFACTS_BASE_DIR/execution/$6/.determinism.json.staging"
trap '' TERM INT
exec 3> "$ARTIFACTS_BASE_DIR/held"
sleep 300 &
echo held >&3
echo '{"level":"info","event":"stand_in_is_up"}' >&2
while :; do sleep 300; done"#;

/// More than anything here takes on a slow machine, and less than what is waited for in vain.
const LONG: Duration = Duration::from_secs(60);

/// A workspace with such a processor, and the reading end of what it holds.
fn stubborn() -> (Workspace, File) {
    holding(STUBBORN)
}

/// A workspace with this processor, and the reading end of the FIFO `held` among the artifacts.
pub(crate) fn holding(script: &str) -> (Workspace, File) {
    let workspace = Workspace::with_script(script);
    std::fs::create_dir(workspace.artifacts()).unwrap();
    let held = workspace.artifacts().join("held");
    make_fifo(&held);
    // an open that waits for no writer
    let flags = OFlags::RDONLY | OFlags::NONBLOCK;
    let reader = File::from(rustix::fs::open(&held, flags, Mode::empty()).unwrap());
    (workspace, reader)
}

/// Fails unless everybody who held the FIFO is gone.
#[track_caller]
pub(crate) fn assert_released(workspace: &Workspace, mut held: File) {
    rustix::fs::fcntl_setfl(&held, OFlags::empty()).unwrap();
    let started = Instant::now();
    let mut said = String::new();
    held.read_to_string(&mut said).unwrap(); // until its last writer is gone
    assert_eq!(said, "held\n");
    assert!(started.elapsed() < LONG, "a grandchild was left");
    std::fs::remove_file(workspace.artifacts().join("held")).unwrap();
}

/// Fails unless all of the processor is gone, and nothing but error receipts is left.
#[track_caller]
fn assert_killed(workspace: &Workspace, finished: &Finished, held: File, code: &str, status: i32) {
    assert_released(workspace, held);
    finished.assert_failure(code, status);
    assert_eq!(
        finished.files().into_keys().collect::<Vec<_>>(),
        ["demo/run-1/receipt.json", "execution/run-1/determinism.json"]
    );
    workspace.install(&probe());
    workspace.test().run().assert_success();
}

/// Whether the orchestrator had to write the receipts.
fn is_by_orchestrator(finished: &Finished) -> bool {
    finished
        .log()
        .iter()
        .any(|line| line["event"] == "run_failed" && line["told_by"] == "orchestrator")
}

/// Starts a run, and sends signals to the orchestrator alone as the log gets to these events.
pub(crate) fn signalled<'a>(test: &Test, signals: impl IntoIterator<Item = (&'a str, Signal)>) -> Finished {
    let mut started = test.start();
    for (event, signal) in signals {
        started.wait_for(event);
        started.signal(signal);
    }
    started.wait()
}

#[test]
fn a_processor_ends_in_time_with_receipts_of_its_own() {
    let workspace = Workspace::new();
    for behaviour in ["hang", "hang_async", "clean_up", "poll"] {
        let finished = workspace
            .probe(&format!(r#"{{"do":"{behaviour}"}}"#))
            .args(["--timeout", "0.5"])
            .execution_id(behaviour)
            .run();
        finished.assert_failure("ERR_TIMEOUT", 124);
        assert!(!is_by_orchestrator(&finished), "{finished:?}");
    }
}

#[test]
fn the_entrys_timeout_is_the_default() {
    let workspace = Workspace::new();
    let entry = std::fs::read_to_string(workspace.registry().join("test_probe.yaml")).unwrap();
    let workspace = workspace.registry_file(
        "test_probe.yaml",
        &entry.replace("timeout_s: 60", "timeout_s: 0.5"),
    );
    let finished = workspace.probe(r#"{"do":"hang_async"}"#).run();
    finished.assert_failure("ERR_TIMEOUT", 124);
}

#[test]
fn a_processor_that_does_not_end_is_killed_with_all_that_it_started() {
    let (workspace, held) = stubborn();
    let started = Instant::now();
    let finished = workspace.test().args(["--timeout", "0.2"]).run();
    assert!(started.elapsed() < LONG, "{finished:?}");
    assert!(is_by_orchestrator(&finished), "{finished:?}");
    assert_killed(&workspace, &finished, held, "ERR_TIMEOUT", 124);
}

#[test]
fn what_a_processor_leaves_running_ends_with_it() {
    const HELD: &str = "exec 3> \"$ARTIFACTS_BASE_DIR/held\"; echo held >&3\nsleep 300 &\n";
    // it has the pipes of its parent still
    let (workspace, held) = holding(&format!("{HELD} exit 0"));
    let finished = workspace.test().run();
    finished.assert_failure("ERR_ADAPTER_INVOCATION", 33);
    finished.assert_message("no answer");
    assert_released(&workspace, held);

    // what was answered counts
    let (workspace, held) = holding(&format!("{HELD} $PROBE \"$@\""));
    let finished = workspace.test().run();
    assert_released(&workspace, held);
    finished.assert_success();
}

#[test]
fn does_not_wait_for_a_process_in_its_own_session() {
    let workspace = Workspace::with_script(
        r#"mkfifo "$ARTIFACTS_BASE_DIR/hidden"
setsid sh -c 'echo > "$ARTIFACTS_BASE_DIR/hidden"; exec sleep 30' &
read -r line < "$ARTIFACTS_BASE_DIR/hidden"
rm "$ARTIFACTS_BASE_DIR/hidden"
exec $PROBE "$@""#,
    );
    std::fs::create_dir(workspace.artifacts()).unwrap();
    let started = Instant::now();
    let finished = workspace.test().run();
    finished.assert_success();
    assert!(started.elapsed() < Duration::from_secs(25), "{finished:?}");
}

#[test]
fn signals_are_passed_on_and_waited_for() {
    for (signal, status) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let workspace = Workspace::new();
        for behaviour in ["hang", "hang_async", "clean_up", "poll"] {
            let call = workspace
                .probe(&format!(r#"{{"do":"{behaviour}"}}"#))
                .execution_id(behaviour);
            let finished = signalled(&call, [("inputs_read", signal)]);
            finished.assert_failure("ERR_CANCELLED", status);
            assert!(!is_by_orchestrator(&finished), "{finished:?}");
            if behaviour == "clean_up" {
                assert_eq!(finished.message(), "the clean-up ran to its end");
            }
        }
    }
}

#[test]
fn a_second_signal_kills_at_once() {
    for (first, second, status) in [
        (Signal::TERM, Signal::TERM, 143),
        (Signal::INT, Signal::INT, 130),
        (Signal::INT, Signal::TERM, 130),
    ] {
        let (workspace, held) = stubborn();
        let finished = signalled(
            &workspace.test().args(["--timeout", "300"]),
            [("stand_in_is_up", first), ("cancel_passed_on", second)],
        );
        assert!(is_by_orchestrator(&finished), "{finished:?}");
        assert_killed(&workspace, &finished, held, "ERR_CANCELLED", status);
    }
}

#[test]
fn kills_a_processor_that_ignores_a_signal() {
    let (workspace, held) = stubborn();
    let finished = signalled(
        &workspace.test().args(["--timeout", "300"]),
        [("stand_in_is_up", Signal::TERM)],
    );
    assert_killed(&workspace, &finished, held, "ERR_CANCELLED", 143);
}

#[test]
fn a_processor_may_succeed_after_a_signal() {
    let workspace = Workspace::with_script(
        r#"
trap 'exec $PROBE --inputs "$ARTIFACTS_BASE_DIR/inputs.json" --write-prefix "$4" --execution-id "$6"' TERM
cat > "$ARTIFACTS_BASE_DIR/inputs.json"
echo '{"level":"info","event":"stand_in_is_up"}' >&2
sleep 300 & wait"#,
    );
    std::fs::create_dir(workspace.artifacts()).unwrap();
    signalled(&workspace.test(), [("stand_in_is_up", Signal::TERM)]).assert_success();
}

#[test]
fn a_processor_leads_a_group_of_its_own() {
    let workspace = Workspace::with_script(
        r#"read -r pid name state parent group session rest < /proc/$$/stat
echo "$pid $group $parent" > "$ARTIFACTS_BASE_DIR/group"
exec $PROBE "$@""#,
    );
    std::fs::create_dir(workspace.artifacts()).unwrap();
    workspace.test().run().assert_success();
    let ids = std::fs::read_to_string(workspace.artifacts().join("group")).unwrap();
    let ids: Vec<&str> = ids.split_whitespace().collect();
    assert_eq!(ids[0], ids[1], "{ids:?}");
    assert_ne!(ids[1], ids[2], "{ids:?}");
}

#[test]
fn what_a_killed_orchestrator_leaves_is_taken_up_by_the_next_run() {
    let workspace = Workspace::new();
    let call = workspace.probe(r#"{"do":"poll"}"#).args(["--timeout", "0.5"]);
    let killed = signalled(&call, [("inputs_read", Signal::KILL)]);
    assert_eq!(killed.status, 137);
    // it waits until the processor that was left has ended
    workspace.test().run().assert_success();
    assert!(!has_staging(&workspace.artifacts()));
}

fn has_staging(artifacts: &Path) -> bool {
    support::files_below(artifacts)
        .keys()
        .any(|file| file.contains("staging"))
}

/// The processor ends by itself in the first case, and has to be killed in the second.
#[test]
fn a_timeout_names_every_way_to_more_time() {
    for (what, id) in [("hang_async", "by-itself"), ("hang", "killed")] {
        let workspace = Workspace::new();
        let params = format!(r#"{{"do":"{what}"}}"#);
        let finished = workspace
            .probe(&params)
            .args(["--timeout", "0.3"])
            .execution_id(id)
            .run();
        finished.assert_failure("ERR_TIMEOUT", 124);
        for way in ["--timeout", "timeout_s", "TIMEOUT_S"] {
            finished.assert_message(way);
        }
    }
}

/// Answers of reasoning models take minutes.
#[test]
fn every_entry_of_this_repository_gives_ten_minutes() {
    let registry = Path::new(env!("CARGO_MANIFEST_DIR")).join("../registry");
    for entry in std::fs::read_dir(registry).unwrap() {
        let entry = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(entry.contains("timeout_s: 600,"), "{entry}");
    }
}
