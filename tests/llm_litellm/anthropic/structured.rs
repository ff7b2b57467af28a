//! Structured output, natively and by a tool.

use serde_json::{Value, json};

use super::{MODEL, answered, assert_refused, betas, hi, sent};
use crate::native::{completion, output};

const OLD: &str = "anthropic/claude-opus-4-1";

fn format(schema: Value) -> Value {
    json!({"type": "json_schema", "json_schema": {"name": "a", "strict": true, "schema": schema}})
}

fn city() -> Value {
    json!({"type": "object", "properties": {"reason": {"type": "string", "minLength": 1}, "city": {"type": "string"}}, "required": ["reason", "city"]})
}

#[test]
fn newer_models_get_a_format() {
    let params = json!({"max_tokens": 5, "response_format": format(city())});
    let (body, changed) = sent(MODEL, hi(), params.clone());
    assert_eq!(
        body["output_format"],
        json!({"type": "json_schema", "schema": {"type": "object", "properties": {"reason": {"type": "string", "description": "{\"minLength\":1}"}, "city": {"type": "string"}},
            "required": ["reason", "city"], "additionalProperties": false}})
    );
    // the model answers in the order of the properties
    assert!(body.to_string().find("reason").unwrap() < body.to_string().find("city").unwrap());
    assert_eq!(body.get("tools"), None);
    assert_eq!(changed.as_deref(), Some("response_format to output_format"));
    assert_eq!(
        betas(hi(), params).as_deref(),
        Some("structured-outputs-2025-11-13")
    );

    // with tools there is no other way, and the object is closed
    let open = json!({"type": "object", "additionalProperties": true});
    let tools = json!([{"type": "function", "function": {"name": "f"}}]);
    let (body, changed) = sent(
        MODEL,
        hi(),
        json!({"max_tokens": 5, "response_format": format(open), "tools": tools}),
    );
    assert_eq!(body["output_format"]["schema"]["additionalProperties"], false);
    assert_eq!(
        changed.as_deref(),
        Some("response_format to output_format; additionalProperties to false")
    );
}

#[test]
fn other_models_and_open_objects_get_a_tool() {
    for (model, schema) in [
        (OLD, city()),
        (MODEL, json!({"type": "object", "additionalProperties": true})),
    ] {
        let (body, changed) = sent(
            model,
            hi(),
            json!({"max_tokens": 5, "response_format": format(schema.clone())}),
        );
        assert_eq!(
            body["tools"],
            json!([{"name": "json_tool_call", "input_schema": schema}])
        );
        assert_eq!(
            body["tool_choice"],
            json!({"type": "tool", "name": "json_tool_call"})
        );
        assert_eq!(body.get("output_format"), None);
        assert_eq!(changed.as_deref(), Some("response_format to tools"));
    }
    // a model that thinks cannot be forced, and the caller's own tools must stay within reach
    for params in [
        json!({"reasoning_effort": "low"}),
        json!({"tools": [{"type": "function", "function": {"name": "f"}}]}),
    ] {
        let mut all = json!({"response_format": format(city())});
        all.as_object_mut()
            .unwrap()
            .extend(params.as_object().unwrap().clone());
        let (body, _) = sent(OLD, hi(), all);
        assert_eq!(body.get("tool_choice"), None, "{params}");
        let tool = body["tools"].as_array().unwrap().last().unwrap();
        assert!(tool["description"].is_string(), "{tool}");
    }
}

