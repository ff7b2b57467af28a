//! Streams that end within an event are kept, whatever ends them.

use serde_json::{Value, json};
use support::{Answer, Finished, Server, Signal, Test};

use crate::{KEY, native};

const EVENTS: &str = "text/event-stream";
/// The models of all APIs whose streams have events.
const MODELS: [&str; 4] = [
    "anthropic/claude-sonnet-4-5",
    "gemini/gemini-2.5-flash",
    "openai/gpt-4o",
    "openai/responses/gpt-4o",
];
/// The beginning of an event of any API.
const HALF: &str = r#"{"candidates":[{"content":{"parts":[{"text":"word word word"#;

fn ask(model: &str, server: &Server, params: Value) -> Test {
    let mut all = json!({"stream": true});
    all.as_object_mut()
        .unwrap()
        .extend(params.as_object().unwrap().clone());
    native::ask(model, json!([{"role": "user", "content": "hi"}]), all)
        .env("ANTHROPIC_API_BASE", server.url(""))
        .env("ANTHROPIC_API_KEY", KEY)
        .env("GEMINI_API_BASE", server.url("/v1beta"))
        .env("GEMINI_API_KEY", KEY)
        .env("OPENAI_BASE_URL", server.url("/v1"))
        .env("OPENAI_API_KEY", KEY)
}

fn answered(model: &str, answer: Answer) -> Finished {
    let server = Server::always(answer);
    let run = ask(model, &server, json!({})).run();
    assert_eq!(server.requests().len(), 1, "{run:?}");
    run
}

fn whole(body: impl Into<Vec<u8>>) -> Answer {
    Answer::new(200, body).header("content-type", EVENTS)
}

/// This body, and then nothing.
fn hanging(body: &str) -> Answer {
    whole(body).promising(body.len() + 1).hanging()
}

#[test]
fn an_end_within_the_first_event_keeps_it() {
    for model in MODELS {
        for before in ["", ": comment\n\n"] {
            let run = answered(model, whole(format!("{before}data: {HALF}")));
            let kept = run.assert_rejected("ERR_PROVIDER_RESPONSE", 14);
            assert_eq!(kept, HALF.as_bytes(), "{model}");
        }
    }
}

#[test]
fn the_deadline_and_a_signal_keep_what_a_broken_connection_keeps() {
    const CHUNK: &str = r#"{"candidates":[{"index":0,"content":{"parts":[{"text":"a"}]}}]}"#;
    for body in [
        format!("data: {HALF}"),
        format!("data: {CHUNK}\n\ndata: {HALF}"),
        format!("data: {CHUNK}\n\nevent: x\ndata: {HALF}\n"),
    ] {
        let broken = answered(MODELS[1], whole(body.as_str()).broken_off());
        let kept = broken.assert_rejected("ERR_PROVIDER_UNAVAILABLE", 13);
        assert!(kept.ends_with(HALF.as_bytes()), "{body}");

        let server = Server::always(hanging(&body));
        let late = ask(MODELS[1], &server, json!({})).env("TIMEOUT_S", "1").run();
        assert_eq!(late.assert_rejected("ERR_TIMEOUT", 124), kept, "{body}");
    }
    let server = Server::script([whole(format!("data: {HALF}")).broken_off(), Answer::hang()]);
    let params = json!({"fallbacks": ["openai/gpt-4o"]});
    let started = ask(MODELS[1], &server, params).start();
    server.wait_for(2);
    started.signal(Signal::TERM);
    let kept = started.wait().assert_rejected("ERR_CANCELLED", 143);
    assert_eq!(kept, HALF.as_bytes(), "of the model before");
}

#[test]
fn half_of_a_frame_outlives_the_deadline() {
    const WHOLE: &[u8] = include_bytes!("recorded/bedrock_converse/tools.stream");
    let cut = &WHOLE[..WHOLE.len() - 20];
    let answer = || Answer::new(200, cut).header("content-type", "application/vnd.amazon.eventstream");
    let at = |answer: Answer| {
        let server = Server::always(answer);
        ask(
            "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            &server,
            json!({}),
        )
        .env("AWS_BEDROCK_RUNTIME_ENDPOINT", server.url(""))
        .env("AWS_BEARER_TOKEN_BEDROCK", KEY)
        .env("AWS_REGION", "us-east-1")
        .env("TIMEOUT_S", "2")
        .run()
    };
    let kept = at(answer().broken_off()).assert_rejected("ERR_PROVIDER_UNAVAILABLE", 13);
    let late = at(answer().promising(cut.len() + 1).hanging());
    assert_eq!(late.assert_rejected("ERR_TIMEOUT", 124), kept);
}

#[test]
fn what_is_no_stream_of_events_is_kept_as_it_came() {
    let utf16: Vec<u8> = "data: {\"a\":1}\r\n\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for body in [
        b"This answer was paid for.\nIt is long.\n".to_vec(),
        b"This answer was paid for.".to_vec(),
        b"Data: {\"choices\":[]}\r\n\r\n".to_vec(),
        b" data: {\"choices\":[]}\n\n".to_vec(),
        utf16,
    ] {
        for model in MODELS {
            let run = answered(model, whole(body.as_slice()));
            let kept = run.assert_rejected("ERR_PROVIDER_RESPONSE", 14);
            assert_eq!(kept, body, "{model}");
        }
        let broken = answered(MODELS[0], whole(body.as_slice()).broken_off());
        let kept = broken.assert_rejected("ERR_PROVIDER_UNAVAILABLE", 13);
        assert_eq!(kept, body);
    }
    for nothing in ["", ": waiting\n\n: waiting\n\n", "id: 1\n\n", "data: null\n\n"] {
        let run = answered(MODELS[0], whole(nothing));
        run.assert_failure("ERR_PROVIDER_RESPONSE", 14);
    }
}

#[test]
fn an_event_may_be_as_large_as_a_document() {
    let text = "x".repeat(17 * 1024 * 1024);
    let answer = json!({"candidates": [{"content": {"parts": [{"text": text}]}, "finishReason": "STOP"}]});
    let run = answered(MODELS[1], whole(format!("data: {answer}\n\n")));
    run.assert_success();
    let content = &native::completion(&run)["choices"][0]["message"]["content"];
    assert_eq!(content.as_str().unwrap().len(), text.len());
}

#[test]
fn an_event_that_is_too_large_is_kept() {
    let text = "x".repeat(33 * 1024 * 1024);
    let run = answered(MODELS[0], whole(format!("data: {text}\ndata: {text}\n\n")));
    let kept = run.assert_rejected("ERR_PROVIDER_RESPONSE", 14);
    run.assert_message("an event of more than 67108864 bytes");
    assert!(kept.len() > 64 * 1024 * 1024, "{}", kept.len());
}
