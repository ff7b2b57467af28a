//! Values that break tables elsewhere.

use serde_json::{Value, json};

use super::super::Workspace;
use super::{answering, chat, column, rows};

/// What a model may say.
const ODD: [&str; 9] = [
    "two\nlines",
    "Windows\r\nlines\r",
    "say \"hi\", then 'bye'",
    ",;\t|",
    "=1+1",
    "@SUM(A1)",
    "a\0b",
    " \u{feff}Straße 🦀 ",
    "007",
];

#[test]
fn text_is_unchanged_in_csv_and_in_json() {
    let lines: Vec<_> = ODD
        .iter()
        .map(|odd| answering(odd, &chat(&(*odd).into())))
        .collect();
    let workspace = Workspace::with_batch(&lines);
    workspace
        .batch(&["--out", "t.csv"])
        .run()
        .assert_batch(0, ODD.len(), 0);
    let rows = rows(&workspace.read("t.csv"));
    assert_eq!(column(&rows, "answer"), ODD);
    assert_eq!(column(&rows, "label"), ODD);
    let json = workspace.results(&["batch", "--json"]).run().json_lines();
    let answers: Vec<_> = json.iter().map(|row| row["answer"].as_str().unwrap()).collect();
    assert_eq!(answers, ODD);
}

#[test]
fn a_document_over_several_lines_is_one_line_of_the_table() {
    let pretty = "{\r\n  \"n\": 12345678901234567890123,\n  \"list\": [\n    \"a\\nb\",\n    null\n  ],\n  \"no\": null\n}";
    let outputs = json!([{"relpath": "outputs/response.json", "mime": "application/json", "text": pretty}]);
    let workspace = Workspace::with_batch(&[json!({"params": {"do": "outputs", "outputs": outputs}})]);
    workspace.batch(&[]).run().assert_batch(0, 1, 0);
    let selects = ["--select", "all=", "--select", "n=/n", "--select", "no=/no"];
    let ended = workspace
        .results(&[&["batch", "--json"], &selects[..]].concat())
        .run();
    let text = ended.stdout.trim_end();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(
        text.contains(r#""n":12345678901234567890123,"no":null}"#),
        "{text}"
    );
    let row: Value = serde_json::from_str(text).unwrap();
    assert_eq!(row["all"]["list"], json!(["a\nb", null]));
    let csv = workspace
        .results(&[&["batch"], &selects[..]].concat())
        .run()
        .stdout;
    assert_eq!(column(&rows(&csv), "n"), ["12345678901234567890123"]);
    assert_eq!(column(&rows(&csv), "all"), [pretty]);
}
