//! Outputs of every kind and number.

use super::probe;

#[test]
fn writes_outputs_index_and_receipts() {
    let finished = probe(r#"{"size":10}"#).run();
    finished.assert_success();
    let envelope = finished.envelope();
    let paths: Vec<_> = envelope["outputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|output| output["path"].as_str().unwrap())
        .collect();
    assert_eq!(
        paths,
        [
            "world://artifacts/demo/run-1/outputs/a.txt",
            "world://artifacts/demo/run-1/outputs/b/c.json",
            "world://artifacts/demo/run-1/outputs/z.bin"
        ]
    );
    let index: serde_json::Value =
        serde_json::from_slice(&finished.files()["demo/run-1/outputs.json"]).unwrap();
    assert_eq!(index["outputs"], envelope["outputs"]);
    assert_eq!(finished.files().len(), 6, "{finished:?}");
}

#[test]
fn writes_no_output_and_ten_thousand() {
    let none = probe(r#"{"do":"none"}"#).run();
    none.assert_success();
    assert_eq!(none.files()["demo/run-1/outputs.json"], br#"{"outputs":[]}"#);

    let many = probe(r#"{"do":"many","count":10000}"#).run();
    many.assert_success();
    assert_eq!(many.envelope()["outputs"].as_array().unwrap().len(), 10_000);
}

#[test]
fn relpaths_that_cannot_be_used() {
    for (relpaths, code) in [
        (vec!["outputs/../x"], "ERR_OUTPUT_PATH"),
        (vec!["/x"], "ERR_OUTPUT_PATH"),
        (vec!["outputs/a", "outputs/./a"], "ERR_OUTPUT_PATH"),
        (vec!["../outputs/a"], "ERR_OUTPUT_PATH"),
        (vec!["outputs/ok", "receipt.json"], "ERR_OUTPUT_PATH"),
        (vec!["outputs/a", "outputs/a/b"], "ERR_OUTPUT_DUPLICATE"),
        (vec!["outputs/a/b", "outputs/a"], "ERR_OUTPUT_DUPLICATE"),
        (vec!["outputs/a", "outputs/a"], "ERR_OUTPUT_DUPLICATE"),
    ] {
        let outputs: Vec<_> = relpaths
            .iter()
            .map(|relpath| serde_json::json!({"relpath": relpath, "text": "x"}))
            .collect();
        let params = serde_json::json!({"do": "outputs", "outputs": outputs});
        let finished = probe(&params.to_string()).run();
        finished.assert_failure(code, 20);
        assert!(finished.receipt().get("outputs_index").is_none());
    }
}

#[test]
fn refuses_files_outside_the_scratch_directory() {
    for params in [
        r#"{"do":"file_elsewhere","path":"/etc/hostname"}"#,
        r#"{"do":"file_elsewhere","path":"relative"}"#,
        r#"{"do":"file_link","path":"/etc/hostname"}"#,
        r#"{"do":"file_twice"}"#,
        r#"{"do":"file_changed"}"#,
    ] {
        probe(params).run().assert_failure("ERR_PROCESSOR", 70);
    }
}

#[test]
fn a_file_that_is_hashed_as_it_is_written() {
    let written = probe(r#"{"do":"file_written","size":300000}"#).run();
    written.assert_success();
    let read_again = probe(r#"{"do":"file","size":300000}"#).run();
    assert_eq!(written.envelope()["outputs"], read_again.envelope()["outputs"]);
}

#[test]
fn usage_that_json_cannot_hold() {
    for behaviour in ["nan", "huge_usage"] {
        let finished = probe(&format!(r#"{{"do":"{behaviour}"}}"#)).run();
        finished.assert_failure("ERR_PROCESSOR", 70);
        finished.assert_message("units");
    }
}

#[test]
fn a_file_beyond_the_limit_of_the_shell_is_an_error_of_the_write() {
    let finished = probe(r#"{"size":100000}"#)
        .under(["sh", "-c", "ulimit -f 32; exec \"$0\" \"$@\""]) // 16 KiB
        .run();
    finished.assert_failure("ERR_OUTPUT_WRITE", 21);
    finished.assert_message("File too large");
}
