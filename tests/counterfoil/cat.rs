//! `counterfoil cat`.

use documents::ErrorCode;
use support::Finished;

use crate::execution::Execution;
use crate::workspace::Workspace;

const ANSWER: &str =
    r#"{"choices":[{"message":{"content":"Hello,\nworld \u001b[2J"}}],"big":9007199254740993}"#;

fn runs() -> Workspace {
    let workspace = Workspace::empty();
    Execution::new("run-1")
        .output("outputs/response.json", "application/json", ANSWER)
        .output("outputs/assets/00.webp", "image/webp", "picture")
        .succeed(&workspace);
    Execution::new("two")
        .output("outputs/a.txt", "text/plain", "a")
        .output("outputs/b.txt", "text/plain", "b")
        .succeed(&workspace);
    Execution::new("bad").fail_with(
        &workspace,
        ErrorCode::ProviderResponse,
        "broken JSON; ask again",
        Some("{\"broken"),
    );
    workspace
}

fn cat(workspace: &Workspace, arguments: &[&str]) -> Finished {
    workspace.counterfoil([&["cat"], arguments].concat()).run()
}

#[track_caller]
fn assert_prints(finished: &Finished, expected: &str) {
    assert_eq!(
        (
            finished.status,
            finished.stdout.as_str(),
            finished.stderr.as_str()
        ),
        (0, expected, "")
    );
}

#[test]
fn prints_the_answer_as_it_is() {
    let workspace = runs();
    assert_prints(&cat(&workspace, &["run-1"]), ANSWER);
    assert_prints(&cat(&workspace, &["artifacts/outputs/demo/run-1/"]), ANSWER);
    for name in ["assets/00.webp", "outputs/assets/00.webp"] {
        assert_prints(&cat(&workspace, &["run-1", name]), "picture");
    }
    assert_prints(&cat(&workspace, &["bad", "rejected/response.bin"]), "{\"broken");
}

#[test]
fn selects_by_a_json_pointer() {
    let workspace = runs();
    let select = |pointer| cat(&workspace, &["run-1", "--select", pointer]);
    assert_prints(&select("/choices/0/message/content"), "Hello,\nworld \u{1b}[2J\n");
    assert_prints(&select("/big"), "9007199254740993\n");
    select("/choices/1/message").assert_error_line(
        1,
        "nothing can be selected in world://artifacts/outputs/demo/run-1/outputs/response.json: /choices has no \"1\"",
    );
    select("choices").assert_error_line(
        2,
        "--select choices is no JSON pointer; one is like /choices/0/message/content",
    );
}

#[test]
fn names_what_there_is() {
    let workspace = runs();
    cat(&workspace, &["two"]).assert_error_line(
        2,
        "two has several outputs; name one of outputs/a.txt, outputs/b.txt",
    );
    cat(&workspace, &["two", "c.txt"])
        .assert_error_line(2, "two has no output c.txt; it has outputs/a.txt, outputs/b.txt");
    cat(&workspace, &["bad"]).assert_error_line(
        1,
        "bad failed (ERR_PROVIDER_RESPONSE) and has no outputs; `counterfoil cat bad rejected/response.bin` prints the answer that it could not use",
    );
}

#[test]
fn a_changed_output_is_an_error() {
    let workspace = runs();
    workspace.write("artifacts/outputs/demo/run-1/outputs/assets/00.webp", "Picture");
    let answer = cat(&workspace, &["run-1", "assets/00.webp"]);
    assert_eq!(answer.status, 1);
    assert!(
        answer.stderr.contains("has changed since it was written"),
        "{answer:?}"
    );
}
