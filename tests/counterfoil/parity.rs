//! One table of runs, and every adapter: all print the same answers, and leave the same files.

mod given;
mod table;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::engines::Engines;
use super::stopped::signalled;
use super::workspace::Workspace;
use given::{Given, given};
use table::{Case, Stop, TABLE};

/// The adapters, by the arguments that name them: a further one is a line more.
const ADAPTERS: [&[&str]; 3] = [
    &["--adapter", "local", "--engine", "process"],
    &["--adapter", "local", "--engine", "docker"],
    &["--adapter", "local", "--engine", "podman"],
];

#[test]
fn every_adapter_gives_the_same() {
    let next = AtomicUsize::new(0);
    let failures: Vec<&str> = std::thread::scope(|scope| {
        let work = || {
            let mut failures = Vec::new();
            while let Some(case) = TABLE.get(next.fetch_add(1, Ordering::Relaxed)) {
                if catch_unwind(AssertUnwindSafe(|| check(case))).is_err() {
                    failures.push(case.name); // the panic has been printed
                }
            }
            failures
        };
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect(); // most of a run is waiting
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect()
    });
    assert!(failures.is_empty(), "{failures:?}");
}

/// Fails unless the first adapter has the result of the table, and the others the same.
fn check(case: &Case) {
    let [first, others @ ..] = &ADAPTERS;
    let expected = run(case, first);
    for adapter in others {
        let given = run(case, adapter);
        assert_eq!(given, expected, "{} by {adapter:?}, and by {first:?}", case.name);
    }
}

fn run(case: &Case, adapter: &[&str]) -> Given {
    let workspace = match case.script {
        Some(script) => Workspace::with_script(script),
        None => Workspace::new(),
    };
    let engines = Engines::from(workspace).entry(case.entry);
    let test = engines
        .test_by(adapter)
        .inputs(case.inputs)
        .args(case.arguments.iter().copied())
        .prefix(case.prefix)
        .envs(case.environment.iter().copied());
    if case.follows_a_success {
        engines.test_by(adapter).run().assert_success();
    }
    let finished = match case.stop {
        None => test.run(),
        Some(Stop { at, signal }) => signalled(&test, [(at, signal)]),
    };
    let label = format!("{} by {adapter:?}", case.name);
    assert_eq!(finished.status, case.status, "{label}: {finished:?}");
    let envelope = finished.envelope();
    match case.code {
        None => assert_eq!(envelope["status"], "success", "{label}: {finished:?}"),
        Some(code) => assert_eq!(envelope["error"]["code"], code, "{label}: {finished:?}"),
    }
    for (_, value) in case
        .environment
        .iter()
        .filter(|(name, _)| name.contains("SECRET"))
    {
        finished.assert_nowhere(value);
    }
    engines.assert_no_container();
    given(&finished)
}
