//! JSON that a native API's service, or a model, may write, and that strict readers refuse.

use serde_json::{Value, json};
use support::{Answer, Finished, Server, Test};

use crate::native::{ask, completion, output};
use crate::{KEY, service};

const CLAUDE: &str = "anthropic/claude-sonnet-4-5";
const GEMINI: &str = "gemini/gemini-2.5-flash";
const LARGE: &str = "[9223372036854775807,-9223372036854775808,18446744073709551615,9007199254740993,-9223372036854775809,123456789012345678901234567890]";

fn at(server: &Server, run: Test) -> Test {
    run.env("ANTHROPIC_API_BASE", server.url(""))
        .env("ANTHROPIC_API_KEY", KEY)
        .env("GEMINI_API_BASE", server.url("/v1beta"))
        .env("GEMINI_API_KEY", KEY)
        .env("OLLAMA_API_BASE", server.url(""))
}

fn answered(model: &str, params: Value, answer: Answer) -> Finished {
    let server = Server::always(answer);
    let mut all = json!({"num_retries": 0});
    all.as_object_mut()
        .unwrap()
        .extend(params.as_object().unwrap().clone());
    at(
        &server,
        ask(model, json!([{"role": "user", "content": "hi"}]), all),
    )
    .run()
}

fn typed(media_type: &str, body: impl Into<Vec<u8>>) -> Answer {
    Answer::new(200, body).header("content-type", media_type)
}

#[test]
fn large_integers_are_handed_back_with_their_digits() {
    let json = format!(r#"{{"ids":{LARGE}}}"#);
    let messages = json!([
        {"role": "user", "content": "hi"},
        {"role": "assistant", "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": json}}]},
        {"role": "tool", "tool_call_id": "c1", "content": json},
    ]);
    let tools = json!({"tools": [{"type": "function", "function": {"name": "f"}}]});
    for (model, count) in [(CLAUDE, 1), (GEMINI, 2), ("ollama_chat/m", 1)] {
        let server = service();
        at(&server, ask(model, messages.clone(), tools.clone()))
            .run()
            .assert_success();
        let body = String::from_utf8(server.requests()[0].body.clone()).unwrap();
        assert_eq!(body.matches(&json).count(), count, "{body}");
    }
}

#[test]
fn odd_members_do_not_cost_the_answer() {
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let digits = "9".repeat(400);
    for member in [
        r#""x":1e400"#.to_owned(),
        format!(r#""x":{digits}"#),
        format!(r#""x":{deep}"#),
        r#""x":"\udc00""#.to_owned(),
    ] {
        let body = format!(
            r#"{{{member},"content":[{{"type":"text","text":"a\ud83d"}}],"stop_reason":"end_turn","usage":{{"input_tokens":1,"output_tokens":2}}}}"#
        );
        let run = answered(CLAUDE, json!({}), typed("application/json", body.clone()));
        run.assert_success();
        assert_eq!(completion(&run)["choices"][0]["message"]["content"], "a\u{fffd}");
        assert_eq!(run.receipt()["usage"]["completion_tokens"], 2);
        assert_eq!(output(&run, "native.json").unwrap(), body.as_bytes());
    }
    let body =
        b"{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\xffb\"}]},\"finishReason\":\"STOP\"}]}";
    let run = answered(GEMINI, json!({}), typed("application/json", body));
    run.assert_success();
    assert_eq!(completion(&run)["choices"][0]["message"]["content"], "a\u{fffd}b");
}

#[test]
fn halves_of_a_character_are_joined() {
    let text = |text: &str| {
        format!(
            r#"{{"candidates":[{{"index":0,"content":{{"role":"model","parts":[{{"text":"{text}"}}]}}}}],"x":1e400}}"#
        )
    };
    let last = r#"{"candidates":[{"index":0,"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1}}"#;
    let chunks = [
        text(r"a\ud83d"),
        text(r"\ude00b"),
        text(r"\ud83d"),
        last.to_owned(),
    ];
    let events: String = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
    let run = answered(
        GEMINI,
        json!({"stream": true}),
        typed("text/event-stream", events),
    );
    run.assert_success();
    assert_eq!(
        completion(&run)["choices"][0]["message"]["content"],
        "a😀b\u{fffd}"
    );
    let lines: String = chunks.iter().map(|chunk| format!("{chunk}\n")).collect();
    assert_eq!(output(&run, "stream.jsonl").unwrap(), lines.as_bytes());
}

#[test]
fn the_address_is_not_blamed_for_json_that_is_cut_off() {
    for (media_type, message) in [
        ("application/json", "JSON that cannot be read at line 1 column"),
        (
            "text/html",
            "something that is not the JSON of its API at line 1 column",
        ),
    ] {
        let run = answered(CLAUDE, json!({}), typed(media_type, r#"{"content":["#));
        run.assert_rejected("ERR_PROVIDER_RESPONSE", 14);
        run.assert_message(message);
        let blames = run.message().contains("address");
        assert_eq!(blames, media_type == "text/html", "{}", run.message());
    }
}

#[test]
fn large_integers_of_an_answer_keep_their_digits() {
    let input = format!(r#"{{"ids":{LARGE}}}"#);
    let anthropic = format!(
        r#"{{"content":[{{"type":"tool_use","id":"t","name":"f","input":{input}}}],"stop_reason":"tool_use"}}"#
    );
    let start = r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}"#;
    let events = [
        start.to_owned(),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": input}})
            .to_string(),
        r#"{"type":"message_delta","delta":{"stop_reason":"tool_use"}}"#.to_owned(),
        r#"{"type":"message_stop"}"#.to_owned(),
    ];
    let events: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    let gemini = format!(
        r#"{{"candidates":[{{"content":{{"role":"model","parts":[{{"functionCall":{{"name":"f","args":{input}}}}}]}},"finishReason":"STOP"}}]}}"#
    );
    let ollama = format!(
        r#"{{"message":{{"role":"assistant","tool_calls":[{{"function":{{"name":"f","arguments":{input}}}}}]}},"done":true}}"#
    );
    for (model, body, stream) in [
        (CLAUDE, anthropic, false),
        (CLAUDE, events, true),
        (GEMINI, gemini.clone(), false),
        (GEMINI, format!("data: {gemini}\n\n"), true),
        ("ollama_chat/m", ollama, false),
    ] {
        let run = answered(model, json!({ "stream": stream }), Answer::new(200, body));
        run.assert_success();
        let call = &completion(&run)["choices"][0]["message"]["tool_calls"][0];
        assert_eq!(call["function"]["arguments"], input, "{model} {stream}");
    }
}
