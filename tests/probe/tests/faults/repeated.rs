//! The same execution id a second time.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use support::{Dir, Finished};

use crate::leftovers::{HOME, everything};
use crate::probe;
use support::{Fault, Injection, inject};

/// An artifacts directory, and a provider that leaves a line elsewhere whenever it is called.
pub(crate) struct Counted {
    dir: Dir,
    pub(crate) inputs: Value,
}

impl Counted {
    pub(crate) fn new() -> Self {
        let dir = Dir::new();
        let inputs = json!({"params": {"do": "count", "path": dir.path("calls")}});
        dir.create_dir("artifacts");
        Self { dir, inputs }
    }

    pub(crate) fn base(&self) -> PathBuf {
        self.dir.path("artifacts")
    }

    pub(crate) fn run(&self) -> Finished {
        probe(&self.base(), &self.inputs).run()
    }

    pub(crate) fn calls(&self) -> usize {
        fs::read_to_string(self.dir.path("calls"))
            .unwrap_or_default()
            .lines()
            .count()
    }
}

/// Changes something below a write prefix.
type Tamper = fn(&Path);

#[test]
fn the_same_run_again_changes_nothing() {
    let counted = Counted::new();
    let first = counted.run();
    first.assert_success();
    let before = everything(&counted.base());
    for _ in 0..2 {
        let again = counted.run();
        again.assert_success();
        assert_eq!(again.stdout, first.stdout);
        assert_eq!(everything(&counted.base()), before);
    }
    assert_eq!(counted.calls(), 1);
}

