//! Receipts that differ, or are not receipts.

use std::fs;

use documents::inputs;

use super::{PREFIX, RECEIPT, TWIN, change_receipts, differing, success};
use crate::execution::{Execution, INPUTS};

#[test]
fn twins_that_differ() {
    let workspace = success();
    workspace.replace(TWIN, "\"duration_ms\":3", "\"duration_ms\":4");
    assert_eq!(
        differing(&workspace, &[]),
        ["twin execution/run-1/determinism.json: differs from the other receipt of this execution"]
    );
}

#[test]
fn a_twin_that_is_gone() {
    let workspace = success();
    fs::remove_file(workspace.path(TWIN)).unwrap();
    assert_eq!(
        differing(&workspace, &[]),
        ["twin execution/run-1/determinism.json: is missing"]
    );
}

#[test]
fn receipts_in_another_form() {
    let with_newline = |text: &str| format!("{text}\n");
    let spaced = |text: &str| text.replacen(':', ": ", 1);
    for (change, detail) in [
        (
            &with_newline as &dyn Fn(&str) -> String,
            "is canonical, but has white space before or after it",
        ),
        (&spaced, "is not in its canonical form (RFC 8785)"),
    ] {
        let workspace = success();
        let text = workspace.read(RECEIPT);
        workspace.write(RECEIPT, change(&text));
        workspace.write(TWIN, change(&text));
        assert_eq!(
            differing(&workspace, &[]),
            [format!("receipt receipt.json: {detail}")]
        );
    }
}

#[test]
fn receipts_with_fields_that_are_wrong() {
    let hash = inputs::parse(INPUTS.as_bytes()).unwrap().hashes.inputs_hash;
    for (from, to, detail) in [
        (
            "2026-11-24T01:02:03Z",
            "2026-11-24 01:02:03",
            "has timestamp_utc, but not as a time of the form YYYY-MM-DDTHH:MM:SSZ",
        ),
        (
            "llm/litellm@1",
            "litellm",
            "has processor_ref, but not as ns/name@ver",
        ),
        (
            &hash,
            "00",
            "has inputs_hash, but not as 64 lower-case hexadecimal digits",
        ),
        ("\"mode\":\"mock\",", "", "has no mode"),
        (
            "\"duration_ms\":3",
            "\"duration_ms\":3.5",
            "has duration_ms, but not as a count of milliseconds",
        ),
        (
            "\"execution_id\":",
            "\"error\":{\"code\":\"ERR_X\",\"message\":\"\"},\"execution_id\":",
            "records a success, and yet has error",
        ),
        (
            "\"hash_schema\":",
            "\"extra\":{},\"hash_schema\":",
            "has extra, but not as an object of texts that is left out when it is empty",
        ),
    ] {
        let workspace = success();
        change_receipts(&workspace, from, to);
        assert_eq!(
            differing(&workspace, &[]),
            [format!("receipt receipt.json: {detail}")],
            "{to}"
        );
    }
}

#[test]
fn an_invalid_receipt_and_one_of_another_run() {
    let workspace = success();
    workspace.write(RECEIPT, "{");
    let found = differing(&workspace, &[]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("receipt receipt.json: is not JSON"),
        "{found:?}"
    );

    let workspace = success();
    Execution::answer("run-2").succeed(&workspace);
    fs::copy(
        workspace.path("artifacts/outputs/demo/run-2/receipt.json"),
        workspace.path(RECEIPT),
    )
    .unwrap();
    assert_eq!(
        differing(&workspace, &[]),
        ["receipt receipt.json: lies where it does not say that it is"]
    );
}

#[test]
fn an_unknown_field_is_a_note() {
    let workspace = success();
    change_receipts(&workspace, "\"usage\":{}", "\"usage\":{},\"witness\":1");
    let answer = workspace.counterfoil(["verify", PREFIX]).run();
    assert_eq!(answer.status, 0, "{answer:?}");
    assert!(
        answer
            .stdout
            .contains("has fields that this version does not know: witness\n"),
        "{answer:?}"
    );
}

/// Nothing is signed, and `verify` says so.
#[test]
fn receipts_that_were_changed_alike_are_beyond_it() {
    let workspace = success();
    change_receipts(&workspace, "\"duration_ms\":3", "\"duration_ms\":4");
    let answer = workspace.counterfoil(["verify", PREFIX]).run();
    assert_eq!(answer.status, 0, "{answer:?}");
    let help = workspace.counterfoil(["verify", "--help"]).run().stdout;
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for sentence in [
        "Receipts are not signed.",
        "can change a receipt and its twin alike",
    ] {
        assert!(help.contains(sentence), "{help}");
    }
}
