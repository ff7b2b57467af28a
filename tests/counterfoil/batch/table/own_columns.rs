//! The columns of rows that fill in a template.

use serde_json::{Value, json};

use super::super::{NEVER, Workspace};
use super::{column, rows};

const RENAMED: &str = r#"columns of the batch have another name in the table: "answer" is "row_answer", "Status" is "row_Status""#;

fn with_rows(name: &str, rows: &str, template: &Value) -> Workspace {
    let workspace = Workspace::with_batch(&[]);
    workspace.write(name, rows);
    workspace.write("request.json", template.to_string());
    workspace
}

fn header(csv: &str) -> Vec<&str> {
    csv.lines().next().unwrap().split(',').collect()
}

#[test]
fn they_come_first_and_keep_their_values() {
    let template = json!({"label": "{{id}}", "params": {"message": "{{text}}"}});
    let table = "id,answer,text,Status,,\nq1,007,\"a, \"\"b\"\"\n=c\",x,y,z\nq2,,d,,,\n";
    let workspace = with_rows("table.csv", table, &template);
    let arguments = ["--template", "request.json", "--out", "t.csv"];
    let ended = workspace.batch_of("table.csv").args(arguments).run();
    ended.assert_batch(0, 2, 0);
    assert!(ended.stderr.contains(RENAMED), "{ended:?}");
    let written = workspace.read("t.csv");
    let own = [
        "id",
        "row_answer",
        "text",
        "row_Status",
        "column_5",
        "column_6",
        "line",
        "label",
    ];
    assert_eq!(header(&written)[..8], own);
    let rows = rows(&written);
    assert_eq!(column(&rows, "text"), ["a, \"b\"\n=c", "d"]);
    assert_eq!(column(&rows, "row_answer"), ["007", ""]);
    assert_eq!(column(&rows, "column_6"), ["z", ""]);
    assert_eq!(column(&rows, "label"), ["q1", "q2"]);
    assert_eq!(column(&rows, "status"), ["success", "success"]);

    // the same at any time
    let again = workspace.results(&["table"]).run();
    assert_eq!(again.stdout, written);
    assert!(again.stderr.starts_with(RENAMED), "{again:?}");
    // the name that one asks for is the one that one gets
    let selected = workspace.results(&["table", "--select", "text=/none"]).run();
    assert_eq!(header(&selected.stdout)[2], "row_text");
}

#[test]
fn rows_of_json_keep_their_types_and_may_have_columns_that_others_lack() {
    let template = json!({"params": {"message": "{{text}}"}});
    let first = json!({"text": "a", "n": 9_007_199_254_740_991_u64, "no": null, "list": [1, "x"]});
    let second = json!({"more": 0.5, "text": "b"});
    let workspace = with_rows("rows.jsonl", &format!("{first}\n{second}\n"), &template);
    let arguments = ["--template", "request.json", "--out", "t.jsonl"];
    let ended = workspace.batch_of("rows.jsonl").args(arguments).run();
    ended.assert_batch(0, 2, 0);
    let text = workspace.read("t.jsonl");
    let start = r#"{"text":"a","n":9007199254740991,"no":null,"list":[1,"x"],"more":null,"line":1,"#;
    assert!(text.starts_with(start), "{text}");
    let start = r#"{"text":"b","n":null,"no":null,"list":null,"more":0.5,"line":2,"#;
    assert!(text.lines().nth(1).unwrap().starts_with(start), "{text}");
    let csv = workspace.results(&["rows"]).run().stdout;
    assert_eq!(column(&rows(&csv), "list"), ["[1,\"x\"]", ""]);
}

#[test]
fn a_line_that_is_not_done_has_them_too() {
    let workspace = Workspace::with_batch(&[]);
    let meet = json!({"do": "meet", "dir": workspace.create_dir("meeting"), "count": NEVER, "n": "{{n}}"});
    workspace.write("request.json", json!({"params": meet}).to_string());
    workspace.write("table.csv", "n,city\n1,Rome\n2,Oslo\n");
    let arguments = ["--template", "request.json", "--jobs", "1"];
    let started = workspace.batch_of("table.csv").args(arguments).start();
    workspace.wait_until_inside(1);
    let during = rows(&workspace.results(&["table"]).run().stdout);
    assert_eq!(column(&during, "city"), ["Rome", "Oslo"]);
    assert_eq!(column(&during, "status"), ["running", "left"]);
    workspace.end_meeting();
    started.wait().assert_batch(0, 2, 0);
}

#[test]
fn what_is_too_large_is_left_out_and_reported() {
    let template = json!({"params": {"message": "{{id}}"}});
    let long = "x".repeat(64 * 1024 + 1);
    let table = format!("id,text\nq1,short\nq2,{long}\nq3,{long}\n");
    let workspace = with_rows("table.csv", &table, &template);
    let arguments = ["--template", "request.json", "--out", "t.csv"];
    let ended = workspace.batch_of("table.csv").args(arguments).run();
    ended.assert_batch(0, 3, 0);
    let message = "the table leaves out values of more than 64 KiB (2, first in line 3)\n";
    assert!(ended.stderr.contains(message), "{ended:?}");
    let rows = rows(&workspace.read("t.csv"));
    assert_eq!(column(&rows, "id"), ["q1", "q2", "q3"]);
    assert_eq!(column(&rows, "text"), ["short", "", ""]);
}

#[test]
fn a_secret_in_a_row_is_not_listed() {
    let secret = "sk-0123456789abcdef";
    let template = json!({"params": {"message": "{{id}}"}});
    let row = json!({"id": "a", "key": secret, "list": [secret]});
    let workspace = with_rows("rows.jsonl", &format!("{row}\n"), &template);
    let arguments = ["--template", "request.json", "--mode", "real", "--out", "t.jsonl"];
    let ended = workspace
        .batch_of("rows.jsonl")
        .args(arguments)
        .env("PROBE_SECRET", secret)
        .run();
    ended.assert_batch(0, 1, 0);
    let text = workspace.read("t.jsonl");
    let start = r#"{"id":"a","key":"[REDACTED]","list":"[\"[REDACTED]\"]","#;
    assert!(text.starts_with(start), "{text}");
    let list = workspace.read("artifacts/batch/rows.lines.jsonl");
    assert!(!list.contains(secret), "{list}");
}
