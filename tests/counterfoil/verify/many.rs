//! Several runs at once.

use std::fs;

use documents::ErrorCode;
use serde_json::Value;
use snapbox::{assert_data_eq, str};

use super::ANSWER;
use crate::execution::Execution;
use crate::workspace::Workspace;

fn batch() -> Workspace {
    let workspace = Workspace::empty();
    for id in ["run-1", "q-00000000000000ab", "q-00000000000000ab-2", "q-1"] {
        Execution::answer(id).succeed(&workspace);
    }
    Execution::new("q-00000000000000ac").fail(&workspace, ErrorCode::Timeout, "it took too long");
    workspace
}

#[test]
fn a_batch_is_verified_and_summed_up() {
    let workspace = batch();
    let answer = workspace.counterfoil(["verify", "--batch", "q"]).run();
    assert_eq!((answer.status, answer.stderr.as_str()), (0, ""));
    assert_data_eq!(
        answer.stdout,
        str![[r#"
verified: q-00000000000000ab, all 4 checks hold
verified: q-00000000000000ab-2, all 4 checks hold
verified: q-00000000000000ac, all 2 checks hold; the receipt records a failure, ERR_TIMEOUT
3 runs: 3 verified (of 1 the receipt records a failure)

"#]]
    );
}

#[test]
fn what_differs_is_named_among_many() {
    let workspace = batch();
    workspace.write(ANSWER, "{}");
    fs::create_dir(workspace.path("artifacts/execution/killed")).unwrap();
    let all = ["verify", "--quiet", "q-*", "run-1", "killed", "none"];
    let answer = workspace.counterfoil(all).run();
    assert_eq!((answer.status, answer.stderr.as_str()), (1, ""));
    assert_data_eq!(
        answer.stdout,
        str![[r#"
DIFFERS  world://artifacts/outputs/demo/run-1/outputs/response.json has changed: size 2 where 13 was written
not verified: of run-1, 1 of 4 checks failed
DIFFERS  killed there is no receipt: the run is unfinished
not verified: of killed, 1 of 1 checks failed
DIFFERS  none there is no execution none below ./artifacts; `counterfoil ls` shows what is there, and --artifacts-dir names another directory
not verified: of none, 1 of 1 checks failed
7 runs: 4 verified (of 1 the receipt records a failure), 3 not verified

"#]]
    );
    let json = workspace.counterfoil(["verify", "*", "--json"]).run();
    assert_eq!(json.status, 1);
    let verified: Vec<Value> = json
        .json_lines()
        .iter()
        .map(|report| report["verified"].clone())
        .collect();
    assert_eq!(verified, [false, true, true, true, true, false]);
}

#[test]
fn a_changed_failure_is_found_among_many() {
    let workspace = batch();
    workspace.replace(
        "artifacts/outputs/demo/q-00000000000000ac/receipt.json",
        "too long",
        "too much",
    );
    let answer = workspace
        .counterfoil([
            "verify",
            "q-00000000000000ac",
            "/artifacts/outputs/demo/q-00000000000000ac/",
        ])
        .run();
    assert_eq!(answer.status, 1);
    assert!(
        answer
            .stdout
            .ends_with("2 runs: 1 verified (of 1 the receipt records a failure), 1 not verified\n"),
        "{answer:?}"
    );
}

#[test]
fn nothing_is_not_verified() {
    let workspace = batch();
    for (arguments, status, sentence) in [
        (
            &["x-*"][..],
            1,
            "no execution below ./artifacts has a name like x-*",
        ),
        (
            &["--batch", "x"],
            1,
            "there is no line of a batch x below ./artifacts",
        ),
        (&["q*b*"], 2, "is not the beginning of execution ids"),
        (
            &["q-*", "--inputs", "-"],
            2,
            "--inputs is the document of one run",
        ),
        (&[], 2, "required"),
    ] {
        let answer = workspace.counterfoil([&["verify"], arguments].concat()).run();
        assert_eq!(
            (answer.status, answer.stdout.as_str()),
            (status, ""),
            "{arguments:?}"
        );
        assert!(answer.stderr.contains(sentence), "{answer:?}");
    }
}
