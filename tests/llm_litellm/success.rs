//! An answer that is kept as it came.

use serde_json::{Value, json};
use support::{Answer, Server};

use crate::{real, service};

#[test]
fn the_answer_is_kept_byte_for_byte() {
    let body = "\n{ \"id\":\"x\", \"model\" : \"gpt-4o-mini-2024-07-18\",\n  \"model\":\"gpt-4o-mini-b\", \"cost\": 1.10, \
                \"big\": 12345678901234567890123, \"choices\":[ { \"message\":{\"content\":\"h\\u00e9 \\/\"} } ],\r\n\
                \"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2.0,\"total_tokens\":9,\"cost\":0.5} }\n\n";
    let server = Server::always(Answer::new(200, body).header("content-type", "application/json"));
    let run = real(&server).run();
    run.assert_success();
    assert_eq!(run.files()["demo/run-1/outputs/response.json"], body.as_bytes());
    let receipt = run.receipt();
    assert_eq!(receipt["processor_info"], "llm_litellm:v1");
    assert_eq!(receipt["mode"], "real");
    let request_sha256 = receipt["extra"]["request_sha256"].clone();
    assert_eq!(
        receipt["extra"],
        json!({"api": "chat_completions", "changed": "model openai/gpt-4o-mini added", "key": "OPENAI_API_KEY", "model": "gpt-4o-mini-b", "cost_source": "usage of the answer", "finish_reason": "none", "request_sha256": request_sha256})
    );
    assert_eq!(
        receipt["usage"],
        json!({"attempts": 1, "completion_tokens": 2, "cost_usd": 0.5, "prompt_tokens": 7, "total_tokens": 9})
    );
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn an_answer_in_chunks_or_without_a_type_is_one_too() {
    let body = r#"{"choices":[]}"#;
    let chunked = "5\r\n{\"cho\r\n9\r\nices\":[]}\r\n0\r\n\r\n";
    for answer in [Answer::new(201, body), Answer::chunked(200, chunked)] {
        let server = Server::always(answer);
        let run = real(&server).run();
        run.assert_success();
        assert_eq!(run.files()["demo/run-1/outputs/response.json"], body.as_bytes());
        assert_eq!(run.receipt()["usage"], json!({"attempts": 1}));
    }
}

#[test]
fn the_receipt_has_the_finish_reasons() {
    for (choices, told) in [
        (json!([]), "none"),
        (json!([{}]), "none"),
        (json!([{"finish_reason": null}]), "none"),
        (json!([{"finish_reason": "stop"}]), "stop"),
        (json!([{"finish_reason": "length"}]), "length"),
        (json!([{"finish_reason": "content_filter"}]), "content_filter"),
        (
            json!([{"index": 0, "finish_reason": "stop"}, {"index": 1}, {"index": 2, "finish_reason": "tool_calls"}]),
            "stop,none,tool_calls",
        ),
    ] {
        let server = Server::always(Answer::json(200, &json!({"choices": choices})));
        let run = real(&server).run();
        run.assert_success();
        assert_eq!(run.receipt()["extra"]["finish_reason"], told, "{choices}");
    }
}

#[test]
fn a_second_run_sends_no_request() {
    let server = service();
    let test = real(&server);
    let (first, second) = (test.run(), test.run());
    assert_eq!(first.assert_success().stdout, second.assert_success().stdout);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn the_log_has_sizes_and_no_payload() {
    let server = service();
    let run = real(&server).env("LOG_LEVEL", "trace").run();
    run.assert_success();
    let answered = run.files()["demo/run-1/outputs/response.json"].len();
    let events: Vec<Value> = run
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let event = |name: &str| {
        let found = events.iter().find(|event| event["event"] == name);
        found.unwrap_or_else(|| panic!("no {name}: {run:?}"))
    };
    assert_eq!(event("http_response")["status"], 200);
    assert!(event("http_response")["ms"].is_u64(), "{run:?}");
    assert_eq!(event("http_body")["bytes"], answered);
    assert!(
        !run.stderr.contains("hello") && !run.stderr.contains("127.0.0.1"),
        "{run:?}"
    );
}
