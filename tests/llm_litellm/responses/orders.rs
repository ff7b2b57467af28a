//! The items of an answer are handed back in their order.

use serde_json::{Value, json};
use support::{Answer, Server};

use super::at;
use crate::native::{ask, body, completion};
use crate::service;

const MODEL: &str = "openai/responses/gpt-5.1";

/// The message of the completion for an output.
fn message(output: &Value) -> Value {
    let answer = json!({"id": "r", "status": "completed", "model": "m", "output": output});
    let server = Server::always(Answer::json(200, &answer));
    let run = at(&server, ask(MODEL, super::hi(), json!({}))).run();
    completion(&run)["choices"][0]["message"].take()
}

/// The items that are sent for an answer and the result of its call.
fn sent(message: &Value, tools: &Value) -> Value {
    let server = service();
    let result = json!({"role": "tool", "tool_call_id": "call_1", "content": "r"});
    let run = at(
        &server,
        ask(MODEL, json!([message, result]), json!({ "tools": tools })),
    )
    .run();
    run.assert_success();
    body(&server)["input"].take()
}

fn reasoning(id: &str) -> Value {
    json!({"type": "reasoning", "id": id, "summary": [{"type": "summary_text", "text": id}], "encrypted_content": format!("E{id}")})
}

fn text(parts: &[&str], phase: &str) -> Value {
    let parts = parts
        .iter()
        .map(|text| json!({"type": "output_text", "text": text}));
    json!({"type": "message", "role": "assistant", "content": parts.collect::<Vec<_>>(), "phase": phase})
}

fn call(kind: &str, input: &str) -> Value {
    json!({"type": kind, "call_id": "call_1", "name": "f", input: "{}"})
}

fn result(kind: &str) -> Value {
    let output = match kind {
        "custom_tool_call_output" => json!("r"),
        _ => json!([{"type": "input_text", "text": "r"}]),
    };
    json!({"type": kind, "call_id": "call_1", "output": output})
}

#[test]
fn thoughts_stay_before_what_they_led_to() {
    let function = (call("function_call", "arguments"), result("function_call_output"));
    let custom = (
        call("custom_tool_call", "input"),
        result("custom_tool_call_output"),
    );
    let hello = text(&["Hé", "", "llo 🙂"], "commentary");
    for (mut output, result) in [
        (
            json!([
                reasoning("1"),
                hello,
                reasoning("2"),
                text(&["x"], "final_answer"),
                function.0
            ]),
            function.1,
        ),
        (json!([reasoning("1"), custom.0]), custom.1),
    ] {
        let message = message(&output);
        let replay = &message["provider_specific_fields"]["openai_responses_replay"];
        assert_eq!(replay["version"], 1, "{message}");
        assert_eq!(replay["checksum"].as_str().unwrap().len(), 64);
        output.as_array_mut().unwrap().push(result);
        assert_eq!(sent(&message, &json!([])), output);
    }
}

#[test]
fn an_order_that_does_not_fit_is_none() {
    let call = call("function_call", "arguments");
    let first = text(&["a"], "commentary");
    let output = json!([reasoning("1"), first, reasoning("2"), call]);
    let message = message(&output);
    for (pointer, value) in [
        ("/content", json!("longer")),
        ("/content", json!(null)),
        ("/reasoning_items", json!([])),
        ("/tool_calls/0/id", json!("call_2")),
        (
            "/provider_specific_fields/openai_responses_replay/items/0/index",
            json!(1),
        ),
        (
            "/provider_specific_fields/openai_responses_replay/items/1/parts",
            json!([-1]),
        ),
        (
            "/provider_specific_fields/openai_responses_replay/items",
            json!([{"type": "?"}]),
        ),
        ("/provider_specific_fields/openai_responses_replay", json!(7)),
    ] {
        let mut changed = message.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        let items = sent(&changed, &json!([]));
        let kinds: Vec<_> = items
            .as_array()
            .unwrap()
            .iter()
            .map(|item| &item["type"])
            .collect();
        // what the caller changed counts, and nothing is lost
        let count = |name: &str| kinds.iter().filter(|kind| **kind == name).count();
        let lost = usize::from(pointer == "/content" && changed["content"].is_null());
        assert_eq!(
            (count("message"), count("function_call")),
            (1 - lost, 1),
            "{pointer}"
        );
        let thoughts = if pointer == "/reasoning_items" { 0 } else { 2 };
        assert_eq!(count("reasoning"), thoughts, "{pointer}");
        let is_restored = pointer == "/tool_calls/0/id";
        let place = kinds.iter().rposition(|kind| **kind == "reasoning");
        assert_eq!(place == Some(2), is_restored, "{pointer} {items}");
    }
    // nothing is kept of an order that the message itself tells
    let usual = self::message(&json!([reasoning("1"), first, call]));
    assert_eq!(usual["provider_specific_fields"], json!({"phase": "commentary"}));
}

#[test]
fn searches_for_tools_are_handed_back() {
    let search = json!({"type": "tool_search_call", "id": "ts_1", "arguments": {"paths": ["crm"]}, "status": "completed"});
    let found =
        json!({"type": "tool_search_output", "id": "to_1", "tools": [{"type": "function", "name": "f"}]});
    let mut with_null = search.clone();
    with_null["call_id"] = Value::Null;
    let call = call("function_call", "arguments");
    let message = message(&json!([reasoning("1"), with_null, found, reasoning("2"), call]));
    let result = result("function_call_output");
    let tools = json!([{"type": "tool_search"}]);
    let in_order = json!([reasoning("1"), search, found, reasoning("2"), call, result]);
    assert_eq!(sent(&message, &tools), in_order);
    // also without the order, but not without the tool for it
    let mut bare = message;
    bare["provider_specific_fields"]
        .as_object_mut()
        .unwrap()
        .remove("openai_responses_replay");
    assert_eq!(sent(&bare, &tools), in_order);
    let without = json!([reasoning("1"), reasoning("2"), call, result]);
    assert_eq!(sent(&bare, &json!([])), without);
}

#[test]
fn items_that_no_message_has_are_fields() {
    let click = json!({"type": "computer_call", "call_id": "cc", "action": {"type": "click"}});
    let search = json!({"type": "web_search_call", "id": "ws", "status": "completed"});
    let image = json!({"type": "image_generation_call", "result": "AA=="});
    let message = message(&json!([search, text(&["a"], "final_answer"), image, click]));
    let fields = &message["provider_specific_fields"];
    assert_eq!(fields["output_items"], json!([search, click]));
    let server = service();
    let user = json!({"role": "user", "content": "hi"});
    let run = at(&server, ask(MODEL, json!([message, user]), json!({}))).run();
    assert_eq!(
        run.receipt()["extra"]["changed"],
        "messages.images left out; output_items of messages left out"
    );
}
