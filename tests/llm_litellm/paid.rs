//! What was paid for is kept, and is not paid for again.

use serde_json::{Value, json};
use support::{Answer, Dir, Server, Signal, Test};

use crate::interruption::HEEDING_ALL;
use crate::native;
use crate::{KEY, real_at};

const HALF: &str = r#"{"model":"m-1","choices":[{"message":{"role":"assistant","content":"Hel"#;

fn ask(model: &str, server: &Server, params: Value) -> Test {
    native::ask(model, json!([{"role": "user", "content": "hi"}]), params)
        .env("ANTHROPIC_API_BASE", server.url(""))
        .env("ANTHROPIC_API_KEY", KEY)
        .env("OLLAMA_API_BASE", server.url(""))
        .env("OPENAI_BASE_URL", server.url("/v1"))
        .env("OPENAI_API_KEY", KEY)
}

/// Half of a document, and then nothing.
fn half() -> Answer {
    Answer::new(200, HALF)
        .header("content-type", "application/json")
        .promising(HALF.len() + 1)
        .hanging()
}

#[test]
fn a_document_that_breaks_off_is_kept() {
    for model in ["openai/gpt-4o", "anthropic/claude-sonnet-4-5"] {
        for stream in [false, true] {
            for answer in [
                Answer::new(200, HALF).broken_off(),
                Answer::chunked(200, format!("{:x}\r\n{HALF}\r\n5\r\n", HALF.len())),
            ] {
                let server = Server::always(answer);
                let run = ask(model, &server, json!({ "stream": stream })).run();
                let kept = run.assert_rejected("ERR_PROVIDER_UNAVAILABLE", 13);
                assert_eq!(kept, HALF.as_bytes(), "{model} {stream}");
                assert_eq!(server.requests().len(), 1, "an answer had begun");
            }
        }
    }
    let blank = Server::always(Answer::new(200, " \n").broken_off());
    let run = ask("openai/gpt-4o", &blank, json!({})).run();
    run.assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
}

#[test]
fn a_document_that_does_not_go_on_is_kept() {
    for stream in [false, true] {
        let server = Server::always(half());
        let at = |params: Value| real_at(&server.url("/v1"), params);
        let late = at(json!({"stream": stream, "timeout": 0.3})).run();
        let kept = late.assert_rejected("ERR_PROVIDER_UNAVAILABLE", 13);
        assert_eq!(kept, HALF.as_bytes());
        let ended = at(json!({ "stream": stream })).env("TIMEOUT_S", "1").run();
        assert_eq!(ended.assert_rejected("ERR_TIMEOUT", 124), kept);
    }
}

#[test]
fn half_of_a_document_outlives_the_model_after_it() {
    // a closed terminal sends SIGHUP, and Ctrl-\ SIGQUIT
    for signal in [Signal::TERM, Signal::HUP, Signal::QUIT] {
        let server = Server::script([Answer::new(200, HALF).broken_off(), Answer::hang()]);
        let params = json!({"fallbacks": ["openai/gpt-4o-mini"]});
        let started = real_at(&server.url("/v1"), params).under(HEEDING_ALL).start();
        server.wait_for(2);
        started.signal(signal);
        let kept = started.wait().assert_rejected("ERR_CANCELLED", 143);
        assert_eq!(kept, HALF.as_bytes(), "{signal:?}");
    }
}

