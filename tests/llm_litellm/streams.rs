//! Answers that come as streams.

use serde_json::{Value, json};
use support::{Answer, Finished, Run, Server};

use crate::{KEY, real_at};

const FIRST: &str = r#"{"id":"c-1","object":"chat.completion.chunk","created":1700000000,"model":"m-1","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}"#;
const USAGE: &str = r#"{"id":"c-1","object":"chat.completion.chunk","created":1700000000,"model":"m-1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}"#;

fn text(content: &str) -> String {
    format!(
        r#"{{"id":"c-1", "choices":[{{"index":0,"delta":{{"content":{}}}}}] }}"#,
        json!(content)
    )
}

fn whole() -> Vec<String> {
    let last = r#"{"id":"c-1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    vec![
        FIRST.into(),
        text("Hel"),
        text("lo é\n"),
        last.into(),
        USAGE.into(),
    ]
}

/// The body of a stream with this after each line.
fn body(chunks: &[String], end: &str) -> String {
    let events = chunks.iter().map(|chunk| format!("data: {chunk}{end}{end}"));
    format!(
        ": hello{end}{end}{}data: [DONE]{end}{end}",
        events.collect::<String>()
    )
}

fn stream(body: impl Into<Vec<u8>>) -> Answer {
    Answer::new(200, body).header("content-type", "text/event-stream; charset=utf-8")
}

fn run(server: &Server) -> Run {
    real_at(&server.url("/v1"), json!({"stream": true}))
}

fn ask(answer: Answer) -> Finished {
    let server = Server::always(answer);
    let run = run(&server).finish();
    assert_eq!(server.requests().len(), 1, "{run:?}");
    run
}

fn output(run: &Finished, name: &str) -> Option<Vec<u8>> {
    run.files().remove(&format!("demo/run-1/outputs/{name}"))
}

#[test]
fn a_stream_is_kept_and_assembled() {
    let chunks = whole();
    let lines: String = chunks.iter().map(|chunk| format!("{chunk}\n")).collect();
    for end in ["\n", "\r\n", "\r"] {
        let run = ask(stream(body(&chunks, end)));
        run.assert_success();
        assert_eq!(output(&run, "stream.jsonl").unwrap(), lines.as_bytes());
        let completion: Value = serde_json::from_slice(&output(&run, "response.json").unwrap()).unwrap();
        assert_eq!(
            completion,
            json!({
                "id": "c-1", "object": "chat.completion", "created": 1_700_000_000, "model": "m-1",
                "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello é\n"}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
            })
        );
        let receipt = run.receipt();
        assert_eq!(receipt["usage"]["total_tokens"], 5);
        assert_eq!(receipt["extra"]["model"], "m-1");
        assert_eq!(receipt["extra"]["changed"], "stream_options.include_usage added");
        let index: Value = serde_json::from_slice(&run.files()["demo/run-1/outputs.json"]).unwrap();
        assert_eq!(index["outputs"][1]["mime"], "application/jsonl");
    }
}

#[test]
fn the_usage_is_asked_for() {
    let server = Server::always(stream(body(&whole(), "\n")));
    run(&server).finish().assert_success();
    let sent = server.requests()[0].json();
    assert_eq!(sent["stream"], true);
    assert_eq!(sent["stream_options"], json!({"include_usage": true}));
}

#[test]
fn pieces_make_no_difference() {
    let body = body(&whole(), "\r\n");
    let chunked: String = body
        .char_indices()
        .map(|(_, c)| format!("{:x}\r\n{c}\r\n", c.len_utf8()))
        .collect();
    let answer =
        Answer::chunked(200, &format!("{chunked}0\r\n\r\n")).header("content-type", "text/event-stream");
    let (pieces, at_once) = (ask(answer), ask(stream(body)));
    for name in ["stream.jsonl", "response.json"] {
        assert_eq!(output(&pieces, name).unwrap(), output(&at_once, name).unwrap());
    }
}

