//! Inputs documents that are wrong, missing, or not there to be read.

use std::os::unix::fs::symlink;

use support::Dir;

use super::{bare, probe};

#[test]
fn refuses_invalid_documents() {
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
        let finished = bare().inputs(document).run();
        finished.assert_failure("ERR_INPUTS", 3);
        let receipt = finished.receipt();
        for unknown in ["inputs_hash", "mode", "outputs_index", "usage", "processor_info"] {
            assert!(receipt.get(unknown).is_none(), "{unknown}: {receipt}");
        }
    }
    bare()
        .inputs(r#"{"mode":"Real"}"#)
        .run()
        .assert_failure("ERR_MODE", 3);
}

#[test]
fn a_document_that_is_too_large() {
    let finished = bare().inputs(vec![b' '; 64 * 1024 * 1024 + 1]).run();
    finished.assert_failure("ERR_INPUTS", 3);
    finished.assert_message("64 MiB");
}

#[test]
fn a_file_that_is_missing_a_directory_or_unreadable() {
    let dir = Dir::new();
    let looping = dir.path("loop"); // unreadable for root as well
    symlink(&looping, &looping).unwrap();
    for path in [dir.path("missing.json"), dir.path(""), looping] {
        let finished = bare().inputs_file(&path).run();
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
    let dir = Dir::new();
    let path = dir.write("inputs.json", r#"{"params":{"do":"none"}}"#);
    let from_file = bare().inputs_file(path).run();
    let from_pipe = probe(r#"{"do":"none"}"#).run();
    from_file.assert_success();
    from_pipe.assert_success();
    assert_eq!(
        from_file.receipt()["inputs_hash"],
        from_pipe.receipt()["inputs_hash"]
    );
}

#[test]
fn stdin_closed() {
    bare()
        .under(["sh", "-c", "exec \"$0\" \"$@\" <&-"])
        .run()
        .assert_failure("ERR_INPUTS", 3);
}

#[test]
fn refuses_input_files_outside_the_artifacts() {
    let outside = Dir::new();
    outside.write("secret.txt", "outside");
    let artifacts = Dir::new();
    symlink(outside.root(), artifacts.path("directory")).unwrap();
    symlink(outside.path("secret.txt"), artifacts.path("link.txt")).unwrap();
    artifacts.write("good.txt", "inside");
    let with = |path: &str| {
        bare()
            .artifacts(artifacts.root())
            .execution_id(&path.replace(['/', '%'], "_"))
            .inputs(format!(
                r#"{{"params":{{"do":"read_file","name":"f"}},"files":{{"f":{{"path":"world://artifacts/{path}"}}}}}}"#
            ))
            .run()
    };
    with("good.txt").assert_success();
    for path in [
        "directory/secret.txt",
        "link.txt",
        "missing.txt",
        "directory",
        "x/../good.txt",
        "%2e%2e/x",
    ] {
        let finished = with(path);
        finished.assert_failure("ERR_INPUTS", 3);
        finished.assert_message("/files/f");
    }
}

/// They would take gigabytes of memory.
#[test]
fn a_document_with_too_many_values() {
    let list = format!("[{}0]", "0,".repeat(1_000_000));
    let finished = bare().inputs(format!(r#"{{"params":{{"list":{list}}}}}"#)).run();
    finished.assert_failure("ERR_INPUTS", 3);
    finished.assert_message("more than 1,000,000 values");
    finished.assert_message("/params/list");
}
