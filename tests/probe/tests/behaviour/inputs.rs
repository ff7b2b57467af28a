//! Inputs documents that are wrong, missing, or not there to be read.

use std::os::unix::fs::symlink;
use std::process::Stdio;

use support::Run;
use tempfile::TempDir;

use super::{bare, probe};

#[test]
fn documents_that_are_wrong() {
    for document in [
        "",
        "{",
        "[]",
        "{} {}",
        "\u{feff}{}",
        r#"{"params":{"a":1,"a":2}}"#,
        r#"{"params":{"n":12345678901234567890}}"#,
        r#"{"surprise":1}"#,
        r#"{"params":7}"#,
    ] {
        let finished = bare().inputs(document).finish();
        finished.assert_failure("ERR_INPUTS", 3);
        let receipt = finished.receipt();
        for unknown in ["inputs_hash", "mode", "outputs_index", "usage", "processor_info"] {
            assert!(receipt.get(unknown).is_none(), "{unknown}: {receipt}");
        }
    }
    bare()
        .inputs(r#"{"mode":"Real"}"#)
        .finish()
        .assert_failure("ERR_MODE", 3);
}

#[test]
fn a_document_that_is_too_large() {
    let finished = bare().inputs(vec![b' '; 64 * 1024 * 1024 + 1]).finish();
    finished.assert_failure("ERR_INPUTS", 3);
    assert!(finished.message().contains("64 MiB"), "{finished:?}");
}

#[test]
fn a_file_that_is_missing_a_folder_or_unreadable() {
    let folder = TempDir::new().unwrap();
    let looping = folder.path().join("loop"); // unreadable for root as well
    symlink(&looping, &looping).unwrap();
    for path in [
        folder.path().join("missing.json"),
        folder.path().to_owned(),
        looping,
    ] {
        let finished = bare().inputs_file(&path).finish();
        finished.assert_failure("ERR_INPUTS", 3);
        let shown = path.to_string_lossy().into_owned();
        assert!(
            !finished.message().contains(&shown),
            "a host path in {finished:?}"
        );
    }
}

#[test]
fn a_file_or_a_pipe() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("inputs.json");
    std::fs::write(&path, r#"{"params":{"do":"none"}}"#).unwrap();
    let from_file = bare().inputs_file(&path).finish();
    let from_pipe = probe(r#"{"do":"none"}"#).finish();
    from_file.assert_success();
    from_pipe.assert_success();
    assert_eq!(
        from_file.receipt()["inputs_hash"],
        from_pipe.receipt()["inputs_hash"]
    );
}

#[test]
fn stdin_closed() {
    let run: Run = bare();
    let child = std::process::Command::new("sh")
        .args(["-c", "exec \"$0\" \"$@\" <&-"])
        .arg(run.command().get_program())
        .args(run.command().get_args())
        .env_clear()
        .envs(
            run.command()
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    run.wait(child).assert_failure("ERR_INPUTS", 3);
}

#[test]
fn input_files_that_are_elsewhere() {
    let outside = TempDir::new().unwrap();
    std::fs::write(outside.path().join("secret.txt"), "outside").unwrap();
    let base = TempDir::new().unwrap();
    symlink(outside.path(), base.path().join("folder")).unwrap();
    symlink(outside.path().join("secret.txt"), base.path().join("link.txt")).unwrap();
    std::fs::write(base.path().join("good.txt"), "inside").unwrap();
    let with = |path: &str| {
        bare()
            .base(base.path())
            .execution_id(&path.replace(['/', '%'], "_"))
            .inputs(format!(
                r#"{{"params":{{"do":"read_file","name":"f"}},"files":{{"f":{{"path":"world://artifacts/{path}"}}}}}}"#
            ))
            .finish()
    };
    with("good.txt").assert_success();
    for path in [
        "folder/secret.txt",
        "link.txt",
        "missing.txt",
        "folder",
        "x/../good.txt",
        "%2e%2e/x",
    ] {
        let finished = with(path);
        finished.assert_failure("ERR_INPUTS", 3);
        assert!(finished.message().contains("/files/f"), "{finished:?}");
    }
}
