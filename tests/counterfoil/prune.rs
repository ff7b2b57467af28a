//! `counterfoil prune`.

use std::fs;
use std::path::Path;

use documents::ErrorCode;
use support::{Finished, files_below};

use crate::execution::{Execution, hanging};
use crate::workspace::Workspace;

fn prune(workspace: &Workspace, arguments: &[&str]) -> Finished {
    let prune = ["prune", "--older-than", "0s"];
    let finished = workspace.counterfoil([&prune, arguments].concat()).run();
    finished.assert_status(0);
    finished
}

fn is_empty(dir: &Path) -> bool {
    fs::read_dir(dir).unwrap().next().is_none()
}

#[test]
fn what_a_killed_run_left_is_removed() {
    let workspace = Workspace::empty();
    hanging(&workspace, "mock").kill().assert_killed();
    let young = workspace.counterfoil(["prune"]).run();
    assert_eq!(
        (young.stdout.as_str(), young.stderr.as_str()),
        ("", "0 removed, 0 kept\n")
    );

    let dry = prune(&workspace, &["--dry-run"]);
    let mut lines: Vec<_> = dry.stdout.lines().collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "remove   world://artifacts/demo/",
            "remove   world://artifacts/demo/run-1/",
            "remove   world://artifacts/demo/run-1/.staging-run-1/",
            "remove   world://artifacts/execution/run-1/",
        ]
    );
    assert_eq!(dry.stderr, "4 would be removed, 0 kept\n");
    assert!(workspace.path("artifacts/demo/run-1/.staging-run-1").is_dir());

    let removed = prune(&workspace, &[]);
    assert_eq!(removed.stderr, "4 removed, 0 kept\n");
    assert!(!workspace.path("artifacts/demo").exists());
    assert!(is_empty(&workspace.path("artifacts/execution")));
}

#[test]
fn a_run_keeps_what_it_has() {
    let workspace = Workspace::empty();
    let started = hanging(&workspace, "mock");
    for arguments in [&["--dry-run"][..], &[]] {
        let kept = prune(&workspace, arguments);
        assert!(
            kept.stdout
                .contains("kept     world://artifacts/demo/run-1/.staging-run-1/  a run has it\n"),
            "{kept:?}"
        );
        assert!(!kept.stdout.contains("remove"), "{kept:?}");
    }
    assert!(workspace.path("artifacts/demo/run-1/.staging-run-1").is_dir());
    started.kill().assert_killed();
}

#[test]
fn what_may_have_been_paid_for_stays() {
    let workspace = Workspace::empty();
    hanging(&workspace, "real").kill().assert_killed();
    let kept = prune(&workspace, &["--json"]);
    let lines = kept.json_lines();
    assert_eq!(lines.len(), 1, "{kept:?}");
    assert_eq!(lines[0]["path"], "world://artifacts/demo/run-1/.staging-run-1/");
    assert_eq!(lines[0]["removed"], false);
    assert!(
        lines[0]["why_not"]
            .as_str()
            .unwrap()
            .starts_with("it may have been paid for")
    );
    assert!(workspace.path("artifacts/execution/run-1/started.json").is_file());
}

/// An attached file that a killed run was copying, or the record of a batch.
#[test]
fn files_that_never_got_their_names_are_removed_unless_a_run_has_them() {
    let workspace = Workspace::empty();
    workspace.write("artifacts/.new-1-1", "a part");
    let held = workspace.write("artifacts/.new-1-2", "a part");
    let lock = fs::File::open(held).unwrap();
    lock.lock().unwrap();
    let young = workspace.counterfoil(["prune"]).run();
    assert_eq!(young.stderr, "0 removed, 0 kept\n");

    let pruned = prune(&workspace, &[]);
    let mut lines: Vec<_> = pruned.stdout.lines().collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "kept     world://artifacts/.new-1-2  a run has it",
            "removed  world://artifacts/.new-1-1",
        ]
    );
    drop(lock);
    assert_eq!(prune(&workspace, &[]).stderr, "1 removed, 0 kept\n");
    assert!(is_empty(&workspace.artifacts()));
}

#[test]
fn nothing_else_is_removed() {
    let workspace = Workspace::empty();
    Execution::answer("run-1").succeed(&workspace);
    Execution::new("run-2").fail(&workspace, ErrorCode::Timeout, "it took too long");
    Execution::answer("half").succeed(&workspace);
    fs::remove_file(workspace.path("artifacts/outputs/demo/half/receipt.json")).unwrap();
    workspace.write("artifacts/outputs/demo/half/.staging-half/journal.json", "{}");
    workspace.write("artifacts/inputs/foreign.bin", "x");
    workspace.write("artifacts/outputs/demo/run-1/notes/mine.txt", "x");
    workspace.write("artifacts/outputs/demo/run-2/.staging-not an id/x", "x");
    workspace.write("artifacts/outputs/demo/.staging", "x");
    workspace.create_dir("artifacts/outputs/demo/run-1/outputs/empty");
    let before = files_below(&workspace.artifacts());
    let kept = prune(&workspace, &[]);
    assert_eq!(
        kept.stdout,
        "kept     world://artifacts/outputs/demo/half/.staging-half/  the next run of the same execution id completes its success\n"
    );
    assert_eq!(files_below(&workspace.artifacts()), before);
    assert!(
        workspace
            .path("artifacts/outputs/demo/run-1/outputs/empty")
            .is_dir()
    );

    // killed after both receipts were in place
    workspace.write("artifacts/outputs/demo/run-1/.staging-run-1/x", "x");
    let removed = prune(&workspace, &[]);
    assert_eq!(removed.stderr, "1 removed, 1 kept\n");
    assert_eq!(files_below(&workspace.artifacts()), before);
}

#[test]
fn there_may_be_nothing() {
    let none = prune(&Workspace::empty(), &[]);
    assert_eq!(
        (none.stdout.as_str(), none.stderr.as_str()),
        ("", "0 removed, 0 kept\n")
    );
}
