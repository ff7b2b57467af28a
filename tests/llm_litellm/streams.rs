//! Answers that come as streams.

use std::path::Path;

use serde_json::{Value, json};
use support::{Answer, Finished, Test, Server};

use crate::{KEY, real_at};

const FIRST: &str = r#"{"id":"c-1","object":"chat.completion.chunk","created":1700000000,"model":"m-1","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}"#;
const USAGE: &str = r#"{"id":"c-1","object":"chat.completion.chunk","created":1700000000,"model":"m-1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}"#;

macro_rules! recorded {
    ($($name:literal),*) => {
        [$(($name, include_bytes!(concat!("recorded/", $name, ".sse")).as_slice())),*]
    };
}

/// As these services send them.
const RECORDED: [(&str, &[u8]); 7] = recorded!(
    "anthropic",
    "azure",
    "deepseek",
    "gemini",
    "mistral",
    "openai",
    "openrouter"
);

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

fn run(server: &Server) -> Test {
    real_at(&server.url("/v1"), json!({"stream": true}))
}

fn ask(answer: Answer) -> Finished {
    let server = Server::always(answer);
    let run = real_at(&server.url("/v1"), json!({"stream": true, "num_retries": 0})).run();
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
    run(&server).run().assert_success();
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
        Answer::chunked(200, format!("{chunked}0\r\n\r\n")).header("content-type", "text/event-stream");
    let (pieces, at_once) = (ask(answer), ask(stream(body)));
    for name in ["stream.jsonl", "response.json"] {
        assert_eq!(output(&pieces, name).unwrap(), output(&at_once, name).unwrap());
    }
}

#[test]
fn what_services_send_comes_to_a_completion() {
    for (name, stream_of) in RECORDED {
        let run = ask(stream(stream_of));
        run.assert_success();
        let completion = output(&run, "response.json").unwrap();
        let golden = Path::new("../../tests/llm_litellm/recorded").join(format!("{name}.json"));
        snapbox::assert_data_eq!(
            String::from_utf8(completion).unwrap(),
            snapbox::Data::read_from(&golden, None).raw()
        );
    }
}

#[test]
fn the_end_of_a_body_ends_a_stream_too() {
    let whole = body(&whole(), "\n");
    let expected = output(&ask(stream(whole.as_str())), "response.json");
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
        assert_eq!(output(&run, "response.json"), expected);
    }
    // nobody has said why it ended, but that it did
    let run = ask(stream(body(&[FIRST.into(), text("Hel")], "\n")));
    run.assert_success();
}

#[test]
fn a_stream_that_is_not_whole_is_kept() {
    let chunks = [FIRST.into(), text("Hel")];
    let lines: String = chunks.iter().map(|chunk| format!("{chunk}\n")).collect();
    let begun = body(&chunks, "\n").replace("data: [DONE]\n\n", "");
    let cut = "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"l";
    let one_of_two = format!(
        "{begun}data: {}\n\n",
        r#"{"choices":[{"index":1,"delta":{},"finish_reason":"stop"}]}"#
    );
    for (body, rest, told) in [
        (begun.clone(), "", "ended before its end mark"),
        (format!("{begun}data: {cut}"), cut, "ended before its end mark"),
        (
            one_of_two,
            r#"{"choices":[{"index":1,"delta":{},"finish_reason":"stop"}]}"#,
            "ended before its end mark",
        ),
        (
            format!("{begun}data: {cut}\n\ndata: {{}}\n\ndata: [DONE]\n\n"),
            &format!("{cut}\n{{}}"),
            "chunk 3 cannot be read at line 1 column 44",
        ),
        (
            format!("{begun}data: 7\n\ndata: [DONE]\n\n"),
            "7",
            "chunk 3 cannot be read at line 1 column 1",
        ),
        (
            format!("{begun}data: {{\"choices\":7}}\n\ndata: [DONE]\n\n"),
            "{\"choices\":7}",
            "chunk 3 has no choices",
        ),
    ] {
        let run = ask(stream(body));
        let kept = String::from_utf8(run.assert_rejected("ERR_PROVIDER_RESPONSE", 14)).unwrap();
        assert_eq!(kept.trim_end(), format!("{lines}{rest}").trim_end());
        run.assert_message(told);
    }
    let broken = ask(stream(begun).broken_off());
    assert_eq!(
        broken.assert_rejected("ERR_PROVIDER_UNAVAILABLE", 13),
        lines.as_bytes()
    );
}

#[test]
fn a_stream_without_an_answer_is_an_error() {
    for (body, told) in [
        ("", "ended before its end mark"),
        (": hello\n\n", "ended before its end mark"),
        ("data: [DONE]\n\n", "without a chunk"),
    ] {
        let run = ask(stream(body));
        run.assert_failure("ERR_PROVIDER_RESPONSE", 14);
        run.assert_message(told);
    }
}

