//! Whom a container of root runs as.

use std::os::unix::fs::{MetadataExt as _, chown};

use rustix::process::geteuid;

use super::engine::{Engine, Workspace, engines};

const SCRIPT: &str = r#"echo "{\"level\":\"info\",\"event\":\"uid $(id -u)\"}" >&2; exec $PROBE "$@""#;

/// A workspace that says whom it runs as, if this can be tried at all.
fn workspace(engine: &Engine) -> Option<Workspace> {
    if geteuid().is_root() {
        return Workspace::with_script(engine, SCRIPT);
    }
    eprintln!("*** SKIPPED: only root's containers run as somebody else ***");
    None
}

#[track_caller]
fn assert_user(workspace: &Workspace, execution_id: &str, uid: u32) {
    let finished = workspace.test().execution_id(execution_id).run();
    finished.assert_success();
    assert!(
        finished.stderr.contains(&format!("\"uid {uid}\"")),
        "{finished:?}"
    );
    let receipt = finished.global_receipt.metadata().unwrap();
    assert_eq!(receipt.uid(), uid, "{finished:?}");
}

#[test]
fn new_artifacts_belong_to_an_unprivileged_user() {
    for engine in engines() {
        let Some(workspace) = workspace(&engine) else {
            continue;
        };
        assert_user(&workspace, "first", 65532);
        assert_user(&workspace, "second", 65532);
    }
}

#[test]
fn roots_own_artifacts_stay_roots() {
    for engine in engines() {
        let Some(workspace) = workspace(&engine) else {
            continue;
        };
        std::fs::create_dir(workspace.artifacts()).unwrap();
        assert_user(&workspace, "first", 0);
        // and are root's after a run without a container
        workspace
            .test_by("process")
            .execution_id("second")
            .run()
            .assert_success();
        assert_user(&workspace, "third", 0);
    }
}

#[test]
fn what_root_has_written_is_given_to_the_user_of_the_artifacts() {
    for engine in engines() {
        let Some(workspace) = workspace(&engine) else {
            continue;
        };
        std::fs::create_dir(workspace.artifacts()).unwrap();
        chown(workspace.artifacts(), Some(65532), Some(65532)).unwrap();
        let refused = workspace.test().execution_id("again").inputs("{").run();
        refused.assert_failure("ERR_INPUTS", 3);
        assert_eq!(refused.global_receipt.metadata().unwrap().uid(), 0);
        assert_user(&workspace, "again", 65532);
        workspace
            .test_by("process")
            .execution_id("again")
            .run()
            .assert_success();
    }
}

#[test]
fn a_file_that_only_root_can_read_is_read_by_root() {
    for engine in engines() {
        let Some(workspace) = workspace(&engine) else {
            continue;
        };
        let workspace = workspace.entry("setting_files: [PROBE_FILE]");
        let file = workspace.write("file", "content");
        support::set_mode(&file, 0o600);
        let test = workspace.test().args(["--mode", "real"]).env("PROBE_FILE", &file);
        let finished = test.run();
        assert!(finished.stderr.contains("\"uid 0\""), "{finished:?}");
    }
}
