//! Every row of the parity table by every real engine.

use std::sync::atomic::{AtomicUsize, Ordering};

use support::Test;

use super::engine::{Engine, Workspace, engines};
use super::given::{Given, given};
use super::table::{Case, Stop, TABLE};

/// Rows that only the stand-in can play: the first process of a container cannot kill itself.
const NOT_ON_DEMAND: [&str; 4] = [
    "killed by somebody",
    "killed by itself",
    "killed after its answer",
    "killed after its commit",
];

#[test]
fn every_engine_gives_the_same() {
    for engine in engines() {
        let (next, count) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = || {
            while let row = next.fetch_add(1, Ordering::Relaxed)
                && let Some(case) = TABLE.get(row)
            {
                // other tests have containers of other executions
                let id = format!("row-{row}");
                if !NOT_ON_DEMAND.contains(&case.name)
                    && let Some(expected) = run(case, &id, &engine, "process")
                {
                    let own = run(case, &id, &engine, &engine.name);
                    assert_eq!(own, Some(expected), "{} by {}", case.name, engine.name);
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
        };
        std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(work)))); // most of a run is waiting
        eprintln!(
            "{} of {} rows by {}",
            count.into_inner(),
            TABLE.len(),
            engine.name
        );
    }
}

/// `None` where this machine cannot play the row.
fn run(case: &Case, id: &str, engine: &Engine, by: &str) -> Option<Given> {
    let workspace = match case.script {
        Some(script) => Workspace::with_script(engine, script)?,
        None => engine.workspace(),
    };
    let workspace = workspace.entry(case.entry);
    if case.follows_a_success {
        workspace.test_by(by).execution_id(id).run().assert_success();
    }
    let test = workspace
        .test_by(by)
        .execution_id(id)
        .inputs(case.inputs)
        .args(case.arguments.iter().copied())
        .prefix(case.prefix)
        .envs(case.environment.iter().copied());
    let finished = match case.stop {
        None => test.run(),
        Some(stop) => stopped(&test, stop),
    };
    let label = format!("{} by {by}", case.name);
    assert_eq!(finished.status, case.status, "{label}: {finished:?}");
    let code = &finished.envelope()["error"]["code"];
    assert_eq!(code.as_str(), case.code, "{label}: {finished:?}");
    let secrets = case
        .environment
        .iter()
        .filter(|(name, _)| name.contains("SECRET"));
    for (_, value) in secrets {
        finished.assert_nowhere(value);
    }
    assert_eq!(engine.containers(id), [""; 0], "{label}: a container is left");
    Some(given(&finished))
}

fn stopped(test: &Test, stop: Stop) -> support::Finished {
    let mut started = test.start();
    started.wait_for(stop.at);
    started.signal(stop.signal);
    started.wait()
}
