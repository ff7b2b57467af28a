//! Errors within a stream, and streams that are not whole.

use serde_json::{Value, json};
use support::{Answer, Server};

use super::{FIRST, USAGE, ask, body, stream, streaming, text, whole};
use crate::{KEY, native, real_at};

#[test]
fn saves_a_stream_that_is_not_whole() {
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
fn reports_an_error_within_a_stream() {
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
    // neither in the content of the answer nor where it is empty
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
fn retries_an_error_within_a_stream_like_its_status() {
    let busy = |event: &str| stream(format!("data: {}\n\n{event}\n\n", text("Hel")));
    for event in [
        r#"data: {"error":{"code":429,"message":"slow down"}}"#,
        "event: error\ndata: {\"code\":503,\"message\":\"overloaded\"}",
        r#"data: {"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}"#,
    ] {
        let server = Server::script([busy(event), stream(body(&whole(), "\n"))]);
        let again = streaming(&server).run();
        again.assert_success();
        assert_eq!(again.receipt()["usage"]["attempts"], 2, "{event}");
        let lines: String = whole().iter().map(|chunk| format!("{chunk}\n")).collect();
        assert_eq!(
            again.output("stream.jsonl").unwrap(),
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
fn half_of_an_answer_outlives_the_tries_after_it() {
    let half = || {
        let error = json!({"error": {"code": 503, "message": "overloaded"}});
        stream(format!("data: {}\n\ndata: {error}\n\n", text("Hel")))
    };
    let assert_kept = |kept: Vec<u8>| {
        let kept = String::from_utf8(kept).unwrap();
        assert!(kept.starts_with(&text("Hel")), "{kept}");
    };
    for (last, code, status) in [
        (Answer::new(401, "no"), "ERR_PROVIDER_AUTH", 10),
        (stream(": hello\n\n"), "ERR_PROVIDER_RESPONSE", 14),
    ] {
        for params in [
            json!({"stream": true, "num_retries": 1}),
            json!({"stream": true, "num_retries": 0, "fallbacks": ["gpt-4o"]}),
        ] {
            let server = Server::script([half(), last.clone()]);
            let run = real_at(&server.url("/v1"), params).run();
            assert_kept(run.assert_rejected(code, status));
            assert_eq!(server.requests().len(), 2, "{run:?}");
        }
    }
    let server = Server::script([half(), Answer::hang()]);
    let run = streaming(&server).env("TIMEOUT_S", "2").run();
    assert_kept(run.assert_rejected("ERR_TIMEOUT", 124));
}

#[test]
fn retries_an_error_instead_of_a_stream() {
    let server = Server::script([
        Answer::new(503, "").header("retry-after", "0"),
        stream(body(&whole(), "\n")),
    ]);
    let run = streaming(&server).run();
    run.assert_success();
    assert_eq!(run.receipt()["usage"]["attempts"], 2);
    ask(Answer::new(400, "no streams here")).assert_failure("ERR_PROVIDER_REJECTED", 11);
}

#[test]
fn a_pause_within_a_stream_times_out() {
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
    let ended = streaming(&server).env("TIMEOUT_S", "1").run();
    assert_eq!(ended.assert_rejected("ERR_TIMEOUT", 124), kept);
}

#[test]
fn a_completion_has_the_limit_of_an_answer() {
    let text = "x".repeat(1 << 20);
    let chat = format!(r#"{{"choices":[{{"index":0,"delta":{{"content":"{text}"}}}}]}}"#);
    let native = format!(
        r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"text_delta","text":"{text}"}}}}"#
    );
    let start = r#"data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#;
    let call = r#"{"index":0,"function":{"name":"f","arguments":"{}"}}"#;
    let calls = format!(
        r#"{{"choices":[{{"index":0,"delta":{{"tool_calls":[{}]}}}}]}}"#,
        vec![call; 2_000].join(",")
    );
    for (model, body, most_mb) in [
        ("openai/gpt-4o", format!("data: {chat}\n\n"), 100),
        // small values take more memory than their JSON
        ("openai/gpt-4o", format!("data: {calls}\n\n"), 20),
        (
            "anthropic/claude-sonnet-4-5",
            format!("{start}\n\ndata: {native}\n\n"),
            100,
        ),
    ] {
        let server = Server::always(stream(body).endless());
        let run = native::ask(
            model,
            json!([{"role": "user", "content": "hi"}]),
            json!({"stream": true}),
        )
        .env("OPENAI_BASE_URL", server.url("/v1"))
        .env("OPENAI_API_KEY", KEY)
        .env("ANTHROPIC_API_BASE", server.url(""))
        .env("ANTHROPIC_API_KEY", KEY)
        .run();
        let kept = run.assert_rejected("ERR_PROVIDER_RESPONSE", 14);
        run.assert_message("a completion that takes more than 100663296 bytes of memory; ");
        assert!(kept.len() < most_mb << 20, "{}", kept.len());
    }
}
