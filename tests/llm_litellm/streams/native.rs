//! The ends of native streams, and answers of native APIs that end with an error.

use serde_json::{Value, json};
use support::{Answer, Server, Test};

use crate::KEY;
use crate::native;

const CLAUDE: &str = "anthropic/claude-sonnet-4-5";

fn ask(model: &str, server: &Server, params: Value) -> Test {
    native::ask(model, json!([{"role": "user", "content": "hi"}]), params)
        .env("ANTHROPIC_API_BASE", server.url(""))
        .env("ANTHROPIC_API_KEY", KEY)
        .env("GEMINI_API_BASE", server.url(""))
        .env("GEMINI_API_KEY", KEY)
        .env("OLLAMA_API_BASE", server.url(""))
        .env("OPENAI_BASE_URL", server.url("/v1"))
        .env("OPENAI_API_KEY", KEY)
}

#[test]
fn nobody_waits_after_the_end_mark() {
    let recorded = [
        (
            CLAUDE,
            include_str!("../recorded/anthropic_messages/thinking_and_tools.stream"),
        ),
        ("ollama/m", include_str!("../recorded/ollama_chat/tools.stream")),
        (
            "openai/responses/m",
            include_str!("../recorded/openai_responses/tools.stream"),
        ),
        (
            "openai/responses/m",
            include_str!("../recorded/openai_responses/incomplete.stream"),
        ),
    ];
    for (model, stream) in recorded {
        let stream = format!("{}\n\n", stream.trim_end());
        let chunk = format!("{:x}\r\n{stream}\r\n", stream.len());
        for answer in [
            Answer::chunked(200, chunk).hanging(),
            Answer::new(200, stream).broken_off(),
        ] {
            let server = Server::always(answer);
            let params = json!({"stream": true, "timeout": 5});
            ask(model, &server, params).run().assert_success();
        }
    }
}

#[test]
fn the_only_line_of_a_stream_may_be_its_beginning() {
    let line = r#"{"model":"m","message":{"role":"assistant","content":"Hel"},"done":false}"#;
    let line = format!("{line}\n");
    for stream in [true, false] {
        let server =
            Server::always(Answer::new(200, line.as_str()).header("content-type", "application/x-ndjson"));
        let run = ask("ollama/m", &server, json!({ "stream": stream })).run();
        let kept = run.assert_rejected("ERR_PROVIDER_RESPONSE", 14);
        assert_eq!(kept, line.as_bytes());
        run.assert_message("whose end is missing");
        assert_eq!(server.requests().len(), 1);
    }
    let broken = Answer::new(200, line.as_str()).header("content-type", "application/x-ndjson");
    let server = Server::always(broken.broken_off());
    let run = ask("ollama/m", &server, json!({"stream": true})).run();
    let kept = run.assert_rejected("ERR_PROVIDER_UNAVAILABLE", 13);
    assert_eq!(kept, line.as_bytes());
}

#[test]
fn an_error_beside_an_answer_is_not_paid_for_twice() {
    let busy = json!({"type": "overloaded_error", "message": "boom"});
    let failed = json!({"code": "server_error", "message": "boom"});
    let half = json!({"type": "message", "content": [{"type": "output_text", "text": "half"}]});
    for (model, answer, code, status) in [
        (
            "openai/responses/m",
            json!({"status": "failed", "error": failed, "output": [half]}),
            "ERR_PROVIDER_UNAVAILABLE",
            13,
        ),
        (
            "openai/responses/m",
            json!({"status": "failed", "error": failed, "output": [], "usage": {"input_tokens": 3}}),
            "ERR_PROVIDER_UNAVAILABLE",
            13,
        ),
        (
            CLAUDE,
            json!({"type": "message", "content": [{"type": "text", "text": "half"}], "error": busy}),
            "ERR_PROVIDER_UNAVAILABLE",
            13,
        ),
        (
            "gemini/gemini-2.5-flash",
            json!({"candidates": [{"content": {"parts": [{"text": "half"}]}}], "error": {"code": 503, "message": "boom"}}),
            "ERR_PROVIDER_UNAVAILABLE",
            13,
        ),
        (
            "ollama/m",
            json!({"message": {"role": "assistant", "content": "half"}, "error": "boom"}),
            "ERR_PROVIDER_RESPONSE",
            14,
        ),
    ] {
        let server = Server::always(Answer::json(200, &answer));
        let run = ask(model, &server, json!({})).run();
        let kept = run.assert_rejected(code, status);
        assert_eq!(kept, answer.to_string().as_bytes());
        run.assert_message("boom");
        assert_eq!(server.requests().len(), 1, "{answer}");
    }
    let empty = json!({"type": "message", "content": [], "error": busy, "usage": {"input_tokens": 0}});
    let server = Server::always(Answer::json(200, &empty));
    let run = ask(CLAUDE, &server, json!({"num_retries": 1})).run();
    run.assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
    assert_eq!(server.requests().len(), 2);
}
