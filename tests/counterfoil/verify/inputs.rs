//! Inputs documents, compared with what a receipt says of them.

use std::io::Write as _;
use std::process::Stdio;

use documents::{Mode, inputs};
use serde_json::Value;

use super::{PREFIX, assert_verified, differing, success};
use crate::tree::{INPUTS, Run};

#[test]
fn inputs_that_agree() {
    let tree = success();
    tree.write("inputs.json", format!(" {INPUTS} "));
    assert_verified(&tree, &[PREFIX, "--inputs", "inputs.json"]);
    // `run --mode real` sets the mode of a document that has none
    let mut real: Value = serde_json::from_str(INPUTS).unwrap();
    real["mode"] = "real".into();
    let hashes = inputs::parse(real.to_string().as_bytes()).unwrap().hashes;
    let run = Run::answer("run-2").with(|receipt| {
        receipt.mode = Some(Mode::Real);
        receipt.inputs_hash = Some(hashes.inputs_hash);
        receipt.inputs_sha256 = Some(hashes.inputs_sha256);
    });
    run.succeed(&tree);
    assert_verified(
        &tree,
        &["artifacts/outputs/demo/run-2", "--inputs", "inputs.json"],
    );
}

#[test]
fn the_order_of_keys_counts() {
    const OTHERWISE: &str = r#"{"params":{"b":1,"a":2}}"#;
    const GIVEN: &str = r#"{"params":{"a":2,"b":1}}"#;
    let hashes = inputs::parse(GIVEN.as_bytes()).unwrap().hashes;
    let run = Run::answer("run-2").with(|receipt| {
        receipt.inputs_hash = Some(hashes.inputs_hash.clone());
        receipt.inputs_sha256 = Some(hashes.inputs_sha256.clone());
    });
    let tree = success();
    run.succeed(&tree);
    let arguments = ["artifacts/outputs/demo/run-2", "--inputs", "inputs.json"];
    tree.write("inputs.json", GIVEN);
    assert_verified(&tree, &arguments);
    tree.write("inputs.json", OTHERWISE);
    let told = tree.counterfoil(&["verify", arguments[0], arguments[1], arguments[2]]);
    assert_eq!(told.status, 1);
    assert!(
        told.stdout.contains("its keys in another order"),
        "{}",
        told.stdout
    );

    let older = Run::answer("run-3").with(|receipt| {
        receipt.inputs_hash = Some(hashes.inputs_hash);
        receipt.inputs_sha256 = None;
    });
    older.succeed(&tree);
    let told = tree.counterfoil(&[
        "verify",
        "artifacts/outputs/demo/run-3",
        "--inputs",
        "inputs.json",
    ]);
    assert_eq!(told.status, 0);
    assert!(
        told.stdout.contains("older than inputs_sha256"),
        "{}",
        told.stdout
    );
}

#[test]
fn inputs_from_a_pipe() {
    let tree = success();
    let mut command = tree.command(&["verify", PREFIX, "--inputs", "-"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(INPUTS.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn inputs_that_differ() {
    let tree = success();
    tree.write("inputs.json", "{}");
    let found = differing(&tree, &["--inputs", "inputs.json"]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("inputs inputs: has the hash "), "{found:?}");
    tree.write("inputs.json", r#"{"params":[]}"#);
    assert_eq!(
        differing(&tree, &["--inputs", "inputs.json"]),
        ["inputs inputs: /params is not an object"]
    );
}