#[test]
fn an_error_within_a_stream_is_told() {
    let object = |error: Value| format!("data: {error}\n\n");
    for (error, code, status) in [
        (
            object(json!({"error": {"message": "it broke", "code": "server_error"}})),
            "ERR_PROVIDER_UNAVAILABLE",
            13,
        ),
        (
            object(json!({"error": {"message": "it broke", "code": 429}})),
            "ERR_PROVIDER_RATE_LIMIT",
            12,
        ),
        (
            object(
                json!({"choices": [{"index": 0, "delta": {}, "error": {"message": "it broke", "code": 502}}]}),
            ),
            "ERR_PROVIDER_UNAVAILABLE",
            13,
        ),
        (
            object(json!([{"error": {"message": "it broke", "code": 503}}])),
            "ERR_PROVIDER_UNAVAILABLE",
            13,
        ),
        (
            object(json!({"object": "error", "message": "it broke", "type": "BadRequestError"})),
            "ERR_PROVIDER_RESPONSE",
            14,
        ),
        (
            object(json!({"message": "it broke", "code": "x"})),
            "ERR_PROVIDER_RESPONSE",
            14,
        ),
        (object(json!({"detail": "it broke"})), "ERR_PROVIDER_RESPONSE", 14),
        (
            object(json!({"type": "error", "error": {"type": "some_error", "message": "it broke"}})),
            "ERR_PROVIDER_RESPONSE",
            14,
        ),
        (
            "event: error\ndata: it broke\n\n".to_owned(),
            "ERR_PROVIDER_RESPONSE",
            14,
        ),
        (
            "event: error\ndata: {\"error\":{\"code\":429,\"message\":\"it broke\"}}\n\n".to_owned(),
            "ERR_PROVIDER_RATE_LIMIT",
            12,
        ),
    ] {
        let chunk = format!("data: {}\n\n", text("Hel"));
        let run = ask(stream(format!("{chunk}{error}data: {USAGE}\n\ndata: [DONE]\n\n")));
        let kept = String::from_utf8(run.assert_rejected(code, status)).unwrap();
        assert!(
            kept.starts_with(&text("Hel")) && !kept.contains("usage"),
            "{kept}"
        );
        run.assert_message(": it broke; ");
        // nothing has been paid for
        ask(stream(error)).assert_failure(code, status);
    }
    let last = r#"{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error","native_finish_reason":"error"}]}"#;
    let run = ask(stream(body(&[text("Hel"), last.into()], "\n")));
    run.assert_rejected("ERR_PROVIDER_UNAVAILABLE", 13);
    // as a word of the answer, or saying nothing, it is none
    for silent in [
        json!(""),
        json!({}),
        json!(false),
        json!(null),
        json!({"message": "", "code": null}),
    ] {
        let chunk = json!({"choices": [{"index": 0, "delta": {"content": "\"error\""}, "error": silent}], "error": silent});
        ask(stream(body(&[chunk.to_string()], "\n"))).assert_success();
    }
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
            let kept = output(&run, "stream.jsonl");
            assert_eq!(
                kept.as_deref(),
                is_stream.then_some(lines.as_bytes()),
                "{kind} {body}"
            );
            let response = output(&run, "response.json").unwrap();
            assert_eq!(response == body.as_bytes(), !is_stream);
            // so it is where no stream was asked for
            let run = real_at(&Server::always(answer).url("/v1"), json!({})).run();
            run.assert_success();
            assert_eq!(output(&run, "stream.jsonl"), kept, "{kind} {body}");
            assert_eq!(output(&run, "response.json").unwrap(), response, "{kind} {body}");
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
        output(&run, "stream.jsonl").unwrap(),
        lines.collect::<Vec<_>>().concat()
    );
    let completion: Value = serde_json::from_slice(&output(&run, "response.json").unwrap()).unwrap();
    assert_eq!(completion["choices"][0]["message"]["content"], "a😀😀\t\u{fffd}");
    assert_eq!(
        completion["choices"][0]["logprobs"]["content"][0]["logprob"],
        Value::Null
    );
}

#[test]
fn an_error_within_a_stream_is_as_good_as_its_status() {
    let busy = |event: &str| stream(format!("data: {}\n\n{event}\n\n", text("Hel")));
    for event in [
        r#"data: {"error":{"code":429,"message":"slow down"}}"#,
        "event: error\ndata: {\"code\":503,\"message\":\"overloaded\"}",
        r#"data: {"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}"#,
    ] {
        let server = Server::script([busy(event), stream(body(&whole(), "\n"))]);
        let again = run(&server).run();
        again.assert_success();
        assert_eq!(again.receipt()["usage"]["attempts"], 2, "{event}");
        let lines: String = whole().iter().map(|chunk| format!("{chunk}\n")).collect();
        assert_eq!(
            output(&again, "stream.jsonl").unwrap(),
            lines.as_bytes(),
            "nothing of the first"
        );

        let server = Server::script([busy(event), stream(body(&whole(), "\n"))]);
        let params = json!({"stream": true, "num_retries": 0, "fallbacks": ["gpt-4o"]});
        let other = real_at(&server.url("/v1"), params).run();
        other.assert_success();
        assert_eq!(other.receipt()["extra"]["model"], "gpt-4o", "{event}");
    }
}

#[test]
fn an_error_instead_of_a_stream_is_as_without() {
    let server = Server::script([
        Answer::new(503, "").header("retry-after", "0"),
        stream(body(&whole(), "\n")),
    ]);
    let run = run(&server).run();
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
        Answer::chunked(200, begun.as_str())
            .header("content-type", "text/event-stream")
            .hanging()
    };
    let server = Server::always(answer());
    let late = real_at(&server.url("/v1"), json!({"stream": true, "timeout": 0.3})).run();
    let kept = late.assert_rejected("ERR_PROVIDER_UNAVAILABLE", 13);
    assert_eq!(kept, format!("{FIRST}\n").as_bytes());
    late.assert_message("/params/timeout");
    assert_eq!(server.requests().len(), 1, "an answer had begun");

    let server = Server::always(answer());
    let ended = run(&server).env("TIMEOUT_S", "1").run();
    assert_eq!(ended.assert_rejected("ERR_TIMEOUT", 124), kept);
}