#[test]
fn a_stream_that_is_not_whole_is_an_error() {
    let without_end = body(&whole(), "\n").replace("data: [DONE]\n\n", "");
    for (body, told) in [
        (without_end.as_str(), "ended before its end mark"),
        ("", "ended before its end mark"),
        ("data: [DONE]\n\n", "without a chunk"),
        ("data: {\"choices\":\n\ndata: [DONE]\n\n", "chunk 1 is none"),
        ("data: {}\n\ndata: 7\n\ndata: [DONE]\n\n", "chunk 2 is none"),
    ] {
        let run = ask(stream(body));
        run.assert_failure("ERR_PROVIDER_RESPONSE", 14);
        assert!(run.message().contains(told), "{run:?}");
    }
    let broken = ask(stream(without_end).broken_off());
    broken.assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
}

#[test]
fn an_error_within_a_stream_is_told() {
    for (error, code, status) in [
        (
            json!({"error": {"message": "it broke", "code": "server_error"}}),
            "ERR_PROVIDER_UNAVAILABLE",
            13,
        ),
        (
            json!({"error": {"message": "it broke", "code": 429}}),
            "ERR_PROVIDER_RATE_LIMIT",
            12,
        ),
        (
            json!({"choices": [{"index": 0, "delta": {}, "error": {"message": "it broke", "code": 502}}]}),
            "ERR_PROVIDER_UNAVAILABLE",
            13,
        ),
    ] {
        let chunks = [FIRST.into(), error.to_string(), USAGE.into()];
        let server = Server::always(stream(body(&chunks, "\n")));
        let run = real_at(&server.url("/v1"), json!({"stream": true, "num_retries": 0})).finish();
        run.assert_failure(code, status);
        assert!(run.message().ends_with(": it broke"), "{run:?}");
    }
    // as a word of the answer it is none
    ask(stream(body(&[FIRST.into(), text("\"error\": 1")], "\n"))).assert_success();
}

#[test]
fn an_error_instead_of_a_stream_is_as_without() {
    let server = Server::script([
        Answer::new(503, "").header("retry-after", "0"),
        stream(body(&whole(), "\n")),
    ]);
    let run = run(&server).finish();
    run.assert_success();
    assert_eq!(run.receipt()["usage"]["attempts"], 2);
    ask(Answer::new(400, "no streams here")).assert_failure("ERR_PROVIDER_REJECTED", 11);
}

#[test]
fn a_service_that_does_not_stream_has_answered_too() {
    let run = ask(Answer::json(200, &json!({"choices": [], "model": "m"})));
    run.assert_success();
    assert_eq!(output(&run, "stream.jsonl"), None);
    assert!(run.stderr.contains(r#""event":"stream_ignored""#), "{run:?}");
}

#[test]
fn a_stream_that_repeats_the_key_is_not_kept() {
    let split = KEY.split_at(9);
    for chunks in [
        vec![text(KEY)],
        vec![text(split.0), text(split.1)],
        vec![format!(r#"{{"x":"{KEY}"}}"#)],
    ] {
        let run = ask(stream(body(&chunks, "\n")));
        run.assert_failure("ERR_OUTPUT_SECRET", 23).assert_nowhere(KEY);
    }
}

#[test]
fn a_pause_within_a_stream_has_an_end() {
    let chunk = format!("data: {FIRST}\n\n");
    let begun = format!("{:x}\r\n{chunk}\r\n", chunk.len());
    let answer = || {
        Answer::chunked(200, &begun)
            .header("content-type", "text/event-stream")
            .hanging()
    };
    let server = Server::always(answer());
    let late = real_at(&server.url("/v1"), json!({"stream": true, "timeout": 0.3})).finish();
    late.assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
    assert!(late.message().contains("/params/timeout"), "{late:?}");
    assert_eq!(server.requests().len(), 1, "an answer had begun");

    let server = Server::always(answer());
    run(&server)
        .env("TIMEOUT_S", "1")
        .finish()
        .assert_failure("ERR_TIMEOUT", 124);
}
