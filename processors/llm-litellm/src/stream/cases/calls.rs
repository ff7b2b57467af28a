//! Tool calls.

use serde_json::{Value, json};

use super::message;

/// The calls that these deltas make, each in a chunk.
fn calls<const N: usize>(deltas: [Value; N]) -> Value {
    message(deltas.map(|delta| json!({"tool_calls": [delta]})))["tool_calls"].clone()
}

#[test]
fn a_new_id_begins_a_new_call() {
    let call = |id: &str, name: &str, arguments: &str| json!({"index": 0, "id": id, "type": "function", "function": {"name": name, "arguments": arguments}});
    let expected = json!([call("a", "f", "{\"x\":1}"), call("b", "g", "{}")]);
    let deltas = [
        call("a", "f", "{\"x\":"),
        call("b", "g", "{"),
        call("a", "", "1}"),
        call("b", "", "}"),
    ];
    assert_eq!(calls(deltas), expected, "each delta with its id");
    let deltas = [
        call("a", "f", "{\"x\":"),
        call("", "", "1}"),
        call("b", "g", ""),
        call("", "", "{}"),
    ];
    assert_eq!(calls(deltas), expected, "the first delta with its id");
    let deltas = [
        call("a", "f", "{\"x\":"),
        call("c", "", "1}"),
        call("b", "g", "{"),
        call("d", "", "}"),
    ];
    assert_eq!(calls(deltas), expected, "an id of its own for each delta");
    let deltas = [
        call("a", "f", "{\"x\":"),
        call("a", "f", "1}"),
        call("b", "g", "{}"),
    ];
    assert_eq!(calls(deltas), expected, "the name again");
}

#[test]
fn calls_without_ids_are_matched_by_index_and_name() {
    let call = |index: u64, name: &str, arguments: &str| json!({"index": index, "id": "", "function": {"name": name, "arguments": arguments}});
    let plain = |call: &Value| {
        json!([
            call["index"],
            call["function"]["name"],
            call["function"]["arguments"]
        ])
    };
    for (deltas, expected) in [
        // Gemini, whose calls come whole
        (
            [
                call(0, "f", "{\"x\":1}"),
                call(0, "f", "{\"x\":2}"),
                call(0, "g", "{}"),
            ],
            json!([[0, "f", "{\"x\":1}"], [0, "f", "{\"x\":2}"], [0, "g", "{}"]]),
        ),
        (
            [call(0, "f", "{"), call(1, "g", "{}"), call(0, "f", "}")],
            json!([[0, "f", "{}"], [1, "g", "{}"]]),
        ),
        // an index that no call has begun with
        (
            [call(1, "f", "{"), call(0, "", "\"x\""), call(0, "", ":1}")],
            json!([[1, "f", "{\"x\":1}"]]),
        ),
    ] {
        let calls = calls(deltas);
        let found: Vec<_> = calls.as_array().unwrap().iter().map(plain).collect();
        assert_eq!(json!(found), expected);
    }
}

#[test]
fn a_delta_without_index_continues_the_last_call() {
    let first = json!({"id": "a", "type": "function", "function": {"name": "f", "arguments": "{\"x\":"}});
    let rest = json!({"function": {"arguments": "1}"}});
    let second = json!({"id": "b", "function": {"name": "g", "arguments": "{}"}});
    let whole = json!({"id": "a", "type": "function", "function": {"name": "f", "arguments": "{\"x\":1}"}});
    let indexed = |mut call: Value, index: u64| {
        call["index"] = index.into();
        call
    };
    assert_eq!(calls([first.clone(), rest.clone()]), json!([whole]));
    assert_eq!(
        calls([first.clone(), rest.clone(), second.clone()]),
        json!([whole, second])
    );
    let expected = json!([indexed(whole, 3), second]);
    assert_eq!(calls([indexed(first, 3), rest, second]), expected);
    // without ids
    let call = |name: &str, arguments: &str| json!({"function": {"name": name, "arguments": arguments}});
    assert_eq!(
        calls([call("f", "{}"), call("g", "{}")]),
        json!([call("f", "{}"), call("g", "{}")])
    );
    assert_eq!(calls([call("f", "{"), call("f", "}")]), json!([call("f", "{}")]));
    // an id that comes late
    let late = calls([
        json!({"index": 0, "function": {"name": "f", "arguments": ""}}),
        json!({"index": 0, "id": "a"}),
    ]);
    assert_eq!(
        late,
        json!([{"index": 0, "function": {"name": "f", "arguments": ""}, "id": "a"}])
    );
}

#[test]
fn calls_of_other_types_grow_too() {
    let legacy = |call: Value| json!({"function_call": call});
    let whole = message([
        legacy(json!({"name": "f", "arguments": "{"})),
        legacy(json!({"arguments": "}"})),
    ]);
    assert_eq!(whole["function_call"], json!({"name": "f", "arguments": "{}"}));
    let custom = |id: &str, name: &str, input: &str| json!({"index": 0, "id": id, "type": "custom", "custom": {"name": name, "input": input}});
    assert_eq!(
        calls([custom("a", "f", "x"), custom("", "", "y")]),
        json!([custom("a", "f", "xy")])
    );
    let google =
        |signature: &str| json!({"index": 0, "extra_content": {"google": {"thought_signature": signature}}});
    assert_eq!(calls([google("s"), google("t")]), json!([google("t")]));
    // arguments that are not a string come whole
    let object = json!({"id": "a", "function": {"name": "f", "arguments": {"text": "x"}}});
    assert_eq!(calls([object.clone(), object.clone()]), json!([object]));
}
