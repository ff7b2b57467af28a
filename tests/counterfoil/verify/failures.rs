//! Receipts of runs that failed.

use std::fs;

use documents::ErrorCode;
use snapbox::{assert_data_eq, str};
use support::copy_dir;

use super::{PREFIX, TWIN, assert_verified, differing, differing_of};
use crate::execution::Execution;
use crate::workspace::Workspace;

#[test]
fn a_failure_is_verified() {
    let workspace = Workspace::empty();
    Execution::new("run-1").fail(&workspace, ErrorCode::Timeout, "it took too long");
    let answer = workspace.counterfoil(["verify", PREFIX]).run();
    assert_eq!((answer.status, answer.stderr.as_str()), (0, ""));
    assert_data_eq!(
        answer.stdout,
        str![[r#"
ok       world://artifacts/outputs/demo/run-1/receipt.json  546 B
ok       world://artifacts/execution/run-1/determinism.json  546 B
verified: run-1, all 2 checks hold; the receipt records a failure, ERR_TIMEOUT

"#]]
    );
    let global = workspace
        .counterfoil(["verify", "/artifacts/execution/run-1/"])
        .run();
    assert_eq!(global.status, 0);
    assert!(global.stdout.contains("all 2 checks hold"), "{global:?}");
    workspace.replace(TWIN, "too long", "too much");
    assert_eq!(
        differing(&workspace, &[]),
        ["twin execution/run-1/determinism.json: differs from the other receipt of this execution"]
    );
    let alone = workspace
        .counterfoil(["verify", "/artifacts/execution/run-1/"])
        .run();
    assert!(
        alone
            .stdout
            .contains("note     the other receipt of this failure is not found"),
        "{alone:?}"
    );
}

#[test]
fn a_failure_has_no_outputs() {
    let workspace = Workspace::empty();
    Execution::answer("run-1").succeed(&workspace);
    let [index, answer] = ["outputs.json", "outputs/response.json"]
        .map(|name| (name, workspace.read(&format!("{PREFIX}/{name}"))));
    for name in ["outputs.json", "outputs", "execution"] {
        let path = workspace.path(&format!("{PREFIX}/{name}"));
        let _ = fs::remove_file(&path);
        let _ = fs::remove_dir_all(&path);
    }
    Execution::new("run-1").fail(&workspace, ErrorCode::Timeout, "it took too long");
    for (name, text) in [index, answer] {
        workspace.write(&format!("{PREFIX}/{name}"), text);
    }
    let detail = "lies beside the receipt of a failure, which has no outputs";
    for named in [PREFIX, "artifacts/execution/run-1", "run-1"] {
        assert_eq!(
            differing_of(&workspace, named, &[]),
            [
                format!("unlisted outputs/response.json: {detail}"),
                format!("unlisted outputs.json: {detail}")
            ],
            "{named}"
        );
    }
}

#[test]
fn checks_a_saved_answer() {
    let workspace = Workspace::empty();
    let keep = |workspace: &Workspace| {
        let run = Execution::new("run-1");
        run.fail_with(
            workspace,
            ErrorCode::ProviderResponse,
            "it is odd",
            Some("odd answer"),
        );
    };
    keep(&workspace);
    let answer = workspace.counterfoil(["verify", PREFIX]).run();
    assert_eq!((answer.status, answer.stderr.as_str()), (0, ""));
    assert!(
        answer
            .stdout
            .contains("ok       world://artifacts/outputs/demo/run-1/rejected/response.bin  10 B\n"),
        "{answer:?}"
    );
    let shown = workspace.counterfoil(["show", "run-1"]).run();
    assert!(
        shown
            .stdout
            .contains("artifacts/outputs/demo/run-1/rejected/response.bin"),
        "{shown:?}"
    );
    for (change, detail) in [
        (Some("odd answeR"), "has changed: SHA-256"),
        (Some("odd"), "has changed: size 3"),
        (None, "is missing"),
    ] {
        let path = "artifacts/outputs/demo/run-1/rejected/response.bin";
        match change {
            Some(text) => drop(workspace.write(path, text)),
            None => fs::remove_file(workspace.path(path)).unwrap(),
        }
        let found = differing(&workspace, &[]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains(detail), "{found:?}");
    }
    // one that no receipt names
    keep(&workspace);
    let receipt = workspace.read("artifacts/outputs/demo/run-1/receipt.json");
    assert!(receipt.contains("rejected/response.bin"));
    fs::remove_dir_all(workspace.path("artifacts/outputs/demo/run-1/rejected")).unwrap();
    Execution::new("run-1").fail(&workspace, ErrorCode::Timeout, "it took too long");
    workspace.write("artifacts/outputs/demo/run-1/rejected/response.bin", "x");
    let left = workspace.counterfoil(["verify", PREFIX]).run();
    assert_eq!(left.status, 0);
    assert!(
        left.stdout.contains("demo/run-1/rejected is of no receipt"),
        "{left:?}"
    );
}

#[test]
fn a_failure_claims_no_outputs() {
    let workspace = Workspace::empty();
    Execution::new("run-1")
        .with(|receipt| {
            receipt.outputs_index = Some("world://artifacts/outputs/demo/run-1/outputs.json".into())
        })
        .fail(&workspace, ErrorCode::Timeout, "it took too long");
    assert_eq!(
        differing(&workspace, &[]),
        ["receipt receipt.json: records a failure, and yet has outputs_index"]
    );
}

#[test]
fn a_failure_finds_its_twin_from_where_it_lies() {
    let workspace = Workspace::empty();
    Execution::new("run-1").fail(&workspace, ErrorCode::Timeout, "it took too long");
    copy_dir(&workspace.path("artifacts"), &workspace.path("backup"));
    assert_verified(&workspace, &["backup/outputs/demo/run-1"]);
    for artifacts in ["artifacts", "backup"] {
        fs::remove_dir_all(workspace.path(artifacts).join("execution")).unwrap();
    }
    assert_eq!(
        differing(&workspace, &[]),
        ["twin execution/run-1/determinism.json: is missing"]
    );
    // nothing says any more where this one begins
    let answer = workspace
        .counterfoil(["verify", "backup/outputs/demo/run-1"])
        .run();
    assert_eq!((answer.status, answer.stdout.as_str()), (1, ""));
    assert!(
        answer.stderr.contains("name that with --artifacts-dir"),
        "{answer:?}"
    );
    assert_eq!(
        differing_of(
            &workspace,
            "backup/outputs/demo/run-1",
            &["--artifacts-dir", "backup"]
        ),
        ["twin execution/run-1/determinism.json: is missing"]
    );
}
