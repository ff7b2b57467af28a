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

#[test]
fn more_jobs_than_lines_are_no_error() {
    let workspace = Workspace::with_batch(&[ok("a")]);
    workspace.batch(&["--jobs", "1024"]).run().assert_batch(0, 1, 0);
}
