//! Streams whose last event lacks the output.

use serde_json::{Value, json};
use support::{Answer, Server};

use super::{at, hi};
use crate::native::{ask, completion};

/// The only choice of the completion for these events, of which the last has no output.
fn choice(events: &[Value]) -> Value {
    let end = json!({"type": "response.completed", "response": {"status": "completed", "model": "m", "output": []}});
    let lines = events
        .iter()
        .chain([&end])
        .map(|event| format!("data: {event}\n\n"));
    let answer = Answer::new(200, lines.collect::<String>()).header("content-type", "text/event-stream");
    let server = Server::always(answer);
    let run = at(&server, ask("openai/responses/m", hi(), json!({"stream": true}))).run();
    run.assert_success();
    completion(&run)["choices"][0].take()
}

fn delta(kind: &str, position: Value, index: Value, delta: &str) -> Value {
    let mut event =
        json!({"type": format!("response.{kind}.delta"), "output_index": position, "delta": delta});
    let name = if kind.contains("summary") {
        "summary_index"
    } else {
        "content_index"
    };
    event[name] = index;
    event
}

fn added(position: u64, item: &Value) -> Value {
    json!({"type": "response.output_item.added", "output_index": position, "item": item})
}

#[test]
fn texts_are_those_of_the_deltas() {
    let message = choice(&[
        delta("reasoning_summary_text", json!(0), json!(0), "Fi"),
        delta("reasoning_summary_text", json!(0), json!(0), "rst."),
        delta("reasoning_summary_text", json!(0), json!(1), "Second."),
        added(1, &json!({"type": "message", "role": "assistant", "content": []})),
        delta("output_text", json!(1), json!(0), "He"),
        delta("output_text", json!(1), json!(0), "llo"),
        delta("output_text", json!(1), json!(1), "!"),
        delta("output_text", Value::Null, Value::Null, "!"),
    ])["message"]
        .take();
    assert_eq!(message["content"], "Hello!!");
    assert_eq!(message["reasoning_content"], "First. Second.");
    let refused = choice(&[
        delta("refusal", json!(0), json!(0), "No"),
        delta("refusal", json!(0), json!(0), "."),
    ]);
    assert_eq!(
        refused["message"],
        json!({"role": "assistant", "content": null, "refusal": "No."})
    );
}

#[test]
fn calls_are_those_of_the_deltas() {
    let call = json!({"type": "function_call", "call_id": "c1", "name": "f", "arguments": ""});
    let custom = json!({"type": "custom_tool_call", "call_id": "c2", "name": "g", "input": ""});
    let whole = json!({"type": "function_call", "call_id": "c3", "name": "h", "arguments": "{\"b\":2}"});
    let choice = choice(&[
        added(0, &call),
        delta("function_call_arguments", json!(0), Value::Null, "{\"a\":"),
        added(1, &custom),
        delta("custom_tool_call_input", json!(1), Value::Null, "raw"),
        delta("function_call_arguments", json!(0), Value::Null, "1}"),
        delta("function_call_arguments", json!(2), Value::Null, "{\"b\""),
        json!({"type": "response.output_item.done", "output_index": 2, "item": whole}),
    ]);
    let calls = choice["message"]["tool_calls"].as_array().unwrap();
    let found: Vec<_> = calls
        .iter()
        .map(|call| {
            json!([
                call["id"],
                call["function"]["name"],
                call["function"]["arguments"]
            ])
        })
        .collect();
    let expected = json!([
        ["c1", "f", "{\"a\":1}"],
        ["c2", "g", "raw"],
        ["c3", "h", "{\"b\":2}"]
    ]);
    assert_eq!(Value::from(found), expected);
    assert_eq!(choice["finish_reason"], "tool_calls");
}
