//! An index that is not what was written, or is not an index.

use std::fs;

use documents::hash::sha256;
use serde_json::Value;

use super::{ANSWER, INDEX, change_receipts, differing, success};
use crate::execution::Execution;
use crate::workspace::Workspace;

/// Changes the index, and has both receipts name its new hash.
fn change_index(workspace: &Workspace, from: &str, to: &str) {
    let before = sha256(&workspace.bytes(INDEX));
    workspace.replace(INDEX, from, to);
    change_receipts(workspace, &before, &sha256(&workspace.bytes(INDEX)));
}

#[test]
fn an_index_that_changed() {
    let workspace = success();
    let written = sha256(&workspace.bytes(INDEX));
    workspace.replace(INDEX, "application/json", "application/yaml");
    let found = sha256(&workspace.bytes(INDEX));
    assert_eq!(
        differing(&workspace, &[]),
        [format!(
            "index outputs.json: has changed: SHA-256 {found} where {written} was written"
        )]
    );
}

#[test]
fn an_index_that_is_hashed_anew_for_a_changed_output() {
    let workspace = success();
    let output = r#"{"answer":43}"#;
    let before = sha256(&workspace.bytes(ANSWER));
    workspace.write(ANSWER, output);
    workspace.replace(INDEX, &before, &sha256(output.as_bytes()));
    let differing = differing(&workspace, &[]);
    assert_eq!(differing.len(), 1, "{differing:?}");
    assert!(differing[0].starts_with("index outputs.json: has changed: SHA-256 "));
}

#[test]
fn an_index_that_is_missing_or_invalid() {
    let workspace = success();
    let before = sha256(&workspace.bytes(INDEX));
    workspace.write(INDEX, "[]");
    change_receipts(&workspace, &before, &sha256(b"[]"));
    assert_eq!(
        differing(&workspace, &[]),
        ["index outputs.json: is not an index"]
    );
    fs::remove_file(workspace.path(INDEX)).unwrap();
    assert_eq!(differing(&workspace, &[]), ["index outputs.json: is missing"]);
}

#[test]
fn an_index_in_another_form() {
    const FORM: &str =
        "index outputs.json: is not one compact line, sorted by path and without a newline at the end";
    for (from, to) in [("}]}", "}]}\n"), ("\":[", "\": ["), ("]}", "],\"more\":1}")] {
        let workspace = success();
        change_index(&workspace, from, to);
        let found = differing(&workspace, &[]);
        if to.contains("more") {
            assert_eq!(found, ["index outputs.json: is not an index"])
        } else {
            assert_eq!(found, [FORM], "{to:?}")
        }
    }
    let workspace = Workspace::empty();
    let run = Execution::new("run-1").output("outputs/a", "text/plain", "same");
    run.output("outputs/b", "text/plain", "same").succeed(&workspace);
    let index: Value = serde_json::from_slice(&workspace.bytes(INDEX)).unwrap();
    let [a, b] = ["a", "b"].map(|name| format!("outputs/{name}\""));
    assert_eq!(index["outputs"][0]["cid"], index["outputs"][1]["cid"]);
    change_index(&workspace, &a, "outputs/?\"");
    change_index(&workspace, &b, &a);
    change_index(&workspace, "outputs/?\"", &b);
    assert_eq!(differing(&workspace, &[]), [FORM]);
}

#[test]
fn an_index_that_lists_what_is_elsewhere() {
    for elsewhere in [
        "outputs/demo/run-2/outputs/response.json",
        "outputs/demo/run-1/receipt.json",
    ] {
        let workspace = success();
        Execution::answer("run-2").succeed(&workspace);
        change_index(&workspace, "outputs/demo/run-1/outputs/response.json", elsewhere);
        let found = differing(&workspace, &[]);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(found[1], "unlisted outputs/response.json: is in no index");
        assert!(
            found[0].ends_with("is not below the `outputs/` of the write prefix, and is listed in its index"),
            "{found:?}"
        );
    }
}
