//! `--template`: rows that fill in a request.

use std::fs;

use serde_json::json;

use super::Workspace;

const TEMPLATE: &str =
    r#"{"label": "{{id}}", "model": "m", "params": {"message": "Say: {{text}}", "n": "{{n | int}}"}}"#;

fn with_table(table: &str) -> Workspace {
    let workspace = Workspace::with_batch(&[]);
    workspace.write("table.csv", table);
    workspace.write("request.json", TEMPLATE);
    workspace
}

#[test]
fn rows_of_csv_fill_it_in() {
    let workspace =
        with_table("id,text,n\r\nq1,plain,1\r\n,,\r\nq2,\"a \"\"quoted\"\"},\nsecond {{id}} line\",2\r\n");
    let run = |arguments: &[&str]| workspace.batch_of("table.csv").args(arguments).run();
    let ended = run(&["--template", "request.json"]);
    ended.assert_batch(0, 2, 0);
    let lines = ended.json_lines();
    assert_eq!((&lines[0]["line"], &lines[1]["line"]), (&json!(2), &json!(4)));
    assert_eq!(
        (&lines[0]["label"], &lines[1]["label"]),
        (&json!("q1"), &json!("q2"))
    );
    assert!(
        ended
            .stderr
            .starts_with("the batch looks like CSV (--format csv)"),
        "{ended:?}"
    );

    // they are what the same documents would be
    workspace.write_batch(&[
        json!({"model": "m", "params": {"message": "Say: plain", "n": 1}}),
        json!({"model": "m", "params": {"message": "Say: a \"quoted\"},\nsecond {{id}} line", "n": 2}}),
    ]);
    let by_hand = workspace.batch(&["--execution-id", "table"]).run();
    assert_eq!(by_hand.before(), [1, 2]);
}

#[test]
fn rows_of_json_fill_it_in_too() {
    let workspace = with_table("");
    let row = json!({"id": 7, "text": "plain", "n": 1});
    workspace.write("rows.jsonl", format!("{row}\n"));
    let ended = workspace
        .batch_of("rows.jsonl")
        .args(["--template", "request.json"])
        .run();
    ended.assert_batch(0, 1, 0);
    assert_eq!(ended.json_lines()[0]["label"], "7");
    workspace.write("rows.jsonl", format!("{row}\n{{\"id\":\"q2\"}}\n"));
    let missing = workspace
        .batch_of("rows.jsonl")
        .args(["--template", "request.json"])
        .run();
    missing.assert_refused("ERR_USAGE", 2);
    missing.assert_message("line 2: there is no column n, text");
}

#[test]
fn a_failed_row_of_several_lines_is_tried_again() {
    let workspace = with_table("what\n\"error\"\n\"er\nror\"\n");
    workspace.write(
        "request.json",
        r#"{"params":{"do":"{{what | replace('\n', '')}}","code":"ERR_PROVIDER_UNAVAILABLE"}}"#,
    );
    let ended = workspace
        .batch_of("table.csv")
        .args(["--format", "csv", "--template", "request.json", "--attempts", "2"])
        .run();
    ended.assert_batch(1, 0, 2);
    assert_eq!(ended.line_numbers(), [2, 3]);
    assert!(
        ended
            .error_codes()
            .values()
            .all(|code| code == "ERR_PROVIDER_UNAVAILABLE"),
        "{ended:?}"
    );
}

#[test]
fn what_does_not_fit_is_found_before_the_first_row() {
    let long = "id,text,n\nq1,a,1\nq2,b\n";
    for (table, template, message) in [
        (
            "id,txt,n\nq1,a,1\n",
            TEMPLATE,
            "has no column text, which the template names; it has id, txt, n",
        ),
        (
            long,
            TEMPLATE,
            "line 3: the row has 2 fields, and the header has 3",
        ),
        ("id,id\n", TEMPLATE, "has two columns id"),
        (
            long,
            r#"{"params": {"message": "the same"}}"#,
            "the template request.json names no column",
        ),
        (
            "id,text,n\nq1,a,1\n",
            r#"{"params": {"message": "{{text | nofilter}}"}}"#,
            "the template's /params/message cannot be filled in: filter nofilter is unknown",
        ),
        (
            long,
            "{\"params\":",
            "the template request.json is not valid JSON here: ",
        ),
        (
            long,
            r#"{"params": {"a": ["{{text"]}}"#,
            "has a string that is no template in /params/a/0: ",
        ),
        (
            long,
            r#"{"params": {"a": "{text}"}}"#,
            "the template request.json names no column, so that every row would ask the same",
        ),
        (
            long,
            r#"{"params": {"a": "{{text}}", "{{id}}": 1}}"#,
            "has a name that would be filled in, /params/{{id}}, and only values are",
        ),
    ] {
        let workspace = with_table(table);
        workspace.write("request.json", template);
        let ended = workspace
            .batch_of("table.csv")
            .args(["--template", "request.json"])
            .run();
        ended.assert_refused("ERR_USAGE", 2);
        ended.assert_message(message);
        assert!(!workspace.path("artifacts").exists());
    }
    let workspace = with_table(long);
    fs::remove_file(workspace.path("request.json")).unwrap();
    let ended = workspace
        .batch_of("table.csv")
        .args(["--template", "request.json"])
        .run();
    ended.assert_refused("ERR_USAGE", 2);
    ended.assert_message("the template request.json cannot be read: ");
}
