//! A real run that is killed: what `ls`, `show`, `prune` and the next run say of whether it asked its service.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use support::{
    Dir, EXECUTION_ID, Fault, Finished, Injection, Scope, Test, check_all, faults_at_changes, has_strace,
    inject,
};

use super::prune;
use crate::workspace::{Workspace, probe};

/// A workspace, and a real run of a provider that leaves a line for every call.
struct Start {
    workspace: Workspace,
}

/// How a run was left.
#[derive(Debug)]
struct Left {
    calls: usize,
    has_start: bool,
    has_global_receipt: bool,
    has_receipt: bool,
}

impl Start {
    fn new() -> Self {
        let workspace = Workspace::new_in(Dir::in_memory());
        let calls = workspace.path("calls");
        let inputs = json!({"mode": "real", "params": {"do": "count", "path": calls, "size": 10}});
        // in a file: reading a pipe would make the number of calls depend on who is faster
        workspace.write("inputs.json", inputs.to_string());
        Self { workspace }
    }

    fn run(&self) -> Test {
        Test::processor(probe())
            .artifacts(self.workspace.artifacts())
            .inputs_file(self.workspace.path("inputs.json"))
    }

    fn execution(&self, name: &str) -> PathBuf {
        self.workspace.path("artifacts/execution/run-1").join(name)
    }

    fn calls(&self) -> usize {
        fs::read_to_string(self.workspace.path("calls")).map_or(0, |calls| calls.lines().count())
    }

    fn left(&self) -> Left {
        Left {
            calls: self.calls(),
            has_start: self.execution("started.json").exists(),
            has_global_receipt: self.execution("determinism.json").exists(),
            has_receipt: self.workspace.path("artifacts/demo/run-1/receipt.json").exists(),
        }
    }

    /// What `ls` and `show` say; `None` where there is nothing to be said.
    fn state(&self) -> Option<String> {
        let rows = self.workspace.counterfoil(["ls", "--json"]).run();
        let listed = rows
            .json_lines()
            .first()
            .map(|row| row["status"].as_str().unwrap().to_owned());
        let show = self.workspace.counterfoil(["show", EXECUTION_ID, "--json"]).run();
        if let Some(listed) = &listed {
            let document: Value = serde_json::from_str(&show.assert_status(0).stdout).unwrap();
            assert_eq!(document["state"], *listed, "{document}");
        } else {
            assert_ne!(show.status, 0, "{show:?}");
        }
        listed
    }
}

impl Left {
    /// What is right to be said of it.
    fn state(&self) -> &'static str {
        match self {
            Self {
                has_receipt: true, ..
            } => "success",
            Self {
                has_global_receipt: true,
                ..
            } => "unfinished",
            Self { has_start: true, .. } => "unknown_whether_paid",
            _ => "unfinished",
        }
    }
}

/// Checks what is said of a run that was killed, and what the next one does.
fn check(start: &Start, killed: &Finished) {
    killed.assert_killed();
    let left = start.left();
    assert!(
        left.calls == 0 || left.has_start || left.has_global_receipt,
        "the provider was called, and nothing says so: {left:?}"
    );
    let state = start.state();
    assert!(
        state.as_deref() == Some(left.state()) || (state.is_none() && !start.execution("").exists()),
        "{state:?}: {left:?}"
    );
    let pruned = prune(&start.workspace);
    if !left.has_receipt {
        let stays = left.has_global_receipt || left.has_start;
        assert_eq!(pruned.stdout.contains("kept"), stays, "{left:?}: {pruned:?}");
    }
    if start.execution("").exists() {
        assert_eq!(
            start.state().as_deref(),
            Some(left.state()),
            "after prune: {left:?}"
        );
    }

    let again = start.run().run();
    again.assert_success();
    let is_done = left.has_global_receipt;
    assert_eq!(start.calls(), left.calls + usize::from(!is_done), "{left:?}");
    let attempts = &again.receipt()["extra"]["earlier_attempts"];
    let is_said = again.stderr.contains("\"earlier_attempt\"");
    if left.has_start && !is_done {
        assert_eq!((attempts, is_said), (&json!("1"), true), "{left:?}: {again:?}");
    } else {
        assert_eq!((attempts, is_said), (&Value::Null, false), "{left:?}: {again:?}");
    }
    assert_eq!(start.state().as_deref(), Some("success"));
    assert!(!start.execution("started.json").exists());
    assert!(prune(&start.workspace).stdout.is_empty());
}

#[test]
#[ignore = "needs strace; cargo xtask faults runs it"]
fn a_real_run_that_is_killed_at_any_call() {
    if !has_strace() {
        return;
    }
    let faults = faults_at_changes(Scope::Everything, &Start::new().run(), &[Fault::Kill]);
    eprintln!("{} faults", faults.len());
    let between = std::sync::Mutex::new((0, 0));
    check_all(faults, |fault: &Injection| {
        let start = Start::new();
        let killed = inject(&start.run(), std::slice::from_ref(fault));
        {
            let left = start.left();
            let mut between = between.lock().unwrap();
            between.0 += usize::from(left.has_start && left.calls == 0);
            between.1 += usize::from(left.calls > 0 && !left.has_global_receipt);
        }
        check(&start, &killed);
    });
    let (before_request, before_receipt) = between.into_inner().unwrap();
    assert!(
        before_request > 0 && before_receipt > 0,
        "{before_request}, {before_receipt}"
    );
}

/// A second kill counts as a second attempt.
#[test]
#[ignore = "needs strace; cargo xtask faults runs it"]
fn each_attempt_that_never_ended_is_counted() {
    if !has_strace() {
        return;
    }
    let start = Start::new();
    let global_receipt = [Injection::new("renameat", 1, Fault::Kill)];
    for calls in 1..=3 {
        inject(&start.run(), &global_receipt).assert_killed();
        assert_eq!(start.calls(), calls);
        assert_eq!(start.state().as_deref(), Some("unknown_whether_paid"));
    }
    let again = start.run().run();
    again.assert_success();
    assert_eq!(again.receipt()["extra"]["earlier_attempts"], "3");
}
