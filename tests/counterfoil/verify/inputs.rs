//! Inputs documents, compared with what a receipt says of them.

use documents::{Mode, inputs};
use serde_json::Value;

use super::{PREFIX, assert_verified, differing, success};
use crate::execution::{Execution, INPUTS};

#[test]
fn inputs_that_agree() {
    let workspace = success();
    workspace.write("inputs.json", format!(" {INPUTS} "));
    assert_verified(&workspace, &[PREFIX, "--inputs", "inputs.json"]);
    // `run --mode real` sets the mode of a document that has none
    let mut real: Value = serde_json::from_str(INPUTS).unwrap();
    real["mode"] = "real".into();
    let hashes = inputs::parse(real.to_string().as_bytes()).unwrap().hashes;
    let run = Execution::answer("run-2").with(|receipt| {
        receipt.mode = Some(Mode::Real);
        receipt.inputs_hash = Some(hashes.inputs_hash);
        receipt.inputs_sha256 = Some(hashes.inputs_sha256);
    });
    run.succeed(&workspace);
    assert_verified(
        &workspace,
        &["artifacts/outputs/demo/run-2", "--inputs", "inputs.json"],
    );
}

#[test]
fn the_order_of_keys_counts() {
    const OTHERWISE: &str = r#"{"params":{"b":1,"a":2}}"#;
    const GIVEN: &str = r#"{"params":{"a":2,"b":1}}"#;
    let hashes = inputs::parse(GIVEN.as_bytes()).unwrap().hashes;
    let run = Execution::answer("run-2").with(|receipt| {
        receipt.inputs_hash = Some(hashes.inputs_hash.clone());
        receipt.inputs_sha256 = Some(hashes.inputs_sha256.clone());
    });
    let workspace = success();
    run.succeed(&workspace);
    let arguments = ["artifacts/outputs/demo/run-2", "--inputs", "inputs.json"];
    workspace.write("inputs.json", GIVEN);
    assert_verified(&workspace, &arguments);
    workspace.write("inputs.json", OTHERWISE);
    let told = workspace
        .counterfoil(["verify", arguments[0], arguments[1], arguments[2]])
        .run();
    assert_eq!(told.status, 1);
    assert!(told.stdout.contains("its keys in another order"), "{told:?}");

    let older = Execution::answer("run-3").with(|receipt| {
        receipt.inputs_hash = Some(hashes.inputs_hash);
        receipt.inputs_sha256 = None;
    });
    older.succeed(&workspace);
    let told = workspace
        .counterfoil([
            "verify",
            "artifacts/outputs/demo/run-3",
            "--inputs",
            "inputs.json",
        ])
        .run();
    assert_eq!(told.status, 0);
    assert!(told.stdout.contains("older than inputs_sha256"), "{told:?}");
}

#[test]
fn inputs_from_a_pipe() {
    let workspace = success();
    let verify = workspace.counterfoil(["verify", PREFIX, "--inputs", "-"]);
    verify.stdin(INPUTS).run().assert_status(0);
}

#[test]
fn inputs_that_differ() {
    let workspace = success();
    workspace.write("inputs.json", "{}");
    let found = differing(&workspace, &["--inputs", "inputs.json"]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("inputs inputs: has the hash "), "{found:?}");
    workspace.write("inputs.json", r#"{"params":[]}"#);
    assert_eq!(
        differing(&workspace, &["--inputs", "inputs.json"]),
        ["inputs inputs: /params is not an object"]
    );
}
