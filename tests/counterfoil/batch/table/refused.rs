//! What is refused before anything is run, or paid for a table that cannot be.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::super::{Workspace, ok};

#[test]
fn a_table_that_cannot_be_written_is_refused_before_anything_is_run() {
    let workspace = Workspace::with_batch(&[ok("a")]);
    workspace.write("batch.csv", ok("a").to_string());
    workspace.create_dir("dir.csv");
    #[cfg(not(feature = "parquet"))]
    {
        let ended = workspace.batch(&["--out", "t.parquet"]).run();
        ended.assert_refused("ERR_USAGE", 2);
        ended.assert_message(
            "t.parquet is no table that this build writes; write .csv, of which DuckDB makes Parquet, or build counterfoil with the feature parquet",
        );
    }
    for (arguments, message) in [
        (
            &["--out", "table"][..],
            "table is no table that this build writes; end its name in .csv",
        ),
        (
            &["--out", "nowhere/t.csv"],
            "nowhere/t.csv cannot be written: No such file or directory (os error 2); name another file",
        ),
        (&["--out", "dir.csv"], "dir.csv is not a file"),
        (
            &["--out", "t.csv", "--select", "answer=/x"],
            "the table has a column answer already",
        ),
        (
            &["--out", "t.csv", "--select", "a=/x", "--select", "a=/y"],
            "the table has a column a already",
        ),
    ] {
        let ended = workspace.batch(arguments).run();
        ended.assert_refused("ERR_USAGE", 2);
        ended.assert_message(message);
    }
    let own = workspace
        .batch_of("batch.csv")
        .args(["--out", "./batch.csv"])
        .run();
    own.assert_refused("ERR_USAGE", 2);
    own.assert_message("batch.csv is the file of the batch itself");
    assert!(!workspace.artifacts().exists());
    for wrong in ["x", "x=y", "=/x", "x=/~2"] {
        let ended = workspace.batch(&["--out", "t.csv", "--select", wrong]).run();
        ended.assert_status(2);
        assert!(ended.stderr.contains("NAME=/POINTER"), "{ended:?}");
    }
    assert!(!workspace.path("t.csv").exists());
}

#[test]
fn a_table_replaces_nothing_that_the_batch_is_made_of() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write("rows.csv", "text\na\n");
    let template = r#"{"params":{"message":"{{text}}"}}"#;
    workspace.write("template.jsonl", template);
    fs::hard_link(workspace.path("rows.csv"), workspace.path("linked.csv")).unwrap();
    symlink("template.jsonl", workspace.path("link.jsonl")).unwrap();
    let batch = |out: &str| {
        let batch = workspace.batch_of("rows.csv");
        batch.args(["--template", "template.jsonl", "--out", out]).run()
    };
    batch("t.csv").assert_batch(0, 1, 0);
    let list = "artifacts/batch/rows.lines.jsonl";
    let before = workspace.read(list);
    for (out, why) in [
        (
            list,
            "artifacts/batch/rows.lines.jsonl is in the artifacts directory",
        ),
        ("artifacts/t.csv", "artifacts/t.csv is in the artifacts directory"),
        ("linked.csv", "linked.csv is the file of the batch itself"),
        ("template.jsonl", "template.jsonl is the template itself"),
        ("link.jsonl", "link.jsonl is the template itself"),
    ] {
        let ended = batch(out);
        ended.assert_refused("ERR_USAGE", 2);
        ended.assert_message(&format!("{why}; name another file with --out"));
    }
    let ended = workspace.results(&["rows", "--out", list]).run();
    ended.assert_status(2);
    assert!(
        ended.stderr.contains("is in the artifacts directory"),
        "{ended:?}"
    );
    assert_eq!(workspace.read(list), before);
    assert_eq!(workspace.read("template.jsonl"), template);
    assert_eq!(workspace.read("rows.csv"), "text\na\n");
}

#[test]
fn a_link_stays_and_a_file_keeps_its_mode() {
    let workspace = Workspace::with_batch(&[ok("a")]);
    workspace.create_dir("private");
    symlink("private/t.csv", workspace.path("link.csv")).unwrap();
    workspace
        .batch(&["--out", "link.csv"])
        .run()
        .assert_batch(0, 1, 0);
    let target = workspace.path("private/t.csv");
    assert!(target.symlink_metadata().unwrap().is_file());
    fs::set_permissions(&target, Permissions::from_mode(0o600)).unwrap();
    fs::write(&target, "old").unwrap();
    workspace
        .results(&["batch", "--out", "link.csv"])
        .run()
        .assert_status(0);
    assert!(workspace.path("link.csv").is_symlink());
    assert!(workspace.read("private/t.csv").starts_with("line,"));
    assert_eq!(target.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_batch_that_there_is_not_is_named() {
    let workspace = Workspace::with_batch(&[ok("a")]);
    workspace.batch(&[]).run().assert_batch(0, 1, 0);
    for (name, message) in [
        (
            "batch.jsonl",
            "no batch is named batch.jsonl; a batch has the name of its file without the extension",
        ),
        ("../x", "no batch is named \"../x\""),
    ] {
        let ended = workspace.results(&[name, "--out", "t.csv"]).run();
        ended.assert_status(2);
        assert!(ended.stderr.contains(message), "{ended:?}");
        assert!(!workspace.path("t.csv").exists());
    }
    // one that an earlier version began has no list
    std::fs::remove_file(workspace.path("artifacts/batch/batch.lines.jsonl")).unwrap();
    let ended = workspace.results(&["batch"]).run();
    ended.assert_status(2);
    let message = "the batch batch has no list of its lines; run its command again";
    assert!(ended.stderr.contains(message), "{ended:?}");
    workspace.batch(&[]).run().assert_batch(0, 1, 0);
    workspace.results(&["batch"]).run().assert_status(0);
}