#[test]
fn another_spelling_of_the_inputs_is_the_same_run() {
    let base = Dir::new();
    let first = probe(base.root(), &json!({"params": {"size": 10}})).run();
    let before = everything(base.root());
    let again = probe(base.root(), &Value::Null)
        .inputs(r#" {"mode":"mock", "params":{"si\u007ae": 1e1}, "schema":"v1","files":{}}"#)
        .run();
    assert_eq!(again.stdout, first.stdout);
    assert_eq!(everything(base.root()), before);
}

#[test]
fn other_inputs_are_refused() {
    let base = Dir::new();
    probe(base.root(), &json!({})).run().assert_success();
    let before = everything(base.root());
    for inputs in [json!({"params": {"size": 10}}), json!({"model": "m"}), json!([])] {
        let refused = probe(base.root(), &inputs).run();
        match inputs {
            Value::Array(_) => refused.assert_refused("ERR_INPUTS", 3),
            _ => refused.assert_refused("ERR_EXECUTION_CONFLICT", 22),
        };
        assert_eq!(everything(base.root()), before);
    }
}

#[test]
fn the_same_inputs_in_another_order_are_refused() {
    let base = Dir::new();
    let run = |inputs| probe(base.root(), &Value::Null).inputs(inputs).run();
    run(r#"{"params":{"do":"ok","size":10}}"#).assert_success();
    let before = everything(base.root());
    let refused = run(r#"{"params":{"size":10,"do":"ok"}}"#);
    refused.assert_refused("ERR_EXECUTION_CONFLICT", 22);
    refused.assert_message("keys in another order");
    assert_eq!(everything(base.root()), before);
}

#[test]
fn another_processor_is_refused() {
    let base = Dir::new();
    probe(base.root(), &json!({})).run().assert_success();
    let before = everything(base.root());
    probe(base.root(), &json!({}))
        .env("PROCESSOR_REF", "test/other@1")
        .run()
        .assert_refused("ERR_EXECUTION_CONFLICT", 22);
    assert_eq!(everything(base.root()), before);
}

#[test]
fn a_success_that_was_tampered_with_is_refused_and_left_alone() {
    let tampers: [(&str, Tamper); 11] = [
        ("an output changed", |home| {
            fs::write(home.join("outputs/a.txt"), "b".repeat(1000)).unwrap();
        }),
        ("an output cut", |home| {
            fs::write(home.join("outputs/z.bin"), "").unwrap();
        }),
        ("an output gone", |home| {
            fs::remove_file(home.join("outputs/b/c.json")).unwrap();
        }),
        ("an output's directory gone", |home| {
            fs::remove_dir_all(home.join("outputs/b")).unwrap();
        }),
        ("an output as a link", |home| {
            fs::rename(home.join("outputs/a.txt"), home.join("outputs/moved.txt")).unwrap();
            symlink("moved.txt", home.join("outputs/a.txt")).unwrap();
        }),
        ("an output as a directory", |home| {
            fs::remove_file(home.join("outputs/a.txt")).unwrap();
            fs::create_dir(home.join("outputs/a.txt")).unwrap();
        }),
        ("an output's directory as a link", |home| {
            fs::rename(home.join("outputs"), home.join("moved")).unwrap();
            symlink("moved", home.join("outputs")).unwrap();
        }),
        ("the index changed", |home| {
            let index = fs::read_to_string(home.join("outputs.json")).unwrap();
            fs::write(home.join("outputs.json"), index + "\n").unwrap();
        }),
        ("the index gone", |home| {
            fs::remove_file(home.join("outputs.json")).unwrap();
        }),
        ("the receipt changed", |home| {
            let receipt = fs::read_to_string(home.join("receipt.json")).unwrap();
            fs::write(
                home.join("receipt.json"),
                receipt.replace("unknown", "x@sha256:0"),
            )
            .unwrap();
        }),
        ("the global receipt changed", |home| {
            let path = home.join("../../execution/run-1/determinism.json");
            let receipt = fs::read_to_string(&path).unwrap();
            fs::write(&path, receipt.replace("\"k\":\"v\"", "\"k\":\"w\"")).unwrap();
        }),
    ];
    for (what, tamper) in tampers {
        let counted = Counted::new();
        counted.run().assert_success();
        tamper(&counted.base().join(HOME));
        let before = everything(&counted.base());
        let refused = counted.run();
        assert_eq!(refused.status, 22, "{what}: {refused:?}");
        refused.assert_refused("ERR_EXECUTION_CONFLICT", 22);
        assert_eq!(everything(&counted.base()), before, "{what}");
        assert_eq!(counted.calls(), 1, "{what}");
    }
}

#[test]
fn a_receipt_that_is_lost_is_written_again() {
    for lost in [
        "demo/run-1/receipt.json",
        "execution/run-1/determinism.json",
        "execution",
    ] {
        let counted = Counted::new();
        let first = counted.run();
        let receipt = fs::read(first.prefix.join("receipt.json")).unwrap();
        let lost = counted.base().join(lost);
        if lost.is_dir() {
            fs::remove_dir_all(lost).unwrap();
        } else {
            fs::remove_file(lost).unwrap();
        }
        let again = counted.run();
        again.assert_success();
        assert_eq!(again.stdout, first.stdout);
        assert_eq!(fs::read(again.prefix.join("receipt.json")).unwrap(), receipt);
        assert_eq!(counted.calls(), 1);
    }
}

#[test]
fn both_receipts_in_one_directory() {
    let counted = Counted::new();
    let run = || {
        probe(&counted.base(), &counted.inputs)
            .prefix("/artifacts/execution/{execution_id}/")
            .run()
    };
    let first = run();
    first.assert_success();
    let before = everything(&counted.base());
    let again = run();
    again.assert_success();
    assert_eq!(again.stdout, first.stdout);
    assert_eq!(everything(&counted.base()), before);
    assert_eq!(counted.calls(), 1);
}

#[test]
#[ignore = "needs strace; .ci/run runs it"]
fn a_run_killed_between_its_receipts_is_completed_without_its_provider() {
    let counted = Counted::new();
    // the outputs and the index are moved by renameat2; then the global receipt, then the receipt
    let last_move = Injection::new("renameat", 2, Fault::Kill);
    let killed = inject(&probe(&counted.base(), &counted.inputs), &[last_move]);
    killed.assert_killed();
    assert!(killed.global_receipt.exists() && !killed.prefix.join("receipt.json").exists());
    let receipt = fs::read(&killed.global_receipt).unwrap();

    let completed = counted.run();
    completed.assert_success();
    assert_eq!(fs::read(&completed.global_receipt).unwrap(), receipt);
    assert_eq!(counted.calls(), 1);
}

#[test]
#[ignore = "needs strace; .ci/run runs it"]
fn a_run_killed_before_its_global_receipt_is_done_again() {
    let counted = Counted::new();
    let global_move = Injection::new("renameat", 1, Fault::Kill);
    let killed = inject(&probe(&counted.base(), &counted.inputs), &[global_move]);
    killed.assert_killed();
    assert!(!killed.global_receipt.exists() && killed.prefix.join("outputs.json").exists());

    counted.run().assert_success();
    assert_eq!(counted.calls(), 2);
}
