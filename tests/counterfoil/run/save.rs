//! `--save-dir`.

use crate::workspace::{BINARY, Workspace, probe};

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

    // a directory that has another run is found before anything is run
    let other = save(&workspace, "b", r#"{"size":7}"#);
    other.assert_refused("ERR_USAGE", 2);
    other.assert_message("has other files");
    assert!(!workspace.path("artifacts/execution/b").exists());
    assert_eq!(support::files_below(&dir), expected);

    // so is what is no file at all
    std::fs::remove_file(dir.join("receipt.json")).unwrap();
    support::make_fifo(&dir.join("receipt.json"));
    let blocked = save(&workspace, "a", "{}");
    blocked.assert_refused("ERR_USAGE", 2);
    std::fs::remove_file(dir.join("receipt.json")).unwrap();
    expected.remove("receipt.json");
    assert_eq!(support::files_below(&dir), expected);
}

#[test]
fn a_place_that_cannot_be_used_is_found_before_the_run() {
    let workspace = Workspace::new();
    workspace.write("file", "here");
    std::os::unix::fs::symlink("nowhere", workspace.path("link")).unwrap();
    for place in ["file", "file/below", "link"] {
        let finished = workspace
            .probe("{}")
            .args(["--save-dir".into(), workspace.path(place)])
            .run();
        finished.assert_refused("ERR_USAGE", 2);
        finished.assert_message("--save-dir ");
        assert!(!finished.artifacts().join("execution").exists(), "{place}");
    }
}

/// It is made, empty, before the run and filled by others meanwhile: the run stays a success.
#[test]
fn what_cannot_be_saved_after_all_has_a_code_of_its_own() {
    let workspace = Workspace::new();
    let saved = workspace.path("saved");
    let script = format!(
        "mkdir '{0}' && : > '{0}/mine' && exec $PROBE \"$@\"",
        saved.display()
    );
    let workspace = workspace.script(BINARY, &script);
    let save = |dir: &str| {
        let test = workspace.test();
        test.args(["--save-dir".into(), workspace.path(dir)]).run()
    };
    let finished = save("saved");
    finished.assert_status(24);
    assert_eq!(finished.envelope()["status"], "success");
    assert_eq!(finished.receipt()["status"], "success");
    for part in ["ERR_SAVE: the run succeeded", "--execution-id run-1"] {
        assert!(finished.stderr.contains(part), "{finished:?}");
    }
    assert_eq!(support::files_below(&saved).len(), 1);
    let beside = std::fs::read_dir(workspace.root()).unwrap();
    let mut hidden = beside.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(
        !hidden.any(|name| name.starts_with(".counterfoil")),
        "a part was left"
    );

    // the way out that it names
    workspace.install(&probe());
    std::fs::create_dir(workspace.path("empty")).unwrap();
    save("empty").assert_success();
    assert_eq!(support::files_below(&workspace.path("empty")).len(), 5);
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
