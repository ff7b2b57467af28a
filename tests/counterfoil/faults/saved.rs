//! `--save-dir`.

use std::sync::atomic::{AtomicUsize, Ordering};

use support::{
    Dir, Fault, Finished, Scope, Test, check_all, faults_at_changes, files_below, has_strace, inject_in,
};

use super::{assert_nothing_unfinished, names, prune};
use crate::workspace::Workspace;

const STATUSES: [i32; 7] = [1, 2, 21, 24, 32, 33, 70];

/// A run that saves what it leaves in `out/saved`.
fn saving(workspace: &Workspace) -> Test {
    workspace
        .probe("{}")
        .args(["--save-dir".into(), workspace.path("out/saved")])
}

/// Tries every fault in such a run, in workspaces that the function has prepared.
fn try_all(prepare: impl Fn(&Workspace) + Sync, is_partly_saved: bool) {
    if !has_strace() {
        return;
    }
    let prepared = || {
        let workspace = Workspace::new_in(Dir::in_memory());
        workspace.create_dir("out");
        prepare(&workspace);
        workspace
    };
    let workspace = prepared();
    let faults = faults_at_changes(Scope::MainThread, &saving(&workspace), &Fault::ALL);
    eprintln!("{} faults", faults.len());
    let (all, missed) = (faults.len(), AtomicUsize::new(0));
    check_all(faults, |fault| {
        let workspace = prepared();
        let finished = inject_in(
            Scope::MainThread,
            &saving(&workspace),
            std::slice::from_ref(fault),
        );
        let saved = workspace.path("out/saved");
        let is_removal = ["unlink", "unlinkat", "rmdir"].contains(&fault.syscall.as_str());
        if fault.fault == Fault::Kill {
            missed.fetch_add(usize::from(finished.status == 0), Ordering::Relaxed);
        } else if !is_removal {
            assert_nothing_unfinished(&workspace.path("out"));
        }
        if !is_partly_saved && saved.exists() {
            assert_saved(&workspace, &finished);
        }
        match finished.status {
            0 => assert_saved(&workspace, &finished),
            137 => {}
            status => assert!(STATUSES.contains(&status), "{finished:?}"),
        }

        let again = saving(&workspace).run();
        again.assert_success();
        assert_saved(&workspace, &again);
        assert_eq!(
            names(&workspace.path("out")).into_iter().collect::<Vec<_>>(),
            ["saved"]
        );
        prune(&workspace);
        assert_nothing_unfinished(workspace.root());
    });
    // how often a thread wakes another one is not always the same
    let missed = missed.into_inner();
    assert!(missed * 20 <= all, "{missed} kills came too late");
}

/// Fails unless all of the run is there, and nothing else.
#[track_caller]
fn assert_saved(workspace: &Workspace, finished: &Finished) {
    let saved = files_below(&workspace.path("out/saved"));
    assert_eq!(saved.len(), 5, "{finished:?}");
    assert_eq!(saved, files_below(&finished.prefix), "{finished:?}");
}

#[test]
#[ignore = "needs strace; cargo xtask faults runs it"]
fn a_directory_that_does_not_exist() {
    try_all(|_| {}, false);
}

#[test]
#[ignore = "needs strace; cargo xtask faults runs it"]
fn a_directory_that_lacks_some_files_of_the_run() {
    let prepare = |workspace: &Workspace| {
        saving(workspace).run().assert_success();
        for part in ["outputs/b/c.json", "outputs.json"] {
            std::fs::remove_file(workspace.path("out/saved").join(part)).unwrap();
        }
    };
    try_all(prepare, true);
}

/// What a run of another name left goes, too; what a run has, and what is no run's, stays.
#[test]
fn what_killed_runs_left_is_removed_and_nothing_else() {
    let workspace = Workspace::new();
    let unfinished = ".counterfoil-unfinished-";
    workspace.write(&format!("out/{unfinished}aaaaaa/outputs/a.txt"), "a");
    workspace.write(&format!("out/{unfinished}bbbbbb"), "a table");
    let held = workspace.create_dir(&format!("out/{unfinished}cccccc"));
    let lock = std::fs::File::open(held).unwrap();
    lock.lock().unwrap();
    workspace.write("out/.counterfoil-mine", "x");
    workspace.write("out/elsewhere/x", "x");
    std::os::unix::fs::symlink("elsewhere", workspace.path(&format!("out/{unfinished}dddddd"))).unwrap();

    saving(&workspace).run().assert_success();
    let link = format!("{unfinished}dddddd");
    let held = format!("{unfinished}cccccc");
    assert_eq!(
        names(&workspace.path("out")).into_iter().collect::<Vec<_>>(),
        [".counterfoil-mine", &held, &link, "elsewhere", "saved"]
    );
    drop(lock);
    workspace
        .probe("{}")
        .execution_id("other")
        .args(["--save-dir".into(), workspace.path("out/other")])
        .run()
        .assert_success();
    assert!(!workspace.path("out").join(held).exists());
}
