//! `--save-dir`.

use super::super::workspace::Workspace;

#[test]
fn a_success_can_be_saved_elsewhere() {
    let workspace = Workspace::new();
    let dir = workspace.path("saved/here");
    let save = |workspace: &Workspace, id: &str, params: &str| {
        workspace
            .probe(params)
            .execution_id(id)
            .args(["--save-dir".into(), dir.clone()])
            .run()
    };
    let finished = save(&workspace, "a", "{}");
    let mut expected = support::files_below(&finished.assert_success().prefix);
    let saved = support::files_below(&dir);
    assert_eq!(saved, expected);
    assert_eq!(
        saved.len(),
        5,
        "three outputs, the index, the receipt: {:?}",
        saved.keys()
    );

    // the same again changes nothing, and a part that is missing comes back
    std::fs::remove_file(dir.join("outputs.json")).unwrap();
    save(&workspace, "a", "{}").assert_success();
    assert_eq!(support::files_below(&dir), expected);

    // what another run has saved stops this one before it begins
    let other = save(&workspace, "b", r#"{"size":7}"#);
    other.assert_refused("ERR_USAGE", 2);
    other.assert_message("it has the files of another run; name another directory with --save-dir");
    assert!(!workspace.artifacts().join("execution/b").exists());
    assert_eq!(support::files_below(&dir), expected);

    // and so does what is no file at all
    std::fs::remove_file(dir.join("receipt.json")).unwrap();
    support::make_fifo(&dir.join("receipt.json"));
    let blocked = save(&workspace, "a", "{}");
    blocked.assert_refused("ERR_USAGE", 2);
    std::fs::remove_file(dir.join("receipt.json")).unwrap();
    expected.remove("receipt.json");
    assert_eq!(support::files_below(&dir), expected);

    // another content is not overwritten; the run itself is a success all the same
    std::fs::write(dir.join("outputs.json"), "mine").unwrap();
    let mixed = save(&workspace, "c", r#"{"size":7}"#);
    mixed.assert_status(21);
    assert_eq!(mixed.receipt()["status"], "success");
    assert!(mixed.stderr.contains("name another directory"), "{mixed:?}");
    assert_eq!(std::fs::read(dir.join("outputs.json")).unwrap(), b"mine");
}

#[test]
fn a_directory_that_cannot_be_made_is_found_before_the_run() {
    let workspace = Workspace::new();
    workspace.write("file", "in the way");
    for dir in ["file", "file/below"] {
        let refused = workspace
            .probe("{}")
            .args(["--save-dir".into(), workspace.path(dir)])
            .run();
        refused.assert_refused("ERR_USAGE", 2);
        refused.assert_message("is not a directory");
    }
    assert!(!workspace.artifacts().exists());
}

#[test]
fn a_failure_saves_nothing() {
    let workspace = Workspace::new();
    let finished = workspace
        .probe(r#"{"do":"error"}"#)
        .args(["--save-dir".into(), workspace.path("saved")])
        .run();
    finished.assert_failure("ERR_PROVIDER_FAILED", 15);
    assert!(!workspace.path("saved").exists());
}
