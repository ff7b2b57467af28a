//! `--jobs`.

use super::{Workspace, ok};

#[test]
fn as_many_run_at_once_as_are_allowed() {
    let workspace = Workspace::with_batch(&[]);
    // nobody leaves before three are in
    workspace.write_batch(&workspace.meeting(12, 3));
    workspace.batch(&["--jobs", "3"]).run().assert_batch(0, 12, 0);
    let met = workspace.met();
    assert_eq!(met.len(), 12);
    assert!(met.iter().all(|inside| *inside <= 3), "{met:?}");
}

#[test]
fn without_jobs_one_runs_after_the_other() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write_batch(&workspace.meeting(4, 1));
    workspace.batch(&[]).run().assert_batch(0, 4, 0);
    assert_eq!(workspace.met(), [1, 1, 1, 1]);
}

#[test]
fn many_jobs_are_not_held_back_by_the_soft_limit_of_open_files() {
    let workspace = Workspace::with_batch(&[]);
    let lines = 40;
    workspace.write_batch(&workspace.meeting(lines, lines as u64));
    let limited = ["/bin/sh", "-c", "ulimit -Sn 64 && exec \"$0\" \"$@\""];
    let finished = workspace.batch(&["--jobs", "40"]).under(limited).run();
    finished.assert_batch(0, lines, 0);
}

/// Nothing can raise it.
#[test]
fn jobs_are_held_to_what_the_hard_limit_of_open_files_allows() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write_batch(&workspace.meeting(12, 4));
    let limited = ["/bin/sh", "-c", "ulimit -n 140 && exec \"$0\" \"$@\""];
    let finished = workspace.batch(&["--jobs", "64"]).under(limited).run();
    finished.assert_batch(0, 12, 0);
    assert!(
        finished
            .stderr
            .contains("--jobs 64 is held to 4, as this process may have 140 files open"),
        "{finished:?}"
    );
    assert!(workspace.met().iter().all(|inside| *inside <= 4));
}

#[test]
fn too_few_open_files_are_called_by_their_name() {
    let workspace = Workspace::new();
    let mut named = 0;
    for limit in 6..30 {
        let limited = format!("ulimit -n {limit} && exec \"$0\" \"$@\"");
        let id = format!("run-{limit}");
        let test = workspace.test().execution_id(&id);
        let finished = test.under(["/bin/sh", "-c", &limited]).run();
        assert!(!finished.stdout.contains("was replaced"), "{limit}: {finished:?}");
        named += usize::from(finished.stdout.contains("allow more open files with `ulimit -n`"));
    }
    assert!(named > 0);
}

#[test]
fn more_jobs_than_lines_are_no_error() {
    let workspace = Workspace::with_batch(&[ok("a")]);
    workspace.batch(&["--jobs", "1024"]).run().assert_batch(0, 1, 0);
}
