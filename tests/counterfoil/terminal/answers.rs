//! What a single run prints at a terminal, and where.

use serde_json::{Value, json};
use support::Test;

use super::{At, Seen, seen};
use crate::workspace::{REF, Workspace};

const AUTH: &str = r#"{"do":"error","code":"ERR_PROVIDER_AUTH","message":"the key is wrong"}"#;

/// A run with these outputs, at a terminal without progress and colours.
fn leaving(workspace: &Workspace, outputs: &Value) -> Test {
    people(
        workspace,
        &json!({"do": "outputs", "outputs": outputs}).to_string(),
    )
}

fn people(workspace: &Workspace, params: &str) -> Test {
    workspace.probe(params).for_people().env("TERM", "dumb")
}

fn response(document: &Value) -> Value {
    json!({"relpath": "outputs/response.json", "mime": "application/json", "text": document.to_string()})
}

/// The lines of a text, without what a terminal adds to their ends.
fn lines(text: &str) -> Vec<&str> {
    text.lines().map(|line| line.trim_end_matches('\r')).collect()
}

#[test]
fn a_terminal_shows_the_answer_and_then_a_summary() {
    let workspace = Workspace::new();
    let said =
        json!({"choices": [{"message": {"content": "one\n\ttwo\u{1b}[2J"}}, {"message": {"content": "no"}}]});
    let run = leaving(&workspace, &json!([response(&said)]));
    let Seen { shown, piped, status } = seen(&run, At::Stdout);
    assert_eq!((status, piped.as_str()), (Some(0), ""), "{shown:?}");
    let receipt = workspace.artifacts().join("demo/run-1/receipt.json");
    let shown = lines(&shown);
    assert_eq!(shown[..2], ["one", "\ttwo\\u{1b}[2J"]);
    assert_eq!(shown[2], "");
    assert!(
        shown[3].starts_with(&format!("success  {REF}  mock  run-1  ")),
        "{shown:?}"
    );
    assert!(shown[4].contains("outputs/response.json  "), "{shown:?}");
    assert_eq!(shown[5].trim(), receipt.to_str().unwrap());
    assert_eq!(shown.len(), 6, "{shown:?}");

    let again = seen(&run, At::Both).shown;
    assert!(again.contains("\nsuccess, done before  "), "{again:?}");
}

#[test]
fn files_are_answered_with_their_paths() {
    let workspace = Workspace::new();
    let outputs = json!([
        response(&json!({"result": ["https://x.invalid/a.png"]})),
        {"relpath": "outputs/a.png", "mime": "image/png", "text": "a"},
    ]);
    let Seen { shown, .. } = seen(&leaving(&workspace, &outputs), At::Both);
    let path = workspace.artifacts().join("demo/run-1/outputs/a.png");
    assert_eq!(lines(&shown)[0], path.to_str().unwrap());
    assert_eq!(shown.matches("a.png").count(), 1, "{shown:?}");
    let quiet = seen(&leaving(&workspace, &outputs).arg("-q"), At::Both);
    assert_eq!(lines(&quiet.shown), [path.to_str().unwrap()]);
}

#[test]
fn a_failure_is_told_once() {
    let workspace = Workspace::new();
    for arguments in [&[][..], &["-v"], &["-q"]] {
        let Seen { shown, status, .. } = seen(&people(&workspace, AUTH).args(arguments), At::Both);
        assert_eq!(status, Some(10), "{shown:?}");
        assert_eq!(shown.matches("the key is wrong").count(), 1, "{shown:?}");
        assert!(!shown.contains('{'), "no JSON for people: {shown:?}");
        assert_eq!(shown.contains("run failed"), arguments == ["-v"], "{shown:?}");
    }
    let json = seen(&people(&workspace, AUTH).arg("--json"), At::Both).shown;
    assert_eq!(json.matches("the key is wrong").count(), 1, "{json:?}");
    assert!(json.starts_with(r#"{"status":"error""#), "{json:?}");
}

#[test]
fn a_failure_has_its_receipt_below_it() {
    let workspace = Workspace::new();
    let Seen { shown, piped, status } = seen(&people(&workspace, AUTH), At::Stdout);
    let receipt = workspace.artifacts().join("execution/run-1/determinism.json");
    assert_eq!(status, Some(10));
    assert_eq!(
        lines(&shown),
        [
            &format!("ERR_PROVIDER_AUTH  {REF}  run-1"),
            "  the key is wrong",
            &format!("  {}", receipt.display())
        ]
    );
    // the log is elsewhere, and so has it in full
    assert!(
        piped.starts_with("error run failed") && piped.contains("error=the key is wrong"),
        "{piped:?}"
    );
}

#[test]
fn a_terminal_is_told_of_a_failure_whose_envelope_goes_elsewhere() {
    let workspace = Workspace::new();
    let Seen { shown, piped, status } = seen(&people(&workspace, AUTH), At::Stderr);
    assert_eq!(status, Some(10));
    assert_eq!(lines(&shown), ["error: ERR_PROVIDER_AUTH: the key is wrong"]);
    let envelope = support::json_lines(&piped).pop().unwrap();
    assert_eq!(envelope["error"]["code"], "ERR_PROVIDER_AUTH");
}

#[test]
fn the_log_at_a_terminal_is_short_lines_on_stderr() {
    let workspace = Workspace::new();
    let logging = r#"{"do":"debug_log","message":"m\u001b[2J"}"#;
    let warned = seen(&people(&workspace, logging), At::Stdout);
    assert_eq!(
        lines(&warned.piped),
        [r"error probe error  text=m [2J", r"warn probe warn  text=m [2J"],
    );
    assert!(!warned.shown.contains("probe warn"), "{}", warned.shown);
    let moved = people(&workspace, logging)
        .execution_id("moved")
        .env("LOG_STREAM", "stdout");
    let moved = seen(&moved, At::Stdout);
    assert_eq!(moved.piped, "");
    assert!(moved.shown.contains("warn probe warn"), "{}", moved.shown);
}
