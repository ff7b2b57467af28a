//! The table of a batch: `--out`, and `counterfoil results` at any time.

mod oddities;
mod own_columns;
#[cfg(feature = "parquet")]
mod parquet;
mod refused;
mod states;

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};
use support::{Finished, Test};

use super::{NEVER, Workspace, ok};

const SAID: &str = "one, \"two\"\nthree | four";

/// A row by the names of its columns.
type Row = BTreeMap<String, String>;

impl Workspace {
    fn results(&self, arguments: &[&str]) -> Test {
        self.counterfoil(["results"]).args(arguments)
    }
}

/// The rows of a CSV file.
fn rows(csv: &str) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

/// The values of one column.
fn column(rows: &[Row], name: &str) -> Vec<String> {
    rows.iter().map(|row| row[name].clone()).collect()
}

/// A line whose run answers with this document, and leaves a file besides.
fn answering(label: &str, response: &Value) -> Value {
    let outputs = json!([
        {"relpath": "outputs/response.json", "mime": "application/json", "text": response.to_string()},
        {"relpath": "outputs/data.json", "mime": "application/json", "text": "{\"n\": 9007199254740993}"},
    ]);
    json!({"label": label, "params": {"do": "outputs", "outputs": outputs}})
}

fn chat(content: &Value) -> Value {
    json!({"choices": [{"message": {"role": "assistant", "content": content}}]})
}

fn paid(n: u64, usd: f64) -> Value {
    let usage = json!({"cost_usd": usd, "prompt_tokens": 7, "completion_tokens": n});
    json!({"params": {"n": n, "usage": usage}})
}

fn assert_sums(ended: &Finished, sums: &str) {
    assert_eq!(ended.stderr.lines().last(), Some(sums), "{ended:?}");
}

#[test]
fn rows_come_in_the_order_of_the_file_and_say_what_became_of_each_line() {
    let workspace = Workspace::with_batch(&[]);
    let mut lines = workspace.meeting(1, NEVER); // the first line ends last
    lines.push(answering("said", &chat(&SAID.into())));
    lines.push(json!({"label": "wrong", "params": {"do": "error", "message": "not so"}}));
    lines.push(ok("files"));
    let text: Vec<_> = lines.iter().map(Value::to_string).collect();
    workspace.write("batch.jsonl", format!("\n{}\n", text.join("\n")));
    let arguments = ["--jobs", "2", "--out", "answers.csv"];
    let mut started = workspace.batch(&arguments).start();
    for _ in 0..3 {
        started.next_json();
    }
    workspace.end_meeting();
    let ended = started.wait();
    ended.assert_batch(1, 3, 1);
    assert_eq!(ended.line_numbers().last(), Some(&2));

    let written = workspace.read("answers.csv");
    let rows = rows(&written);
    assert_eq!(column(&rows, "line"), ["2", "3", "4", "5"]);
    assert_eq!(column(&rows, "label"), ["", "said", "wrong", ""]);
    assert_eq!(
        column(&rows, "status"),
        ["success", "success", "error", "success"]
    );
    assert_eq!(rows[1]["answer"], SAID);
    assert_eq!(
        (&*rows[2]["code"], &*rows[2]["message"]),
        ("ERR_PROVIDER_FAILED", "not so")
    );
    for path in rows[3]["answer"].lines() {
        assert!(workspace.path(path).is_file(), "{path}");
    }
    let by_line: BTreeMap<_, _> = ended
        .line_numbers()
        .into_iter()
        .zip(ended.execution_ids())
        .collect();
    assert_eq!(
        column(&rows, "execution_id"),
        by_line.into_values().collect::<Vec<_>>()
    );

    // the same at any time
    let again = workspace.results(&["batch"]).run();
    again.assert_status(0);
    assert_eq!(again.stdout, written);
    assert_sums(&again, "4 lines: 3 done, 1 failed (ERR_PROVIDER_FAILED 1)");
}

#[test]
fn every_form_has_the_same_rows() {
    let workspace = Workspace::with_batch(&[answering("a|b", &chat(&SAID.into())), paid(2, 0.25)]);
    workspace.batch(&["--out", "t.jsonl"]).run().assert_batch(0, 2, 0);
    let text = workspace.read("t.jsonl");
    let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["line"], &first["label"], &first["answer"]),
        (&json!(1), &json!("a|b"), &json!(SAID))
    );
    assert_eq!(first["cost_usd"], Value::Null);
    let second: Value = serde_json::from_str(text.lines().nth(1).unwrap()).unwrap();
    assert_eq!(
        (&second["cost_usd"], &second["total_tokens"]),
        (&json!(0.25), &json!(9))
    );
    assert_eq!(workspace.results(&["batch", "--json"]).run().stdout, text);

    workspace
        .results(&["batch", "--out", "t.md"])
        .run()
        .assert_status(0);
    let markdown = workspace.read("t.md");
    let lines: Vec<_> = markdown.lines().collect();
    assert!(
        lines[0].starts_with("| line | label | status | answer |"),
        "{markdown}"
    );
    assert!(
        lines[2].starts_with("| 1 | a\\|b | success | one, \"two\"<br>three \\| four |"),
        "{markdown}"
    );
    assert_eq!(lines.len(), 4);
}

