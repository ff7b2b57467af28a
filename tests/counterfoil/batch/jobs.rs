//! `--jobs`.

use super::{Workspace, finish, ok};

#[test]
fn as_many_run_at_once_as_are_allowed() {
    let workspace = Workspace::with(&[]);
    // nobody leaves before three are in
    workspace.write(&workspace.meeting(12, 3));
    workspace.run(&["--jobs", "3"]).assert(0, 12, 0);
    let met = workspace.met();
    assert_eq!(met.len(), 12);
    assert!(met.iter().all(|inside| *inside <= 3), "{met:?}");
}

#[test]
fn without_jobs_one_runs_after_the_other() {
    let workspace = Workspace::with(&[]);
    workspace.write(&workspace.meeting(4, 1));
    workspace.run(&[]).assert(0, 4, 0);
    assert_eq!(workspace.met(), [1, 1, 1, 1]);
}

#[test]
fn many_jobs_are_not_held_back_by_the_soft_limit_of_open_files() {
    let workspace = Workspace::with(&[]);
    let lines = 40;
    workspace.write(&workspace.meeting(lines, lines as u64));
    let batch = workspace.command(&["--jobs", "40"]);
    let mut command = std::process::Command::new("/bin/sh");
    command
        .args(["-c", "ulimit -Sn 64 && exec \"$0\" \"$@\""])
        .arg(batch.get_program())
        .args(batch.get_args())
        .current_dir(batch.get_current_dir().unwrap())
        .env_clear()
        .envs(batch.get_envs().filter_map(|(name, value)| Some((name, value?))));
    finish(command).assert(0, lines, 0);
}

#[test]
fn more_jobs_than_lines_are_no_error() {
    let workspace = Workspace::with(&[ok("a")]);
    workspace.run(&["--jobs", "1024"]).assert(0, 1, 0);
}
