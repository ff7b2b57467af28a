//! A fault in the place of every system call of a run, one at a time.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use support::{Dir, EXECUTION_ID, Test};

use crate::leftovers::{HOME, assert_leaves_no_stray, assert_recovers, assert_told, assert_whole, copy_of};
use crate::probe;
use support::check_all;
use support::{Fault, Injection, all_faults, inject};

const THREE: [&str; 3] = ["outputs/a.txt", "outputs/b/c.json", "outputs/z.bin"];
/// The moves of a run with three outputs: the calls that make them, by their number.
const MOVE_SECOND_OUTPUT: (&str, usize) = ("renameat2", 2);
const MOVE_INDEX: (&str, usize) = ("renameat2", 4);
const MOVE_GLOBAL_RECEIPT: (&str, usize) = ("renameat", 1);
const MOVE_RECEIPT: (&str, usize) = ("renameat", 2);

/// Tries every fault in a run with these inputs, which starts from what is in the directory.
fn try_all(start: &Path, inputs: &Value, files: &[&str], already: &[Injection]) {
    try_each(start, inputs, already, |finished| {
        assert_recovers(finished, inputs, files);
    });
}

fn try_each(start: &Path, inputs: &Value, already: &[Injection], check: impl Fn(&support::Finished) + Sync) {
    // in a file: reading a pipe would make the number of calls depend on who is faster
    let dir = Dir::new();
    let document = dir.path("inputs.json");
    fs::write(&document, inputs.to_string()).unwrap();
    let run = |base: &Path| probe(base, inputs).inputs_file(&document);

    let faults = all_faults(&run(copy_of(start).root()), already);
    eprintln!("{} faults", faults.len());
    check_all(faults, |fault| {
        let base = copy_of(start);
        let injections: Vec<_> = already.iter().chain([fault]).cloned().collect();
        let finished = inject(&run(base.root()), &injections);
        match fault.fault {
            Fault::Kill => drop(finished.assert_killed()),
            Fault::NoSpace | Fault::Broken | Fault::NoThread => {
                let is_sync = ["fdatasync", "fsync", "syncfs"].contains(&fault.syscall.as_str());
                let is_lost = is_sync && finished.status == 0;
                assert!(!is_lost, "a success that is not on the disk: {finished:?}");
                assert!(
                    !finished.stdout.contains("ERR_EXECUTION_CONFLICT"),
                    "the disk's fault is told as the caller's: {finished:?}"
                );
            }
        }
        check(&finished);
    });
}

/// What a run leaves that is killed at this call.
fn killed_at(run: impl FnOnce(&Path) -> Test, (syscall, nth): (&str, usize)) -> Dir {
    let base = Dir::new();
    let finished = inject(&run(base.root()), &[Injection::new(syscall, nth, Fault::Kill)]);
    finished.assert_killed();
    base
}

#[test]
#[ignore = "needs strace; .ci/run runs it"]
fn a_first_run() {
    try_all(Dir::new().root(), &json!({}), &THREE, &[]);
}

#[test]
#[ignore = "needs strace; .ci/run runs it"]
fn a_run_whose_output_is_a_file() {
    let inputs = json!({"params": {"do": "file", "size": 100_000}});
    let start = Dir::new();
    try_all(start.root(), &inputs, &["outputs/file.bin"], &[]);
}

#[test]
#[ignore = "needs strace; .ci/run runs it"]
fn a_run_with_a_checkpoint_after_one_with_a_checkpoint() {
    let inputs = json!({"params": {"do": "keep"}});
    let start = Dir::new();
    probe(start.root(), &inputs)
        .env("PROBE_END", "error")
        .run()
        .assert_refused("ERR_PROVIDER_UNAVAILABLE", 13);
    try_all(start.root(), &inputs, &["outputs/kept.txt"], &[]);
}

/// So many that they are synced together; a fault in the place of every call for each of them would take minutes.
#[test]
#[ignore = "needs strace; .ci/run runs it"]
fn a_run_with_many_outputs() {
    let inputs = json!({"params": {"do": "many", "count": 100}});
    let files: Vec<_> = (0..100)
        .map(|number| format!("outputs/{number:05}.txt"))
        .collect();
    let files: Vec<_> = files.iter().map(String::as_str).collect();
    let places = [
        ("syncfs", 1),
        ("fsync", 1),
        ("fsync", 2),
        ("fsync", 3),
        ("renameat2", 25),
    ];
    let faults = places.map(|(name, nth)| Fault::ALL.map(|fault| Injection::new(name, nth, fault)));
    check_all(faults.into_iter().flatten().collect(), |fault| {
        let base = Dir::new();
        let finished = inject(&probe(base.root(), &inputs), std::slice::from_ref(fault));
        assert_ne!(finished.status, 0, "{finished:?}");
        assert_recovers(&finished, &inputs, &files);
    });
}

