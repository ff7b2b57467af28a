//! An output that is not what was written.

use std::fs;
use std::os::unix::fs::symlink;

use documents::hash::sha256;

use super::{ANSWER, PREFIX, differing, success};
use crate::execution::Execution;
use crate::workspace::Workspace;

#[test]
fn an_output_that_changed() {
    let workspace = success();
    workspace.write(ANSWER, r#"{"answer":43}"#);
    let [found, written] = [r#"{"answer":43}"#, r#"{"answer":42}"#].map(|text| sha256(text.as_bytes()));
    assert_eq!(
        differing(&workspace, &[]),
        [format!(
            "output outputs/response.json: has changed: SHA-256 {found} where {written} was written"
        )]
    );
}

#[test]
fn an_output_that_is_shorter() {
    let workspace = success();
    workspace.write(ANSWER, "{");
    assert_eq!(
        differing(&workspace, &[]),
        ["output outputs/response.json: has changed: size 1 where 13 was written"]
    );
}

#[test]
fn an_output_that_is_gone() {
    let workspace = success();
    fs::remove_file(workspace.path(ANSWER)).unwrap();
    assert_eq!(
        differing(&workspace, &[]),
        ["output outputs/response.json: is missing"]
    );
    let answer = workspace.counterfoil(["verify", PREFIX]).run();
    let line = "MISSING  world://artifacts/outputs/demo/run-1/outputs/response.json\n";
    assert!(answer.stdout.contains(line), "{answer:?}");
}

#[test]
fn an_output_behind_a_link() {
    let workspace = success();
    fs::rename(workspace.path(ANSWER), workspace.path("same")).unwrap();
    symlink(workspace.path("same"), workspace.path(ANSWER)).unwrap();
    assert_eq!(
        differing(&workspace, &[]),
        ["output outputs/response.json: is a symbolic link, which is not followed"]
    );
}

#[test]
fn a_directory_behind_a_link() {
    let workspace = success();
    let dir = workspace.path("artifacts/outputs/demo/run-1/outputs");
    fs::rename(&dir, workspace.path("same")).unwrap();
    symlink(workspace.path("same"), dir).unwrap();
    assert_eq!(
        differing(&workspace, &[]),
        [
            "output outputs/response.json: is missing",
            "unlisted outputs: is in no index"
        ]
    );
}

#[test]
fn what_no_index_lists() {
    let workspace = success();
    fs::create_dir(workspace.path(&format!("{PREFIX}/outputs/empty"))).unwrap();
    workspace.write(&format!("{PREFIX}/outputs/.hidden"), "");
    workspace.write(&format!("{PREFIX}/outputs/more/file"), "");
    symlink(
        workspace.path(ANSWER),
        workspace.path(&format!("{PREFIX}/outputs/link")),
    )
    .unwrap();
    assert_eq!(
        differing(&workspace, &[]),
        [
            "outputs/.hidden",
            "outputs/empty/",
            "outputs/link",
            "outputs/more/file"
        ]
        .map(|name| format!("unlisted {name}: is in no index"))
    );
}

#[test]
fn other_files_of_the_prefix_fail_if_asked() {
    let workspace = success();
    workspace.write(&format!("{PREFIX}/notes.txt"), "mine");
    let answer = workspace.counterfoil(["verify", PREFIX]).run();
    answer.assert_status(0);
    let note = "note     world://artifacts/outputs/demo/run-1/notes.txt is of no receipt\n";
    assert!(answer.stdout.contains(note), "{answer:?}");
    assert_eq!(
        differing(&workspace, &["--strict"]),
        ["unlisted notes.txt: is of no receipt"]
    );
}

#[test]
fn reports_every_output_that_differs() {
    let workspace = Workspace::empty();
    let many = (0..40).fold(Execution::new("run-1"), |run, number| {
        run.output(&format!("outputs/{number:02}.txt"), "text/plain", "same")
    });
    many.succeed(&workspace);
    let changed = ["03", "17", "39"];
    for name in changed {
        workspace.write(&format!("{PREFIX}/outputs/{name}.txt"), "other");
    }
    assert_eq!(
        differing(&workspace, &[]),
        changed.map(|name| format!("output outputs/{name}.txt: has changed: size 5 where 4 was written"))
    );
}
