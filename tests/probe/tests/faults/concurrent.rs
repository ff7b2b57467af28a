//! Several runs at the same time, or with one write prefix.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use support::{Dir, Finished, Started, Test};

use crate::leftovers::{assert_only, assert_told, assert_whole, copy_of, everything};
use crate::probe;
use crate::repeated::Counted;
use support::check_all;
use support::{Fault, Injection, all_faults, inject};

const SHARED: &str = "/artifacts/demo/shared/";
const SHARED_HOME: &str = "demo/shared";

/// Runs them all at once.
fn at_once(tests: &[Test]) -> Vec<Finished> {
    let started: Vec<_> = tests.iter().map(Test::start).collect();
    started.into_iter().map(Started::wait).collect()
}

#[test]
fn one_execution_many_times_at_once_is_one_run() {
    for companions in 2..=8 {
        let counted = Counted::new();
        let runs = (0..companions).map(|_| probe(&counted.base(), &counted.inputs));
        let finished = at_once(&runs.collect::<Vec<_>>());
        for run in &finished {
            run.assert_success();
            assert_eq!(run.stdout, finished[0].stdout);
        }
        assert_eq!(counted.calls(), 1);
        assert_only(
            &counted.base(),
            [
                "demo/run-1/outputs/a.txt",
                "demo/run-1/outputs/b/c.json",
                "demo/run-1/outputs/z.bin",
                "demo/run-1/outputs.json",
                "demo/run-1/receipt.json",
                "execution/run-1/determinism.json",
            ],
        );
    }
}

#[test]
fn one_execution_with_several_inputs_at_once_is_one_of_them() {
    let base = Dir::new();
    let runs = (1..=6).map(|size| probe(base.root(), &json!({"params": {"size": size * 100}})));
    let finished = at_once(&runs.collect::<Vec<_>>());
    let (won, lost): (Vec<_>, Vec<_>) = finished.iter().partition(|run| run.status == 0);
    assert_eq!(won.len(), 1, "{finished:?}");
    won[0].assert_success();
    for run in lost {
        run.assert_refused("ERR_EXECUTION_CONFLICT", 22);
    }
    assert!(assert_whole(base.root(), "demo/run-1", "run-1"));
}

#[test]
fn many_executions_in_one_prefix_at_once_have_one_winner() {
    let base = Dir::new();
    let runs = (0..6).map(|number| {
        probe(base.root(), &json!({"params": {"size": 100 + number}}))
            .prefix(SHARED)
            .execution_id(&format!("run-{number}"))
    });
    let finished = at_once(&runs.collect::<Vec<_>>());
    let (won, lost): (Vec<_>, Vec<_>) = finished.iter().partition(|run| run.status == 0);
    assert_eq!(won.len(), 1, "{finished:?}");
    won[0].assert_success();
    for run in lost {
        run.assert_refused("ERR_EXECUTION_CONFLICT", 22);
        assert!(!run.global_receipt.exists());
    }
}

#[test]
fn a_prefix_that_another_execution_has_is_left_alone() {
    let base = Dir::new();
    let first = probe(base.root(), &json!({})).prefix(SHARED).run();
    first.assert_success();
    let before = everything(base.root());
    let stranger = || {
        probe(base.root(), &json!({"params": {"size": 10}}))
            .prefix(SHARED)
            .execution_id("stranger")
    };
    stranger().run().assert_refused("ERR_EXECUTION_CONFLICT", 22);
    let mut after = everything(base.root());
    after.retain(|name, _| before.contains_key(name) && name != "execution");
    let mut before = before;
    before.remove("execution");
    assert_eq!(after, before);
}

/// The state of another execution that was killed between its two receipts.
fn half_done() -> Dir {
    let base = Dir::new();
    let killed = inject(
        &probe(base.root(), &json!({})).prefix(SHARED),
        &[Injection::new("renameat", 2, Fault::Kill)],
    );
    killed.assert_killed();
    assert!(killed.global_receipt.exists() && !killed.prefix.join("receipt.json").exists());
    base
}

fn stranger(base: &Path, inputs: &Value) -> Test {
    probe(base, inputs).prefix(SHARED).execution_id("stranger")
}

fn assert_first_completes(base: &Path) {
    assert!(assert_whole(base, SHARED_HOME, "run-1"));
    let receipt = fs::read(base.join("execution/run-1/determinism.json")).unwrap();
    let completed = probe(base, &json!({})).prefix(SHARED).run();
    completed.assert_success();
    assert_eq!(fs::read(completed.global_receipt).unwrap(), receipt);
}

#[test]
#[ignore = "needs strace; .ci/run runs it"]
fn a_half_done_execution_keeps_its_prefix() {
    let base = half_done();
    stranger(base.root(), &json!({"params": {"size": 10}}))
        .run()
        .assert_refused("ERR_EXECUTION_CONFLICT", 22);
    assert_first_completes(base.root());
}

#[test]
#[ignore = "needs strace; .ci/run runs it"]
fn a_half_done_execution_keeps_its_prefix_whatever_befalls_the_next() {
    let start = half_done();
    let dir = Dir::new();
    let document = dir.path("inputs.json");
    let inputs = json!({"params": {"size": 10}});
    fs::write(&document, inputs.to_string()).unwrap();
    let run = |base: &Path| stranger(base, &inputs).inputs_file(&document);

    let faults = all_faults(&run(copy_of(start.root()).root()), &[]);
    eprintln!("{} faults", faults.len());
    check_all(faults, |fault| {
        let base = copy_of(start.root());
        let finished = inject(&run(base.root()), std::slice::from_ref(fault));
        match fault.fault {
            Fault::Kill => drop(finished.assert_killed()),
            Fault::NoSpace | Fault::Broken | Fault::NoThread => {
                assert_told(&finished);
                assert_ne!(finished.status, 0, "{finished:?}");
            }
        }
        assert_first_completes(base.root());
    });
}

#[test]
#[ignore = "needs strace; .ci/run runs it"]
fn leftovers_of_another_execution_make_room() {
    // three outputs and the index, then the global receipt
    for (syscall, nth) in [
        ("renameat2", 1),
        ("renameat2", 2),
        ("renameat2", 3),
        ("renameat2", 4),
        ("renameat", 1),
    ] {
        let base = Dir::new();
        let killed = inject(
            &probe(base.root(), &json!({})).prefix(SHARED),
            &[Injection::new(syscall, nth, Fault::Kill)],
        );
        killed.assert_killed();
        stranger(base.root(), &json!({"params": {"size": 10}}))
            .run()
            .assert_success();
        // the first is too late now, and removes nothing
        probe(base.root(), &json!({}))
            .prefix(SHARED)
            .run()
            .assert_refused("ERR_EXECUTION_CONFLICT", 22);
        stranger(base.root(), &json!({"params": {"size": 10}}))
            .run()
            .assert_success();
    }
}
