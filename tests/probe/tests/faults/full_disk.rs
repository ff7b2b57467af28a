//! Disks that are full or read-only.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use support::Dir;

use crate::leftovers::{assert_recovers, everything};
use crate::probe;

const THREE: [&str; 3] = ["outputs/a.txt", "outputs/b/c.json", "outputs/z.bin"];

/// A file system in memory, unmounted at the end of the test however it ends.
struct Disk {
    at: PathBuf,
    /// Goes after the unmounting.
    _dir: Dir,
}

impl Disk {
    fn new(options: &str) -> Self {
        Self::below(Dir::new(), "", options)
    }

    /// Only a directory of an artifacts directory is on this disk.
    fn below(base: Dir, dir: &str, options: &str) -> Self {
        let at = base.path(dir);
        fs::create_dir_all(&at).unwrap();
        mount(&["-t", "tmpfs", "-o", options, "tmpfs"], &at);
        Self { at, _dir: base }
    }

    fn path(&self) -> &Path {
        &self.at
    }

    fn remount(&self, options: &str) {
        mount(&["-o", &format!("remount,{options}")], self.path());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let status = Command::new("umount").arg(self.path()).status();
        if !status.is_ok_and(|status| status.success()) {
            eprintln!("{} is still mounted", self.path().display());
        }
    }
}

fn mount(arguments: &[&str], at: &Path) {
    let status = Command::new("mount").args(arguments).arg(at).status();
    assert!(status.unwrap().success(), "mount {arguments:?} {}", at.display());
}

fn of_size(size: u64) -> Value {
    json!({"params": {"size": size}})
}

#[test]
#[ignore = "needs root: mounts a tmpfs; .ci/run runs it"]
fn outputs_that_do_not_fit_leave_error_receipts_alone() {
    let disk = Disk::new("size=1m");
    let inputs = of_size(600_000);
    for _ in 0..2 {
        let refused = probe(disk.path(), &inputs).run();
        refused.assert_failure("ERR_OUTPUT_WRITE", 21);
        refused.assert_message("No space left");
    }
    disk.remount("size=16m");
    assert_recovers(&probe(disk.path(), &inputs).run(), &inputs, &THREE);
}

#[test]
#[ignore = "needs root: mounts a tmpfs; .ci/run runs it"]
fn a_file_that_does_not_fit_leaves_error_receipts_alone() {
    let disk = Disk::new("size=1m");
    let inputs = json!({"params": {"do": "file", "size": 2_000_000}});
    probe(disk.path(), &inputs)
        .run()
        .assert_failure("ERR_OUTPUT_WRITE", 21);
    disk.remount("size=16m");
    let finished = probe(disk.path(), &inputs).run();
    assert_recovers(&finished, &inputs, &["outputs/file.bin"]);
}

#[test]
#[ignore = "needs root: mounts a tmpfs; .ci/run runs it"]
fn a_disk_that_fills_up_at_any_page() {
    let inputs = of_size(10_000);
    let mut failed = 0;
    for pages in 0.. {
        let disk = Disk::new("size=256k");
        // what is left is for the run
        fs::write(disk.path().join("filler"), vec![1; 256 * 1024 - pages * 4096]).unwrap();
        let finished = probe(disk.path(), &inputs).run();
        if finished.status == 0 {
            finished.assert_success();
            break;
        }
        failed += 1;
        assert_eq!(finished.status, 21, "{pages} pages: {finished:?}");
        assert_no_output(disk.path());
        fs::remove_file(disk.path().join("filler")).unwrap();
        assert_recovers(&finished, &inputs, &THREE);
    }
    assert!(failed >= 9, "three outputs take nine pages");
}

#[test]
#[ignore = "needs root: mounts a tmpfs; .ci/run runs it"]
fn a_disk_that_runs_out_of_inodes_at_any_file() {
    let inputs = of_size(1000);
    let mut failed = 0;
    for inodes in 1.. {
        let disk = Disk::new(&format!("nr_inodes={inodes}"));
        let finished = probe(disk.path(), &inputs).run();
        if finished.status == 0 {
            finished.assert_success();
            break;
        }
        failed += 1;
        assert_eq!(finished.status, 21, "{inodes} inodes: {finished:?}");
        assert_no_output(disk.path());
        disk.remount("nr_inodes=100");
        assert_recovers(&finished, &inputs, &THREE);
    }
    assert!(failed >= 12, "a run makes more than twelve files and directories");
}

#[test]
#[ignore = "needs root: mounts a tmpfs; .ci/run runs it"]
fn reports_a_read_only_disk_in_one_message() {
    let disk = Disk::new("size=1m");
    let inputs = of_size(1000);
    let refuse = |message: &str| {
        disk.remount("ro");
        let before = everything(disk.path());
        let refused = probe(disk.path(), &inputs).run();
        refused.assert_refused("ERR_OUTPUT_WRITE", 21);
        assert_eq!(refused.message(), message);
        assert_eq!(everything(disk.path()), before);
        disk.remount("rw");
    };
    refuse("the directory /artifacts/demo cannot be opened or made: Read-only file system (os error 30)");
    fs::create_dir_all(disk.path().join("demo/run-1")).unwrap();
    fs::create_dir_all(disk.path().join("execution/run-1")).unwrap();
    refuse("the write prefix cannot be written: Read-only file system (os error 30)");
    assert_recovers(&probe(disk.path(), &inputs).run(), &inputs, &THREE);
}

#[test]
#[ignore = "needs root: mounts a tmpfs; .ci/run runs it"]
fn repeats_a_success_on_a_read_only_disk() {
    let disk = Disk::new("size=1m");
    let inputs = of_size(1000);
    let first = probe(disk.path(), &inputs).run();
    first.assert_success();
    disk.remount("ro");
    let again = probe(disk.path(), &inputs).run();
    again.assert_success();
    assert_eq!(again.stdout, first.stdout);
}

#[test]
#[ignore = "needs root: mounts a tmpfs; .ci/run runs it"]
fn a_prefix_on_a_disk_of_its_own() {
    let base = Dir::new();
    let artifacts = base.path("");
    let disk = Disk::below(base, "demo/run-1", "size=1m");
    let inputs = of_size(600_000);
    probe(&artifacts, &inputs)
        .run()
        .assert_failure("ERR_OUTPUT_WRITE", 21);
    disk.remount("size=16m");
    // not assert_recovers, which copies to one disk
    probe(&artifacts, &inputs).run().assert_success();
    disk.remount("ro");
    probe(&artifacts, &inputs).run().assert_success();
}

#[track_caller]
fn assert_no_output(base: &Path) {
    let outputs: Vec<_> = everything(base)
        .into_keys()
        .filter(|name| name.contains("/outputs"))
        .collect();
    assert!(outputs.is_empty(), "{outputs:?}");
}
