//! An index that is not what was written, or none by the contracts.

use std::fs;

use documents::hash::sha256;
use serde_json::Value;

use super::{ANSWER, INDEX, change_receipts, differing, success};
use crate::tree::{Run, Tree};

/// Changes the index, and has both receipts name its new hash.
fn change_index(tree: &Tree, from: &str, to: &str) {
    let before = sha256(&tree.read(INDEX));
    tree.replace(INDEX, from, to);
    change_receipts(tree, &before, &sha256(&tree.read(INDEX)));
}

#[test]
fn an_index_that_changed() {
    let tree = success();
    let written = sha256(&tree.read(INDEX));
    tree.replace(INDEX, "application/json", "application/yaml");
    let found = sha256(&tree.read(INDEX));
    assert_eq!(
        differing(&tree, &[]),
        [format!(
            "index outputs.json: has changed: SHA-256 {found} where {written} was written"
        )]
    );
}

#[test]
fn an_index_that_is_hashed_anew_for_a_changed_output() {
    let tree = success();
    let output = r#"{"answer":43}"#;
    let before = sha256(&tree.read(ANSWER));
    tree.write(ANSWER, output);
    tree.replace(INDEX, &before, &sha256(output.as_bytes()));
    let differing = differing(&tree, &[]);
    assert_eq!(differing.len(), 1, "{differing:?}");
    assert!(differing[0].starts_with("index outputs.json: has changed: SHA-256 "));
}

#[test]
fn an_index_that_is_gone_or_none() {
    let tree = success();
    let before = sha256(&tree.read(INDEX));
    tree.write(INDEX, "[]");
    change_receipts(&tree, &before, &sha256(b"[]"));
    assert_eq!(differing(&tree, &[]), ["index outputs.json: is not an index"]);
    fs::remove_file(tree.path(INDEX)).unwrap();
    assert_eq!(differing(&tree, &[]), ["index outputs.json: is missing"]);
}

#[test]
fn an_index_in_another_form() {
    const FORM: &str =
        "index outputs.json: is not one compact line, sorted by path and without a newline at the end";
    for (from, to) in [("}]}", "}]}\n"), ("\":[", "\": ["), ("]}", "],\"more\":1}")] {
        let tree = success();
        change_index(&tree, from, to);
        let found = differing(&tree, &[]);
        match to.contains("more") {
            true => assert_eq!(found, ["index outputs.json: is not an index"]),
            false => assert_eq!(found, [FORM], "{to:?}"),
        }
    }
    let tree = Tree::new();
    let run = Run::of("run-1").output("outputs/a", "text/plain", "same");
    run.output("outputs/b", "text/plain", "same").succeed(&tree);
    let index: Value = serde_json::from_slice(&tree.read(INDEX)).unwrap();
    let [a, b] = ["a", "b"].map(|name| format!("outputs/{name}\""));
    assert_eq!(index["outputs"][0]["cid"], index["outputs"][1]["cid"]);
    change_index(&tree, &a, "outputs/?\"");
    change_index(&tree, &b, &a);
    change_index(&tree, "outputs/?\"", &b);
    assert_eq!(differing(&tree, &[]), [FORM]);
}

#[test]
fn an_index_that_lists_what_is_elsewhere() {
    for elsewhere in [
        "outputs/demo/run-2/outputs/response.json",
        "outputs/demo/run-1/receipt.json",
    ] {
        let tree = success();
        Run::answer("run-2").succeed(&tree);
        change_index(&tree, "outputs/demo/run-1/outputs/response.json", elsewhere);
        let found = differing(&tree, &[]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].ends_with("is not below the `outputs/` of the write prefix, and is listed in its index"),
            "{found:?}"
        );
    }
}
