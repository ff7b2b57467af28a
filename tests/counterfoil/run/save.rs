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

    // another content is not overwritten; the run itself is a success all the same
    let other = save(&workspace, "b", r#"{"size":7}"#);
    other.assert_status(21);
    assert_eq!(other.envelope()["status"], "success");
    assert_eq!(other.receipt()["status"], "success");
    assert!(other.stderr.contains("name another directory"), "{other:?}");
    assert_eq!(support::files_below(&dir), expected);

    // nor is what is no file at all
    std::fs::remove_file(dir.join("receipt.json")).unwrap();
    support::make_fifo(&dir.join("receipt.json"));
    let blocked = save(&workspace, "a", "{}");
    blocked.assert_status(21);
    std::fs::remove_file(dir.join("receipt.json")).unwrap();
    expected.remove("receipt.json");
    assert_eq!(support::files_below(&dir), expected);
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
