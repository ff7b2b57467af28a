//! What a file looks like, and what reads it.

use serde_json::json;

use super::{Workspace, ok};

#[test]
fn a_file_that_is_no_batch_is_told_by_its_looks() {
    let pretty = serde_json::to_string_pretty(&json!([ok("a"), ok("b")])).unwrap();
    let utf16: Vec<u8> = "{}\n{}\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (text, advice) in [
        (
            pretty.as_bytes(),
            "it looks like a JSON array, and a batch has a document a line: `jq -c '.[]' FILE`",
        ),
        (
            b"{\n  \"params\": {}\n}\n",
            "it looks like documents over several lines, and a batch has a document a line: `jq -c . FILE`",
        ),
        (
            b"id,question\n1,Why?\n",
            "it looks like CSV: give the request that its columns fill in with --template request.json",
        ),
        (
            b"{\"params\":{}},\n{\"params\":{}}\n",
            "it looks like the items of a JSON array, and a batch has a document a line without a comma",
        ),
        (
            b"{\"prompt\":\"hi\"}\n",
            "it looks like JSON objects of your own: give the request that they fill in with --template request.json",
        ),
        (b"\x1f\x8b\x08,\n,", "it looks like a compressed file: unpack it"),
        (
            b"PK\x03\x04,\n,",
            "it looks like a spreadsheet or a zip archive: save the table as CSV",
        ),
        (
            &[b"\xff\xfe", &utf16[..]].concat(),
            "it looks like UTF-16, and a batch is UTF-8: `iconv",
        ),
    ] {
        let workspace = Workspace::with_batch(&[]);
        workspace.write("batch.jsonl", text);
        let ended = workspace.batch(&[]).run();
        ended.assert_refused("ERR_USAGE", 2);
        ended.assert_message(advice);
        ended.assert_message("; nothing was run");
        assert!(!workspace.path("artifacts").exists());
    }
}

#[test]
fn a_format_that_the_first_line_shows_needs_no_option() {
    let workspace = Workspace::with_batch(&[]);
    workspace.write_batch(&[
        json!({"custom_id": "q", "url": "/v1/chat/completions", "body": {"messages": ["a"]}}),
    ]);
    let guessed = workspace.batch(&[]).run();
    guessed.assert_batch(0, 1, 0);
    assert_eq!(guessed.json_lines()[0]["label"], "q");
    let notice = "the batch looks like OpenAI's batch file (--format openai-batch), and is read as such\n";
    assert!(guessed.stderr.starts_with(notice), "{guessed:?}");

    workspace.write_batch(&[json!({"messages": ["a"], "label": "m"})]);
    let messages = workspace.batch(&[]).run();
    assert_eq!(messages.before(), [1]);
    assert_eq!(messages.json_lines()[0]["label"], "m");
    assert!(messages.stderr.contains("--format messages"), "{messages:?}");
    let given = workspace.batch(&["--format", "messages"]).run();
    assert_eq!(given.before(), [1]);
    assert_eq!(given.stderr.lines().count(), 1, "{given:?}");
}

#[test]
fn a_format_that_is_another_is_told() {
    let workspace = Workspace::with_batch(&[json!({"messages": []})]);
    let ended = workspace.batch(&["--format", "inputs"]).run();
    ended.assert_refused("ERR_USAGE", 2);
    ended.assert_message("it looks like requests for chat completions: --format messages takes them");
    let alone = workspace.batch(&["--format", "csv"]).run();
    alone.assert_refused("ERR_USAGE", 2);
    alone.assert_message("--format csv needs --template");
}
