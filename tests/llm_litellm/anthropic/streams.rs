//! Streams that lack a part.

use serde_json::{Value, json};
use support::{Answer, Finished, Server};

use super::{MODEL, at, hi};
use crate::native::{ask, completion};

fn streamed(events: &[Value]) -> Finished {
    let start = json!({"type": "message_start", "message": {"model": "m", "content": []}});
    let end = json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}});
    let events = std::iter::once(&start).chain(events).chain([&end]);
    let lines = events.map(|event| format!("data: {event}\n\n"));
    let answer = Answer::new(200, lines.collect::<String>()).header("content-type", "text/event-stream");
    at(&Server::always(answer), ask(MODEL, hi(), json!({"stream": true}))).run()
}

fn delta(index: Option<u64>, delta: Value) -> Value {
    json!({"type": "content_block_delta", "index": index, "delta": delta})
}

fn text(text: &str) -> Value {
    json!({"type": "text_delta", "text": text})
}

#[test]
fn a_block_without_its_beginning_is_kept() {
    let thinking = json!({"type": "thinking_delta", "thinking": "Hm."});
    let signature = json!({"type": "signature_delta", "signature": "s"});
    let run = streamed(&[
        delta(Some(0), thinking),
        delta(Some(0), signature),
        delta(Some(1), text("Hel")),
        delta(Some(1), text("lo")),
        delta(None, text("!")),
        delta(Some(2), json!({"type": "yet_to_come", "x": 1})),
    ]);
    run.assert_success();
    let message = completion(&run)["choices"][0]["message"].take();
    assert_eq!(message["content"], "Hello!");
    let thoughts = json!([{"type": "thinking", "thinking": "Hm.", "signature": "s"}]);
    assert_eq!(message["thinking_blocks"], thoughts);
}

#[test]
fn a_call_without_its_beginning_is_an_error() {
    let input = json!({"type": "input_json_delta", "partial_json": "{}"});
    let run = streamed(&[delta(Some(0), text("a")), delta(Some(1), input)]);
    let kept = run.assert_rejected("ERR_PROVIDER_RESPONSE", 14);
    assert_eq!(kept.split(|byte| *byte == b'\n').count(), 5);
    run.assert_message("the input of a call whose beginning is missing");
}
