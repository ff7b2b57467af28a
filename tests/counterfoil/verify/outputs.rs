//! An output that is not what was written.

use std::fs;
use std::os::unix::fs::symlink;

use documents::hash::sha256;

use super::{ANSWER, PREFIX, differing, success};
use crate::tree::{Run, Tree};

#[test]
fn an_output_that_changed() {
    let tree = success();
    tree.write(ANSWER, r#"{"answer":43}"#);
    let [found, written] = [r#"{"answer":43}"#, r#"{"answer":42}"#].map(|text| sha256(text.as_bytes()));
    assert_eq!(
        differing(&tree, &[]),
        [format!(
            "output outputs/response.json: has changed: SHA-256 {found} where {written} was written"
        )]
    );
}

#[test]
fn an_output_that_is_shorter() {
    let tree = success();
    tree.write(ANSWER, "{");
    assert_eq!(
        differing(&tree, &[]),
        ["output outputs/response.json: has changed: size 1 where 13 was written"]
    );
}

#[test]
fn an_output_that_is_gone() {
    let tree = success();
    fs::remove_file(tree.path(ANSWER)).unwrap();
    assert_eq!(
        differing(&tree, &[]),
        ["output outputs/response.json: is missing"]
    );
    let answer = tree.counterfoil(&["verify", PREFIX]);
    let line = "MISSING  world://artifacts/outputs/demo/run-1/outputs/response.json\n";
    assert!(answer.stdout.contains(line), "{}", answer.stdout);
}

#[test]
fn an_output_behind_a_link() {
    let tree = success();
    fs::rename(tree.path(ANSWER), tree.path("same")).unwrap();
    symlink(tree.path("same"), tree.path(ANSWER)).unwrap();
    assert_eq!(
        differing(&tree, &[]),
        ["output outputs/response.json: is a symbolic link, which is not followed"]
    );
}

#[test]
fn a_folder_behind_a_link() {
    let tree = success();
    let folder = tree.path("artifacts/outputs/demo/run-1/outputs");
    fs::rename(&folder, tree.path("same")).unwrap();
    symlink(tree.path("same"), folder).unwrap();
    assert_eq!(
        differing(&tree, &[]),
        ["output outputs/response.json: is missing"]
    );
}

#[test]
fn every_output_that_differs_is_told() {
    let tree = Tree::new();
    let many = (0..40).fold(Run::of("run-1"), |run, number| {
        run.output(&format!("outputs/{number:02}.txt"), "text/plain", "same")
    });
    many.succeed(&tree);
    let changed = ["03", "17", "39"];
    for name in changed {
        tree.write(&format!("{PREFIX}/outputs/{name}.txt"), "other");
    }
    assert_eq!(
        differing(&tree, &[]),
        changed.map(|name| format!("output outputs/{name}.txt: has changed: size 5 where 4 was written"))
    );
}
