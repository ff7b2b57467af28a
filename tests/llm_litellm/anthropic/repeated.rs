//! Histories that were put together from several sources.

use serde_json::{Value, json};

use super::{MODEL, assert_refused, sent};

fn call(id: &str, arguments: &str) -> Value {
    json!({"id": id, "type": "function", "function": {"name": "f", "arguments": arguments}})
}

fn assistant(content: &str, calls: &[Value]) -> Value {
    json!({"role": "assistant", "content": content, "tool_calls": calls})
}

fn history(answers: &[Value]) -> Value {
    let result = json!({"role": "tool", "tool_call_id": "c1", "content": "r"});
    let user = json!({"role": "user", "content": "hi"});
    std::iter::once(user)
        .chain(answers.iter().cloned())
        .chain([result])
        .collect()
}

fn params() -> Value {
    json!({"max_tokens": 5, "tools": [{"type": "function", "function": {"name": "f"}}]})
}

#[test]
fn repeated_calls_are_sent_once() {
    let tool_use =
        |id: &str, input: Value| json!({"type": "tool_use", "id": id, "name": "f", "input": input});
    let text = |text: &str| json!({"type": "text", "text": text});
    let once = tool_use("c1", json!({"a": 1}));
    let told = Some("repeated calls left out".to_owned());
    let first = assistant("a", &[call("c1", "{\"a\":1}")]);
    let in_one = assistant("a", &[call("c1", "{\"a\":1}"), call("c1", "{ \"a\": 1 }")]);
    for (answers, blocks, changes) in [
        (
            json!([first, assistant("b", &[call("c1", "{\"a\":1}")])]),
            json!([text("a"), once, text("b")]),
            &told,
        ),
        (json!([in_one]), json!([text("a"), once]), &told),
        (
            json!([first, assistant("", &[call("c2", "{\"a\":1}")])]),
            json!([text("a"), once, tool_use("c2", json!({"a": 1}))]),
            &None,
        ),
    ] {
        let (body, changed) = sent(MODEL, history(answers.as_array().unwrap()), params());
        assert_eq!(body["messages"][1]["content"], blocks, "{answers}");
        assert_eq!(&changed, changes, "{answers}");
    }
}

#[test]
fn ids_of_earlier_turns_get_another_end() {
    let result = |text: &str| json!({"role": "tool", "tool_call_id": "c1", "content": text});
    let again = |arguments: &str| assistant("", &[call("c1", arguments)]);
    let turns = json!([{"role": "user", "content": "hi"}, again("{}"), result("1"), again("{\"a\":2}"), result("2"),
        assistant("", &[call("c1_2", "{}")]), {"role": "tool", "tool_call_id": "c1_2", "content": "3"}, again("{}"), result("4")]);
    let (body, changed) = sent(MODEL, turns, params());
    for (at, id) in [(1, "c1"), (3, "c1_2"), (5, "c1_2_2"), (7, "c1_3")] {
        assert_eq!(body["messages"][at]["content"][0]["id"], id);
        assert_eq!(body["messages"][at + 1]["content"][0]["tool_use_id"], id);
    }
    assert_eq!(changed.as_deref(), Some("repeated ids of calls to new ones"));
}

#[test]
fn two_calls_with_one_id_are_refused() {
    let first = assistant("", &[call("c1", "{}")]);
    let other = assistant("", &[call("c1", "{\"a\":2}")]);
    assert_refused(
        MODEL,
        history(&[first, other]),
        params(),
        "/params/messages/2/tool_calls has a call with the id of another one",
    );
}

#[test]
fn what_anthropic_has_no_place_for_is_reported() {
    let code = json!({"type": "code_execution_20250825", "tool_id": "srvtoolu_1"});
    let mut called = call("c1", "{}");
    called["caller"] = code.clone();
    called["provider_specific_fields"] = json!({"thought_signature": "s"});
    let mut answer = assistant("a", &[called]);
    for (name, value) in [
        ("refusal", json!("no")),
        ("audio", json!({"id": "a"})),
        ("annotations", json!([])),
    ] {
        answer[name] = value;
    }
    let image = json!({"type": "image_url", "image_url": {"url": "https://h/a.png", "detail": "low"}});
    let question = json!({"role": "user", "content": [image]});
    let (body, changed) = sent(MODEL, history(&[question, answer]), params());
    assert_eq!(body["messages"][1]["content"][1]["caller"], code);
    let names = ["image_url.detail", "audio", "provider_specific_fields", "refusal"];
    let expected = names.map(|name| format!("messages.{name} left out")).join("; ");
    assert_eq!(changed, Some(expected));
}