#[test]
fn an_answer_is_what_was_said_else_files_else_the_result() {
    let parts = json!([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]);
    let calls = json!({"choices": [{"message": {"content": null, "tool_calls": [{"id": "c"}]}}]});
    let refused = json!({"choices": [{"message": {"content": null, "refusal": "no"}}]});
    let unordered = json!({"choices": [
        {"index": 1, "message": {"content": "second"}}, {"index": 0, "message": {"content": "first"}}]});
    let pieces = json!({"params": {"do": "outputs", "outputs": [
        {"relpath": "outputs/prediction.json", "mime": "application/json", "text": "{\"id\":\"p1\"}"},
        {"relpath": "outputs/response.json", "mime": "application/json", "text": "{\"result\":[\"x\",\"y\"]}"}]}});
    let workspace = Workspace::with_batch(&[
        answering("", &chat(&parts)),
        answering("", &calls),
        answering("", &refused),
        answering("", &json!({"result": ["https://x.invalid/a.png"]})),
        pieces,
        answering("", &unordered),
    ]);
    workspace.batch(&["--out", "t.csv"]).run().assert_batch(0, 6, 0);
    let answers = column(&rows(&workspace.read("t.csv")), "answer");
    assert_eq!(
        [
            &*answers[0],
            &*answers[1],
            &*answers[2],
            &*answers[4],
            &*answers[5]
        ],
        ["ab", "[{\"id\":\"c\"}]", "no", "xy", "first"]
    );
    assert!(answers[3].ends_with("/outputs/data.json"), "{answers:?}");
}

#[test]
fn the_sums_are_those_of_the_receipts() {
    let lines: Vec<_> = (1..=6).map(|n| paid(n, 0.1 * n as f64)).collect();
    let workspace = Workspace::with_batch(&lines);
    let ended = workspace.batch(&["--max-cost", "1.2", "--out", "t.csv"]).run();
    ended.assert_batch(1, 5, 0);
    let rows = rows(&workspace.read("t.csv"));
    assert_eq!(rows.last().unwrap()["status"], "left");
    let receipts = workspace.receipts();
    for (name, of_receipts) in [
        ("cost_usd", "cost_usd"),
        ("completion_tokens", "completion_tokens"),
    ] {
        let known = rows.iter().filter(|row| !row[name].is_empty());
        let sum: f64 = known.map(|row| row[name].parse::<f64>().unwrap()).sum();
        let ids = rows.iter().filter_map(|row| receipts.get(&row["execution_id"]));
        let expected: f64 = ids
            .map(|receipt| receipt["usage"][of_receipts].as_f64().unwrap())
            .sum();
        assert_eq!(sum.to_bits(), expected.to_bits(), "{name}");
    }
    let again = workspace.results(&["batch"]).run();
    assert_sums(&again, "6 lines: 5 done, 1 left; 50 tokens, 1.50 USD");
}

#[test]
fn the_sums_say_how_many_costs_are_not_known() {
    let free = json!({"mode": "real", "params": {"message": "a"}});
    let paid = json!({"mode": "real", "params": {"message": "b", "usage": {"cost_usd": 0.000_009, "total_tokens": 30}}});
    let workspace = Workspace::with_batch(&[free, paid, ok("mock")]);
    let ended = workspace.batch(&[]).run();
    let spent = "30 tokens, 0.0000090 USD, the cost of 1 not known";
    assert_eq!(ended.summary(), format!("3 lines: 3 done; 2 requests, {spent}"));
    assert_sums(
        &workspace.results(&["batch"]).run(),
        &format!("3 lines: 3 done; {spent}"),
    );
    let listed = workspace.counterfoil(["ls", "--batch", "batch"]).run();
    assert!(
        listed.stderr.contains(spent) || listed.stdout.contains(spent),
        "{listed:?}"
    );
}

#[test]
fn the_last_run_of_a_line_counts() {
    let failing = json!({"params": {"do": "fail_first", "code": "ERR_PROVIDER_UNAVAILABLE", "times": 1, "dir": "calls"}});
    let workspace = Workspace::with_batch(&[]);
    let mut failing = failing;
    failing["params"]["dir"] = workspace.create_dir("calls").to_str().unwrap().into();
    workspace.write_batch(&[failing]);
    let out = ["--attempts", "1", "--out", "t.csv"];
    workspace.batch(&out).run().assert_batch(1, 0, 1);
    assert_eq!(
        rows(&workspace.read("t.csv"))[0]["code"],
        "ERR_PROVIDER_UNAVAILABLE"
    );
    workspace.batch(&out).run().assert_batch(0, 1, 0);
    let row = rows(&workspace.read("t.csv")).remove(0);
    assert_eq!((&*row["status"], &*row["code"]), ("success", ""));
}

#[test]
fn pointers_select_columns_of_ones_own() {
    let workspace = Workspace::with_batch(&[answering("", &chat(&"hi".into())), ok("none")]);
    let selects = [
        "--select",
        "role=/choices/0/message/role",
        "--select",
        "n=/n",
        "--select",
        "no=/none",
    ];
    let ended = workspace
        .batch(&[&["--out", "t.csv"][..], &selects].concat())
        .run();
    ended.assert_batch(0, 2, 0);
    let rows = rows(&workspace.read("t.csv"));
    assert_eq!(column(&rows, "role"), ["assistant", ""]);
    assert_eq!(column(&rows, "n"), ["9007199254740993", ""]); // not a digit is lost
    assert_eq!(column(&rows, "no"), ["", ""]);
}

#[test]
fn an_output_that_is_gone_is_reported_in_its_row() {
    let workspace = Workspace::with_batch(&[answering("", &chat(&"hi".into())), ok("b")]);
    let ids = workspace.batch(&[]).run().execution_ids();
    fs::remove_file(workspace.prefix_of(&ids[0]).join("outputs/response.json")).unwrap();
    let ended = workspace.results(&["batch"]).run();
    ended.assert_status(1);
    let rows = rows(&ended.stdout);
    assert_eq!(rows[0]["message"], "outputs/response.json is missing");
    assert_eq!(column(&rows, "status"), ["success", "success"]);
    assert_sums(
        &ended,
        "2 lines: 2 done, 1 that cannot be read whole (see message)",
    );
}
