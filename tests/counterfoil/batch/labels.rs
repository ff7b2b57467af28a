//! What a line of the result says beside the envelope, and lines in OpenAI's form.

use serde_json::json;

use super::{Workspace, ok};

#[test]
fn a_result_names_its_line_and_label() {
    let workspace = Workspace::with_batch(&[]);
    let mut labelled = ok("a");
    labelled["label"] = "first".into();
    let failing = json!({"label": "second", "params": {"do": "error", "message": "b"}});
    workspace.write("batch.jsonl", format!("\n{labelled}\n{failing}\n{}\n", ok("c")));
    let ended = workspace.batch(&[]).run();
    ended.assert_batch(1, 2, 1);
    let results = ended.json_lines();
    let named: Vec<_> = results
        .iter()
        .map(|result| (result["line"].as_u64().unwrap(), result["label"].as_str()))
        .collect();
    assert_eq!(named, [(2, Some("first")), (3, Some("second")), (4, None)]);
    assert!(results.iter().all(|result| result.get("before").is_none()));
    let first = ended.stdout.lines().next().unwrap();
    assert!(first.ends_with("},\"line\":2,\"label\":\"first\"}"), "{first}");
}

#[test]
fn a_label_changes_no_execution() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write_batch(&workspace.counted(&["a"]));
    workspace.batch(&[]).run().assert_batch(0, 1, 0);
    let mut lines = workspace.counted(&["a"]);
    lines[0]["label"] = "later".into();
    workspace.write_batch(&lines);
    let again = workspace.batch(&[]).run();
    assert_eq!(again.before(), [1]);
    assert_eq!(again.json_lines()[0]["label"], "later");
    assert_eq!(workspace.calls(), 1);
}

#[test]
fn a_file_of_openai_is_a_batch() {
    let workspace = Workspace::with_batch(&[]);
    let line = |id: &str, message: &str| {
        json!({"custom_id": id, "method": "POST", "url": "/v1/chat/completions",
               "body": {"model": "m", "message": message}})
    };
    workspace.write_batch(&[line("q1", "a"), line("q2", "b")]);
    let ended = workspace.batch(&["--format", "openai-batch"]).run();
    ended.assert_batch(0, 2, 0);
    assert_eq!(ended.json_lines()[1]["label"], "q2");
    workspace.write_batch(&[json!({"model": "m", "params": {"message": "a"}})]);
    assert_eq!(workspace.batch(&[]).run().before(), [1]);
    workspace
        .batch(&["--format", "openai-batch"])
        .run()
        .assert_refused("ERR_USAGE", 2);
}

#[test]
fn an_envelope_has_mode_and_usage() {
    let used = json!({"cost_usd": 0.000_005_7, "total_tokens": 20});
    let workspace = Workspace::with_batch(&[json!({"params": {"usage": used}})]);
    let ended = workspace.batch(&[]).run();
    ended.assert_batch(0, 1, 0);
    let meta = r#""mode":"mock","usage":{"cost_usd":0.0000057,"total_tokens":20,"units":3},"duration_ms":"#;
    assert!(ended.stdout.contains(meta), "{ended:?}");
}