#[test]
#[ignore = "needs strace; .ci/run runs it"]
fn a_run_after_a_failure() {
    let start = Dir::new();
    let inputs = json!({"params": {"do": "error", "code": "ERR_PROVIDER_AUTH"}});
    probe(start.root(), &inputs)
        .run()
        .assert_failure("ERR_PROVIDER_AUTH", 10);
    try_all(start.root(), &json!({}), &THREE, &[]);
}

#[test]
#[ignore = "needs strace; .ci/run runs it"]
fn a_run_after_one_that_was_killed_amid_its_outputs() {
    let start = killed_at(|base| probe(base, &json!({})), MOVE_SECOND_OUTPUT);
    assert!(start.path(HOME).join("outputs/a.txt").exists());
    try_all(start.root(), &json!({}), &THREE, &[]);
}

#[test]
#[ignore = "needs strace; .ci/run runs it"]
fn a_run_after_one_that_was_killed_before_its_global_receipt() {
    let start = killed_at(|base| probe(base, &json!({})), MOVE_GLOBAL_RECEIPT);
    assert!(start.path(HOME).join("outputs.json").exists());
    try_all(start.root(), &json!({}), &THREE, &[]);
}

#[test]
#[ignore = "needs strace; .ci/run runs it"]
fn a_run_after_one_that_was_killed_between_its_receipts() {
    let start = killed_at(|base| probe(base, &json!({})), MOVE_RECEIPT);
    assert!(assert_whole(start.root(), HOME, EXECUTION_ID));
    try_all(start.root(), &json!({}), &THREE, &[]);
}

#[test]
#[ignore = "needs strace; .ci/run runs it"]
fn a_run_after_a_success() {
    let start = Dir::new();
    probe(start.root(), &json!({})).run().assert_success();
    try_all(start.root(), &json!({}), &THREE, &[]);
}

#[test]
#[ignore = "needs strace; .ci/run runs it"]
fn a_commit_that_fails_while_the_disk_fails_further() {
    let start = Dir::new();
    let commit_fails = [Injection::new(MOVE_INDEX.0, MOVE_INDEX.1, Fault::Broken)];
    try_all(start.root(), &json!({}), &THREE, &commit_fails);
}

#[test]
#[ignore = "needs strace; .ci/run runs it"]
fn a_run_that_fails() {
    let inputs = json!({"params": {"do": "error", "code": "ERR_PROVIDER_AUTH"}});
    try_each(Dir::new().root(), &inputs, &[], |finished| {
        if finished.status != 128 + 9 {
            assert_told(finished);
        }
        assert!(!assert_whole(finished.artifacts(), HOME, EXECUTION_ID));
        assert_leaves_no_stray(finished.artifacts());
        probe(finished.artifacts(), &inputs)
            .run()
            .assert_failure("ERR_PROVIDER_AUTH", 10);
    });
}

#[test]
#[ignore = "needs strace; .ci/run runs it"]
fn a_run_that_rejects_an_answer() {
    let inputs = json!({"params": {"do": "reject"}});
    try_each(Dir::new().root(), &inputs, &[], |finished| {
        if finished.status != 128 + 9 {
            assert_told(finished);
        }
        assert!(!assert_whole(finished.artifacts(), HOME, EXECUTION_ID));
        let global = fs::read(&finished.global_receipt).unwrap_or_default();
        let global: Value = serde_json::from_slice(&global).unwrap_or_default();
        if global.get("rejected").is_some() {
            let answer = fs::read(finished.prefix.join("rejected/response.bin"));
            assert_eq!(answer.unwrap(), b"an odd answer");
        }
        assert_leaves_no_stray(finished.artifacts());
        let again = probe(finished.artifacts(), &inputs).run();
        assert_eq!(
            again.assert_rejected("ERR_PROVIDER_RESPONSE", 14),
            b"an odd answer"
        );
    });
}

#[test]
#[ignore = "needs strace; .ci/run runs it"]
fn a_run_after_one_that_rejected_an_answer() {
    let start = Dir::new();
    let inputs = json!({"params": {"do": "reject"}});
    probe(start.root(), &inputs)
        .run()
        .assert_rejected("ERR_PROVIDER_RESPONSE", 14);
    try_all(start.root(), &json!({}), &THREE, &[]);
}
