//! One table of runs, and every adapter: all print the same answers, and leave the same files.

mod table;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use support::Finished;

use super::engines::Engines;
use super::stopped::signalled;
use super::workspace::Workspace;
use table::{Case, Stop, TABLE};

/// The adapters, by the arguments that name them: a further one is a line more.
const ADAPTERS: [&[&str]; 3] = [
    &["--adapter", "local", "--engine", "process"],
    &["--adapter", "local", "--engine", "docker"],
    &["--adapter", "local", "--engine", "podman"],
];

/// Of the documents, what differs between two runs of anything: times, and the image.
const VARIES: [&str; 3] = ["timestamp_utc", "duration_ms", "image_digest"];

/// The result of a run: exit status, envelope, and every file.
#[derive(Debug, PartialEq)]
struct Given {
    status: i32,
    envelope: Value,
    files: BTreeMap<String, Vec<u8>>,
}

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

/// What is to be the same.
fn given(finished: &Finished) -> Given {
    let mut files = finished.files();
    for (path, bytes) in &mut files {
        if path.ends_with("/receipt.json") || path.ends_with("/determinism.json") {
            let receipt = serde_json::from_slice(bytes).unwrap();
            *bytes = without_what_varies(receipt).to_string().into_bytes();
        }
    }
    Given {
        status: finished.status,
        envelope: without_what_varies(finished.envelope()),
        files,
    }
}

/// The document with what varies masked, and nothing else: a field that is absent stays absent.
fn without_what_varies(mut document: Value) -> Value {
    let image = [&document["meta"], &document]
        .iter()
        .find_map(|at| at["env_fingerprint"].as_str())
        .and_then(|fingerprint| fingerprint.split(';').find(|pair| pair.starts_with("image:")))
        .map(str::to_owned);
    let mut mask = |workspace: &str| {
        let Some(Value::Object(fields)) = document.pointer_mut(workspace) else {
            return;
        };
        for name in VARIES {
            if let Some(field) = fields.get_mut(name).filter(|field| **field != "unknown") {
                *field = json!("[varies]");
            }
        }
        if let (Some(field), Some(image)) = (fields.get_mut("env_fingerprint"), &image) {
            *field = field.as_str().unwrap().replace(image, "image:[varies]").into();
        }
    };
    mask("");
    mask("/meta");
    document
}