#[test]
fn the_input_of_the_tool_is_the_answer() {
    let tool =
        |input: Value| json!({"type": "tool_use", "id": "t", "name": "json_tool_call", "input": input});
    let params = json!({"response_format": format(city())});
    for input in [
        json!({"reason": "r", "city": "Bern"}),
        json!({"values": {"reason": "r", "city": "Bern"}}),
    ] {
        let answer =
            json!({"content": [{"type": "text", "text": "Here:"}, tool(input)], "stop_reason": "tool_use"});
        let run = answered(OLD, params.clone(), &answer);
        let choice = completion(&run)["choices"][0].take();
        assert_eq!(
            choice["message"],
            json!({"role": "assistant", "content": "{\"reason\":\"r\",\"city\":\"Bern\"}"})
        );
        assert_eq!(choice["finish_reason"], "stop");
        assert!(output(&run, "native.json").is_some());
    }

    let other = json!({"type": "tool_use", "id": "u", "name": "f", "input": {}});
    let answer = json!({"content": [other, tool(json!({"city": "Bern"}))], "stop_reason": "tool_use"});
    let choice = completion(&answered(OLD, params, &answer))["choices"][0].take();
    assert_eq!(choice["message"]["content"], "{\"city\":\"Bern\"}");
    assert_eq!(choice["message"]["tool_calls"].as_array().unwrap().len(), 1);
    assert_eq!(choice["finish_reason"], "tool_calls");
}

#[test]
fn an_answer_that_is_no_object_is_wrapped() {
    let answer = |input: Value| json!({"content": [{"type": "tool_use", "id": "t", "name": "json_tool_call", "input": input}], "stop_reason": "tool_use"});
    let schema = json!({"type": "array", "items": {"$ref": "#/$defs/a"}, "$defs": {"a": {"type": "string"}}});
    let params = json!({"max_tokens": 5, "response_format": format(schema)});
    let (body, _) = sent(OLD, hi(), params.clone());
    assert_eq!(
        body["tools"][0]["input_schema"],
        json!({"type": "object", "properties": {"values": {"type": "array", "items": {"$ref": "#/$defs/a"}}}, "required": ["values"],
            "$defs": {"a": {"type": "string"}}})
    );
    for (input, expected) in [
        (json!({"values": ["x"]}), r#"["x"]"#),
        (json!({"values": [null]}), "[null]"),
        (json!({"other": 1}), r#"{"other":1}"#),
    ] {
        let run = answered(OLD, params.clone(), &answer(input));
        assert_eq!(completion(&run)["choices"][0]["message"]["content"], expected);
    }
}

#[test]
fn several_inputs_make_one_document() {
    let tool =
        |input: Value| json!({"type": "tool_use", "id": "t", "name": "json_tool_call", "input": input});
    let text = json!({"type": "text", "text": "Here:"});
    let whole = |city: &str| tool(json!({"reason": "r", "city": city}));
    let call = json!({"type": "tool_use", "id": "u", "name": "f", "input": {}});
    for (content, expected) in [
        (
            json!([whole("Bern"), whole("Bonn")]),
            r#"{"reason":"r","city":"Bern"}"#,
        ),
        (
            json!([tool(json!({"reason": "r"})), text, tool(json!({"city": "Bern"}))]),
            r#"{"reason":"r","city":"Bern"}"#,
        ),
        (
            json!([tool(json!({"reason": "r"})), tool(json!({"x": 1}))]),
            r#"{"reason":"r"}"#,
        ),
        (
            json!([text, call, whole("Bern")]),
            r#"{"reason":"r","city":"Bern"}"#,
        ),
    ] {
        let params = json!({"response_format": format(city())});
        let answer = json!({"content": content, "stop_reason": "tool_use"});
        let message = completion(&answered(OLD, params, &answer))["choices"][0]["message"].take();
        assert_eq!(message["content"], expected, "{content}");
    }
}

#[test]
fn plain_json_is_left_to_the_prompt() {
    let format = json!({"type": "json_object"});
    let (body, changed) = sent(MODEL, hi(), json!({"max_tokens": 5, "response_format": format}));
    let members: Vec<_> = body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["model", "messages", "max_tokens"]);
    assert_eq!(changed.as_deref(), Some("response_format left out"));
    #[rustfmt::skip]
    let cases = [
        (json!({"type": "json_schema", "json_schema": {"name": "a"}}), "/params/response_format/json_schema/schema is not"),
        (json!({"type": "grammar"}), "/params/response_format/type is none of"),
    ];
    for (format, message) in cases {
        assert_refused(MODEL, hi(), json!({ "response_format": format }), message);
    }
    let (_, changed) = sent(
        MODEL,
        hi(),
        json!({"max_tokens": 5, "response_format": {"type": "text"}}),
    );
    assert_eq!(changed, None);
}
