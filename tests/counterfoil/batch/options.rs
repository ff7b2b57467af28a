//! `--save-dir`, `--attach`, `--mode` and secrets, with a batch.

use std::fs;

use serde_json::json;

use super::{Workspace, ok};

const SECRET: &str = "sk-batch-0123456789abcdef";

#[test]
fn saves_every_success_in_its_own_directory() {
    let workspace = Workspace::with_batch(&[ok("a"), json!({"params": {"do": "error"}}), ok("b")]);
    let ended = workspace.batch(&["--save-dir", "saved"]).run();
    ended.assert_batch(1, 2, 1);
    let mut saved: Vec<_> = fs::read_dir(workspace.path("saved"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    saved.sort();
    let mut succeeded: Vec<_> = ended
        .json_lines()
        .iter()
        .filter(|result| result["status"] == "success")
        .map(|result| result["execution_id"].as_str().unwrap().to_owned())
        .collect();
    succeeded.sort();
    assert_eq!(saved, succeeded);
    for id in saved {
        for file in [
            "receipt.json",
            "outputs.json",
            "outputs/a.txt",
            "outputs/b/c.json",
        ] {
            assert_eq!(
                fs::read(workspace.path("saved").join(&id).join(file)).unwrap(),
                fs::read(workspace.prefix_of(&id).join(file)).unwrap()
            );
        }
    }
}

#[test]
fn a_failed_save_shows_in_the_exit_status_and_is_repeated() {
    let workspace = Workspace::with_batch(&[ok("a"), ok("b")]);
    let first = workspace.batch(&[]).run();
    first.assert_batch(0, 2, 0);
    let ids = first.execution_ids();
    workspace.create_dir(&format!("saved/{}", ids[0]));
    let foreign = workspace.write(&format!("saved/{}/mine", ids[0]), "of somebody else");
    let blocked = workspace.batch(&["--save-dir", "saved"]).run();
    blocked.assert_batch(1, 2, 0);
    assert_eq!(
        blocked.summary(),
        "2 lines: 0 done now, 2 before, 1 could not be saved"
    );
    assert!(blocked.stderr.contains("ERR_SAVE"), "{blocked:?}");
    fs::remove_file(foreign).unwrap();
    let second = workspace.batch(&["--save-dir", "saved", "--resume"]).run();
    second.assert_batch(0, 2, 0);
    assert_eq!(second.summary(), "2 lines: 0 done now, 2 before");
    for id in ids {
        assert!(workspace.path("saved").join(id).join("receipt.json").is_file());
    }
}

#[test]
fn what_could_not_be_saved_is_not_run() {
    let workspace = Workspace::with_batch(&[ok("a")]);
    workspace.write("saved", "a file where a directory should be");
    let refused = workspace.batch(&["--save-dir", "saved"]).run();
    refused.assert_refused("ERR_USAGE", 2);
    assert!(workspace.receipts().is_empty());
    fs::remove_file(workspace.path("saved")).unwrap();

    let id = workspace
        .batch(&["--mode", "mock"])
        .run()
        .execution_ids()
        .remove(0);
    fs::remove_dir_all(workspace.path("artifacts")).unwrap();
    workspace.write(&format!("saved/{id}/mine"), "of somebody else");
    let unfit = workspace.batch(&["--save-dir", "saved"]).run();
    unfit.assert_batch(1, 0, 1);
    assert_eq!(unfit.error_codes(), [(1, "ERR_USAGE".into())].into());
    assert!(!workspace.prefix_of(&id).join("outputs").exists());
}

#[test]
fn an_attached_file_goes_along_with_every_line() {
    let line = |n: u8| json!({"params": {"do": "read_file", "name": "notes", "n": n}});
    let workspace = Workspace::with_batch(&[line(1), line(2)]);
    fs::write(workspace.path("notes.txt"), "to be read").unwrap();
    let ended = workspace
        .batch(&["--attach", "notes=notes.txt", "--jobs", "2"])
        .run();
    ended.assert_batch(0, 2, 0);
    for id in ended.execution_ids() {
        let output = workspace
            .path("artifacts/outputs")
            .join(id)
            .join("outputs/file.bin");
        assert_eq!(fs::read(output).unwrap(), b"to be read");
    }
    // kept once
    assert_eq!(
        fs::read_dir(workspace.path("artifacts/inputs")).unwrap().count(),
        1
    );
}

#[test]
fn the_mode_of_the_command_is_that_of_every_line() {
    let workspace = Workspace::with_batch(&[ok("a"), json!({"mode": "mock"})]);
    let refused = workspace.batch(&["--mode", "real"]).run();
    refused.assert_refused("ERR_USAGE", 2);
    refused.assert_message("line 2: --mode real differs from /mode");
    workspace.write_batch(&[ok("a")]);
    let ended = workspace.batch(&["--mode", "real"]).run();
    ended.assert_batch(0, 1, 0);
    assert_eq!(ended.json_lines()[0]["meta"]["mode"], "real");
    assert!(ended.stderr.contains("; mode real, "), "{ended:?}");
    let receipts = workspace.receipts();
    assert_eq!(receipts[&ended.execution_ids()[0]]["mode"], "real");
}

#[test]
fn shows_no_secret() {
    let line = |what: &str| json!({"mode": "real", "params": {"do": what}});
    let workspace = Workspace::with_batch(&[line("secret_error"), line("panic_secret"), line("secret_log")]);
    let ended = workspace
        .batch(&["--jobs", "2"])
        .env("PROBE_SECRET", SECRET)
        .run();
    ended.assert_batch(1, 1, 2);
    let told = format!("{ended:?}");
    assert!(told.contains("[REDACTED]") && !told.contains(SECRET), "{told}");
    for receipt in workspace.receipts().into_values() {
        assert!(!receipt.to_string().contains(SECRET), "{receipt}");
    }
}
