//! Answers to requests with a JSON schema.

use serde_json::{Value, json};
use support::{Answer, Finished, Server};

use crate::real_at;

fn format() -> Value {
    json!({"type": "json_schema", "json_schema": {"name": "person", "strict": true, "schema": {
        "type": "object", "required": ["name"], "properties": {"name": {"type": "string"}},
    }}})
}

fn asked(server: &Server, more: Value) -> Finished {
    let mut params = json!({"response_format": format()});
    params
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let run = real_at(&server.url("/v1"), params.clone()).run();
    run.assert_success();
    let request = server.requests()[0].json();
    assert_eq!(request["response_format"], params["response_format"]);
    run
}

const IS_CHECKED: bool = cfg!(feature = "schema-validation");

/// Asserts the verdict in the receipt; the default build has none.
fn assert_verdict(run: &Finished, verdict: &str) {
    let receipt = run.receipt();
    let found = receipt["extra"].get("schema_valid").and_then(Value::as_str);
    assert_eq!(found, IS_CHECKED.then_some(verdict), "{run:?}");
}

#[test]
fn the_receipt_says_whether_the_answer_is_valid() {
    for (content, verdict) in [
        (json!(r#"{"name":"Ada"}"#), "true"),
        (json!(r#"{"name":7}"#), "false"),
        (json!("I cannot"), "false"),
        (json!(null), "false"),
    ] {
        let body = format!(r#"{{ "choices": [{{"message":{{"content":{content}}}}}], "x":1.10 }}"#);
        let server = Server::always(Answer::new(200, body.clone()));
        let run = asked(&server, json!({}));
        assert_verdict(&run, verdict);
        assert_eq!(run.files()["demo/run-1/outputs/response.json"], body.as_bytes());
        assert!(
            !run.stderr.contains("Ada") && !run.stderr.contains("I cannot"),
            "{run:?}"
        );
    }
}

#[test]
fn a_stream_is_checked_when_it_is_whole() {
    let pieces = [r#"{"na"#, r#"me":"#, r#""Ada"}"#];
    let mut events: String = pieces
        .iter()
        .map(|piece| {
            format!(
                "data: {}\n\n",
                json!({"choices": [{"index": 0, "delta": {"content": piece}}]})
            )
        })
        .collect();
    events.push_str("data: [DONE]\n\n");
    let server = Server::always(Answer::new(200, events).header("content-type", "text/event-stream"));
    let run = asked(&server, json!({"stream": true}));
    assert_verdict(&run, "true");
}

#[test]
fn an_unusable_schema_fails_no_run() {
    let elsewhere = Server::always(Answer::close());
    let body = json!({"choices": [{"message": {"content": "{}"}}]});
    for schema in [json!({"type": 7}), json!({"$ref": elsewhere.url("/schema.json")})] {
        let server = Server::always(Answer::json(200, &body));
        let format = json!({"type": "json_schema", "json_schema": {"name": "odd", "schema": schema}});
        let run = asked(&server, json!({"response_format": format}));
        assert_verdict(&run, "unknown");
        assert_eq!(run.stderr.contains("schema_not_usable"), IS_CHECKED, "{run:?}");
    }
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn says_nothing_about_validity_without_a_schema() {
    let server = Server::always(Answer::json(200, &json!({"choices": []})));
    let run = asked(&server, json!({"response_format": {"type": "json_object"}}));
    assert_eq!(run.receipt()["extra"].get("schema_valid"), None);
}
