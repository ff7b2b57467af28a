//! Artifacts directories on disks that are full or read-only.

use std::path::PathBuf;
use std::process::Command;

use super::workspace::Workspace;

/// A file system in memory in a workspace, as its artifacts directory if nothing else is said, unmounted at the end of the test however it ends.
struct Disk {
    workspace: Workspace,
    at: PathBuf,
}

impl Disk {
    fn new(options: &str) -> Self {
        Self::at("artifacts", options)
    }

    fn at(name: &str, options: &str) -> Self {
        let workspace = Workspace::new();
        let at = workspace.create_dir(name);
        let disk = Self { workspace, at };
        disk.mount(&["-t", "tmpfs", "-o", options, "tmpfs"]);
        disk
    }

    fn remount(&self, options: &str) {
        self.mount(&["-o", &format!("remount,{options}")]);
    }

    fn mount(&self, arguments: &[&str]) {
        let status = Command::new("mount").args(arguments).arg(&self.at).status();
        assert!(status.unwrap().success(), "mount {arguments:?}");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.at).status(); // a failed test has been reported already
    }
}

#[test]
#[ignore = "needs root: mounts a tmpfs; .ci/run runs it"]
fn a_full_disk_fails_a_run_until_there_is_room() {
    let disk = Disk::new("size=1m");
    let run = || disk.workspace.probe(r#"{"size":600000}"#).run();
    run().assert_failure("ERR_OUTPUT_WRITE", 21);
    disk.remount("size=16m");
    run().assert_success();
}

#[test]
#[ignore = "needs root: mounts a tmpfs; .ci/run runs it"]
fn an_attached_file_that_does_not_fit_starts_nothing_and_leaves_nothing() {
    let disk = Disk::new("size=1m");
    let file = disk.workspace.write("large", vec![7; 2_000_000]);
    let run = || {
        disk.workspace
            .test()
            .inputs(r#"{"params":{"do":"read_file","name":"large"}}"#)
            .args(["--attach".into(), format!("large={}", file.display())])
            .run()
    };
    let refused = run();
    refused.assert_failure("ERR_OUTPUT_WRITE", 21);
    assert!(
        !refused.files().keys().any(|path| path.starts_with("inputs/")),
        "{refused:?}"
    );
    disk.remount("size=16m");
    run().assert_success();
}

#[test]
#[ignore = "needs root: mounts a tmpfs; .ci/run runs it"]
fn reports_a_read_only_disk_in_the_envelope() {
    let disk = Disk::new("size=1m");
    disk.remount("ro");
    let refused = disk.workspace.test().run();
    refused.assert_refused("ERR_OUTPUT_WRITE", 21);
    assert!(refused.files().is_empty());
    assert!(
        refused.stderr.contains("error_receipt_not_written"),
        "{refused:?}"
    );
    disk.remount("rw");
    disk.workspace.test().run().assert_success();
}

/// A directory cannot be moved into its place: that is found before anything is paid for.
#[test]
#[ignore = "needs root: mounts a tmpfs; .ci/run runs it"]
fn a_mount_point_is_no_place_to_save_in() {
    let disk = Disk::at("mounted", "size=1m");
    let save = |dir: &str| {
        let run = disk.workspace.probe("{}");
        run.args(["--save-dir".into(), disk.workspace.path(dir)]).run()
    };
    let refused = save("mounted");
    refused.assert_refused("ERR_USAGE", 2);
    refused.assert_message("is a mount point");
    assert!(!disk.workspace.path("artifacts/execution").exists());
    save("mounted/below").assert_success();
}
