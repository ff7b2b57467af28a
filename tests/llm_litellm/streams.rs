//! Answers that come as streams.

mod errors;
mod native;

use std::path::Path;

use serde_json::{Value, json};
use support::{Answer, Finished, Server, Test};

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

fn streaming(server: &Server) -> Test {
    real_at(&server.url("/v1"), json!({"stream": true}))
}

fn ask(answer: Answer) -> Finished {
    let server = Server::always(answer);
    let run = real_at(&server.url("/v1"), json!({"stream": true, "num_retries": 0})).run();
    assert_eq!(server.requests().len(), 1, "{run:?}");
    run
}

#[test]
fn a_stream_is_kept_and_assembled() {
    let chunks = whole();
    let lines: String = chunks.iter().map(|chunk| format!("{chunk}\n")).collect();
    for end in ["\n", "\r\n", "\r"] {
        let run = ask(stream(body(&chunks, end)));
        run.assert_success();
        assert_eq!(run.output("stream.jsonl").unwrap(), lines.as_bytes());
        let completion: Value = serde_json::from_slice(&run.output("response.json").unwrap()).unwrap();
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
        assert_eq!(
            receipt["extra"]["changed"],
            "model openai/gpt-4o-mini added; stream_options.include_usage added"
        );
        let index: Value = serde_json::from_slice(&run.files()["demo/run-1/outputs.json"]).unwrap();
        assert_eq!(index["outputs"][1]["mime"], "application/jsonl");
    }
}

#[test]
fn the_usage_is_asked_for() {
    let server = Server::always(stream(body(&whole(), "\n")));
    streaming(&server).run().assert_success();
    let sent = server.requests()[0].json();
    assert_eq!(sent["stream"], true);
    assert_eq!(sent["stream_options"], json!({"include_usage": true}));
}

#[test]
fn the_framing_of_a_stream_makes_no_difference() {
    let body = body(&whole(), "\r\n");
    let chunked: String = body
        .char_indices()
        .map(|(_, c)| format!("{:x}\r\n{c}\r\n", c.len_utf8()))
        .collect();
    let answer =
        Answer::chunked(200, format!("{chunked}0\r\n\r\n")).header("content-type", "text/event-stream");
    let (pieces, at_once) = (ask(answer), ask(stream(body)));
    for name in ["stream.jsonl", "response.json"] {
        assert_eq!(pieces.output(name).unwrap(), at_once.output(name).unwrap());
    }
}

#[test]
fn assembles_the_recorded_streams() {
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/llm_litellm/recorded");
    let mut count = 0;
    for entry in std::fs::read_dir(recorded).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "sse") {
            continue;
        }
        count += 1;
        let run = ask(stream(std::fs::read(&path).unwrap()));
        run.assert_success();
        let completion = String::from_utf8(run.output("response.json").unwrap()).unwrap();
        let golden = path.with_extension("json");
        snapbox::assert_data_eq!(completion, snapbox::Data::read_from(&golden, None).raw());
    }
    assert!(count >= 7, "{count} recorded streams");
}

#[test]
fn the_end_of_a_body_ends_a_stream_too() {
    let whole = body(&whole(), "\n");
    let expected = ask(stream(whole.as_str())).output("response.json");
    let without_end = whole.replace("data: [DONE]\n\n", "");
    for body in [
        whole.replace("[DONE]", "[DONE] "),
        whole.replace("[DONE]\n\n", "[DONE]"),
        whole.replace("[DONE]\n\n", "[DO"), // cut off where nothing is missing
        without_end.clone(),
        without_end.trim_end().to_owned(),
        whole.replace("data: {", "data:\n\ndata: null\n\n:\n\ndata: {"),
        whole.replace("data: {", "data: {\"type\":\"ping\"}\n\ndata: {"),
        whole.replace("data: {", "event: ping\ndata: {\"type\":\"ping\"}\n\ndata: {"),
    ] {
        let run = ask(stream(body));
        run.assert_success();
        assert_eq!(run.output("response.json"), expected);
    }
    // nobody has said why it ended, but that it did
    let run = ask(stream(body(&[FIRST.into(), text("Hel")], "\n")));
    run.assert_success();
}

#[test]
fn first_bytes_decide_what_a_body_is() {
    let chunks = whole();
    let events = body(&chunks, "\n");
    let lines: String = chunks.iter().map(|chunk| format!("{chunk}\n")).collect();
    let document = r#"{"id":"c","choices":[{"message":{"content":"Hello"}}]}"#;
    for kind in [
        "text/event-stream",
        "application/x-ndjson",
        "application/json",
        "text/plain",
        "",
    ] {
        for (body, is_stream) in [
            (events.as_str(), true),
            (&format!("\u{feff}{events}"), true),
            (lines.as_str(), true),
            (document, false),
            (&document.replace(',', ",\n"), false),
        ] {
            let answer = match kind {
                "" => Answer::new(200, body),
                kind => Answer::new(200, body).header("content-type", kind),
            };
            let run = ask(answer.clone());
            run.assert_success();
            let kept = run.output("stream.jsonl");
            assert_eq!(
                kept.as_deref(),
                is_stream.then_some(lines.as_bytes()),
                "{kind} {body}"
            );
            let response = run.output("response.json").unwrap();
            assert_eq!(response == body.as_bytes(), !is_stream);
            // the same without `stream`
            let run = real_at(&Server::always(answer).url("/v1"), json!({})).run();
            run.assert_success();
            assert_eq!(run.output("stream.jsonl"), kept, "{kind} {body}");
            assert_eq!(run.output("response.json").unwrap(), response, "{kind} {body}");
        }
    }
}

#[test]
fn chunks_that_are_not_quite_json_are_read() {
    let start = r#"{"choices":[{"index":null,"delta":{"content":"#;
    let chunks = [
        format!("{start}\"a\\ud83d\"}},\"logprobs\":{{\"content\":[{{\"logprob\":-Infinity}}]}}}}]}}")
            .into_bytes(),
        format!("{start}\"\\ude00\"}}}}]}}").into_bytes(),
        [start.as_bytes(), b"\"\xf0\x9f\"}}]}"].concat(),
        [
            start.as_bytes(),
            b"\"\x98\x80\t\xff\"},\"finish_reason\":\"stop\"}]}",
        ]
        .concat(),
    ];
    let events = chunks
        .iter()
        .map(|chunk| [b"data: ", chunk.as_slice(), b"\n\n"].concat());
    let run = ask(stream(events.collect::<Vec<_>>().concat()));
    run.assert_success();
    let lines = chunks.iter().map(|chunk| [chunk.as_slice(), b"\n"].concat());
    assert_eq!(
        run.output("stream.jsonl").unwrap(),
        lines.collect::<Vec<_>>().concat()
    );
    let completion: Value = serde_json::from_slice(&run.output("response.json").unwrap()).unwrap();
    assert_eq!(completion["choices"][0]["message"]["content"], "a😀😀\t\u{fffd}");
    assert_eq!(
        completion["choices"][0]["logprobs"]["content"][0]["logprob"],
        Value::Null
    );
}

#[test]
fn accepts_a_service_that_does_not_stream() {
    let run = ask(Answer::json(200, &json!({"choices": [], "model": "m"})));
    run.assert_success();
    assert_eq!(run.output("stream.jsonl"), None);
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