#[test]
fn a_completion_with_an_error_is_not_asked_for_again() {
    let busy = json!({"code": 503, "message": "it broke"});
    let calls = json!([{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]);
    for answer in [
        json!({"error": busy, "choices": [{"message": {"content": "Hel"}}]}),
        json!({"error": busy, "choices": [{"message": {"content": null, "tool_calls": calls}}]}),
        json!({"error": busy, "usage": {"total_tokens": 1}}),
        json!({"choices": [{"message": {"content": "Hel"}, "finish_reason": "error"}]}),
    ] {
        let server = Server::always(Answer::json(200, &answer));
        let run = real_at(&server.url("/v1"), json!({})).run();
        let kept = run.assert_rejected("ERR_PROVIDER_UNAVAILABLE", 13);
        assert_eq!(kept, answer.to_string().as_bytes());
        assert_eq!(server.requests().len(), 1, "{answer}");
    }
    // numbers that no double holds hide nothing
    let odd = r#"{"error":{"code":503,"message":"it broke"},"x":1e400,"usage":{"total_tokens":1}}"#;
    let server = Server::always(Answer::new(200, odd));
    let run = real_at(&server.url("/v1"), json!({})).run();
    assert_eq!(
        run.assert_rejected("ERR_PROVIDER_UNAVAILABLE", 13),
        odd.as_bytes()
    );
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_cost_that_no_receipt_holds_does_not_cost_the_answer() {
    let answer = |cost: &str| Answer::new(200, format!(r#"{{"choices":[],"usage":{{"cost":{cost}}}}}"#));
    for answer in [
        answer("1e20"),
        answer("1e400"),
        answer("0").header("x-litellm-response-cost", "1e20"),
        answer("0").header("x-litellm-response-cost", "inf"),
    ] {
        let run = real_at(&Server::always(answer).url("/v1"), json!({})).run();
        run.assert_success();
        assert_eq!(run.receipt()["usage"]["cost_usd"], Value::Null);
    }
}

#[test]
fn nobody_waits_after_the_only_line_of_an_answer() {
    for line in [
        r#"{"model":"m","message":{"role":"assistant","content":"hello"},"done":true,"done_reason":"stop"}"#,
        r#"{"message":{"content":"hello"},"done":true}"#,
    ] {
        let chunk = format!("{:x}\r\n{line}\n\r\n", line.len() + 1);
        let answer = Answer::chunked(200, chunk).header("content-type", "application/x-ndjson");
        let server = Server::always(answer.hanging());
        let run = ask("ollama/m", &server, json!({"stream": true, "timeout": 5})).run();
        run.assert_success();
        let content = &native::completion(&run)["choices"][0]["message"]["content"];
        assert_eq!(content, "hello");
    }
}

#[test]
fn a_stream_of_frames_that_is_not_whole_is_kept() {
    const WHOLE: &[u8] = include_bytes!("recorded/bedrock_converse/tools.stream");
    let at = |body: Answer| {
        let server = Server::always(body.header("content-type", "application/vnd.amazon.eventstream"));
        let run = ask(
            "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            &server,
            json!({"stream": true}),
        );
        let run = run
            .env("AWS_BEDROCK_RUNTIME_ENDPOINT", server.url(""))
            .env("AWS_BEARER_TOKEN_BEDROCK", KEY)
            .env("AWS_REGION", "us-east-1")
            .run();
        assert_eq!(server.requests().len(), 1, "{run:?}");
        run
    };
    at(Answer::new(200, WHOLE)).assert_success();
    // the last frame has the usage
    let cut = &WHOLE[..WHOLE.len() - 20];
    let run = at(Answer::new(200, cut));
    let kept = run.assert_rejected("ERR_PROVIDER_RESPONSE", 14);
    run.assert_message("ended before its end mark");
    let broken = at(Answer::new(200, cut).broken_off());
    assert_eq!(broken.assert_rejected("ERR_PROVIDER_UNAVAILABLE", 13), kept);

    let mut damaged = WHOLE.to_vec();
    *damaged.last_mut().unwrap() ^= 1;
    let run = at(Answer::new(200, damaged.as_slice()));
    run.assert_message("a damaged frame");
    let whole = run.assert_rejected("ERR_PROVIDER_RESPONSE", 14);
    assert_eq!(whole[..kept.len()], kept);
    assert!(whole.ends_with(&damaged[damaged.len() - 40..]));

    damaged[9] ^= 1;
    let run = at(Answer::new(200, damaged.as_slice()));
    assert_eq!(
        run.assert_rejected("ERR_PROVIDER_RESPONSE", 14),
        damaged,
        "its first frame"
    );
}

#[test]
fn what_has_come_of_an_event_is_kept() {
    const CHUNK: &str = r#"{"choices":[{"index":0,"delta":{"content":"Hel"}}]}"#;
    for (sent, kept) in [
        (
            format!("data: {CHUNK}\n\ndata: {HALF}"),
            format!("{CHUNK}\n{HALF}"),
        ),
        (format!("data: {HALF}"), HALF.to_owned()),
        (format!("{CHUNK}\n{HALF}"), format!("{CHUNK}\n{HALF}")),
    ] {
        let server = Server::always(Answer::new(200, sent).broken_off());
        let run = real_at(&server.url("/v1"), json!({"stream": true})).run();
        let found = run.assert_rejected("ERR_PROVIDER_UNAVAILABLE", 13);
        assert_eq!(String::from_utf8(found).unwrap(), kept);
    }
}

#[test]
fn a_run_that_asks_nothing_keeps_the_answer_of_the_one_before() {
    let server = Server::always(Answer::new(200, HALF).broken_off());
    let dir = Dir::new();
    let at = |params: Value| real_at(&server.url("/v1"), params).artifacts(dir.root());
    let answer = at(json!({}))
        .run()
        .assert_rejected("ERR_PROVIDER_UNAVAILABLE", 13);
    let asked = server.requests().len();
    for (run, code, status) in [
        (at(json!({"drop_params": "yes"})), "ERR_INPUTS", 3),
        (at(json!({})).env("OPENAI_API_KEY", ""), "ERR_MISSING_SECRET", 6),
    ] {
        assert_eq!(run.run().assert_rejected(code, status), answer, "{code}");
    }
    assert_eq!(server.requests().len(), asked);
}
