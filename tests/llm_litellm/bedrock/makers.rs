//! What the maker of a model decides.

use serde_json::{Value, json};

use super::requests::members;
use super::{CLAUDE, NOVA};

const OPUS: &str = "bedrock/us.anthropic.claude-opus-4-6-v1";

#[test]
fn thinking_is_told_as_each_maker_has_it() {
    let paths = json!(["/usage/output_tokens_details"]);
    for (model, params, fields, tokens) in [
        (
            CLAUDE,
            json!({"reasoning_effort": "low"}),
            json!({"thinking": {"type": "enabled", "budget_tokens": 1024}}),
            json!(5120),
        ),
        (
            CLAUDE,
            json!({"thinking": {"type": "enabled", "budget_tokens": 100}, "max_tokens": 2000}),
            json!({"thinking": {"type": "enabled", "budget_tokens": 1024}}),
            json!(2000),
        ),
        (
            CLAUDE,
            json!({"thinking": {"type": "adaptive"}, "max_tokens": 1500}),
            json!({"thinking": {"type": "enabled", "budget_tokens": 1499}}),
            json!(1500),
        ),
        (
            OPUS,
            json!({"reasoning_effort": "max"}),
            json!({"thinking": {"type": "adaptive", "display": "summarized"}, "output_config": {"effort": "max"}}),
            Value::Null,
        ),
        (
            "bedrock/us.amazon.nova-2-lite-v1:0",
            json!({"reasoning_effort": "high"}),
            json!({"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "high"}}),
            Value::Null,
        ),
        (
            "bedrock/openai.gpt-oss-120b-1:0",
            json!({"reasoning_effort": "low"}),
            json!({"reasoning_effort": "low"}),
            Value::Null,
        ),
        (
            "bedrock/openai.gpt-5",
            json!({"reasoning_effort": "low"}),
            json!({"reasoning": {"effort": "low"}}),
            Value::Null,
        ),
    ] {
        let (body, _) = members(model, params);
        assert_eq!(body["additionalModelRequestFields"], fields, "{model}");
        assert_eq!(body["inferenceConfig"]["maxTokens"], tokens, "{model}");
        let asked = &body["additionalModelResponseFieldPaths"];
        assert_eq!(asked == &paths, fields.get("thinking").is_some(), "{model}");
    }
    let (body, changed) = members(CLAUDE, json!({"reasoning_effort": "none"}));
    assert_eq!(body, json!({"inferenceConfig": {}}));
    assert_eq!(changed, "reasoning_effort left out");
    // a tool cannot be forced then
    let tools = json!([{"type": "function", "function": {"name": "g"}}]);
    let params = json!({"tools": tools, "tool_choice": "required", "reasoning_effort": "low"});
    let (body, changed) = members(CLAUDE, params);
    assert_eq!(body["toolConfig"]["toolChoice"], json!({"auto": {}}));
    assert!(
        changed.as_str().unwrap().contains("tool_choice to auto"),
        "{changed}"
    );
}

/// <https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html>
#[test]
fn answers_in_json() {
    let schema = json!({"type": "object", "properties": {"z": {"type": "string", "minLength": 2}, "a": {"type": "string"}}, "required": ["z"]});
    let format = json!({"type": "json_schema", "json_schema": {"name": "n", "schema": schema}});
    let (body, _) = members(CLAUDE, json!({ "response_format": format }));
    let structure = &body["outputConfig"]["textFormat"]["structure"]["jsonSchema"];
    assert_eq!(structure["name"], "n");
    assert_eq!(
        structure["schema"],
        r#"{"type":"object","properties":{"z":{"type":"string","description":"{\"minLength\":2}"},"a":{"type":"string"}},"required":["z"],"additionalProperties":false}"#
    );
    assert_eq!(body["toolConfig"], Value::Null);
    // others get a tool, and so does a schema with objects that may have any members
    let open = json!({"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}});
    let (body, _) = members(CLAUDE, json!({ "response_format": open }));
    assert_eq!(
        body["toolConfig"]["toolChoice"],
        json!({"tool": {"name": "json_tool_call"}})
    );
    assert_eq!(body["outputConfig"], Value::Null);
    let (body, changed) = members(NOVA, json!({ "response_format": format }));
    assert_eq!(
        body["toolConfig"],
        json!({"tools": [{"toolSpec": {"name": "json_tool_call", "description": "json_tool_call", "inputSchema": {"json": schema}}}],
            "toolChoice": {"tool": {"name": "json_tool_call"}}})
    );
    assert_eq!(changed, "response_format to a tool");
    let tools = json!([{"type": "function", "function": {"name": "g"}}]);
    let (body, _) = members(NOVA, json!({"response_format": format, "tools": tools}));
    assert_eq!(body["toolConfig"]["toolChoice"], json!({"any": {}}));
    let (body, changed) = members(NOVA, json!({"response_format": {"type": "json_object"}}));
    assert_eq!(body, json!({"inferenceConfig": {}}));
    assert_eq!(changed, "response_format left out");
}
