//! Tools, formats, and the features of Claude that they need.

use serde_json::{Value, json};

use super::requests::members;
use super::{CLAUDE, NOVA, at, hi};
use crate::native::{ask, body};
use crate::service;

const OPUS: &str = "bedrock/us.anthropic.claude-opus-4-8";
const SONNET_4: &str = "bedrock/us.anthropic.claude-sonnet-4-20250514-v1:0";

/// <https://docs.aws.amazon.com/bedrock/latest/userguide/computer-use.html>
#[test]
fn claudes_own_tools_are_additional_fields() {
    let computer = json!({"type": "computer_20250124", "function": {"name": "computer", "parameters": {"display_width_px": 1, "display_height_px": 2}}});
    let tools = json!([computer, {"type": "bash_20250124"}, {"type": "function", "function": {"name": "f"}}]);
    let (body, changed) = members(CLAUDE, json!({"tools": tools, "anthropic_beta": "b1, b2"}));
    assert_eq!(
        body["additionalModelRequestFields"],
        json!({
            "anthropic_beta": ["b1", "b2", "computer-use-2025-01-24"],
            "tools": [{"type": "computer_20250124", "name": "computer", "display_width_px": 1, "display_height_px": 2}, {"type": "bash_20250124", "name": "bash"}],
        })
    );
    assert_eq!(body["toolConfig"]["tools"].as_array().unwrap().len(), 1);
    let changed = changed.as_str().unwrap();
    assert!(
        changed.contains("tools of Claude's own to additionalModelRequestFields"),
        "{changed}"
    );
}

#[test]
fn what_a_tool_loses_is_told() {
    let tool = json!({"type": "function", "defer_loading": true, "function": {"name": "f", "strict": true, "eager_input_streaming": true}});
    let (body, changed) = members(OPUS, json!({"tools": [tool]}));
    assert_eq!(body["toolConfig"]["tools"][0]["toolSpec"]["strict"], Value::Null);
    assert_eq!(
        body["additionalModelRequestFields"]["anthropic_beta"],
        json!(["fine-grained-tool-streaming-2025-05-14"])
    );
    assert_eq!(
        changed,
        "eager_input_streaming to anthropic_beta; tools.defer_loading left out; tools.strict left out"
    );
    let (body, changed) = members(SONNET_4, json!({"tools": [], "tool_choice": "auto"}));
    assert_eq!(body, json!({"inferenceConfig": {}}));
    assert_eq!(
        changed,
        "tools left out; tool_choice left out, as there are no tools"
    );
}

/// <https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html>
#[test]
fn formats_are_kept_where_a_tool_cannot_be_forced() {
    let open = json!({"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}});
    let thinking = json!({"type": "enabled", "budget_tokens": 1024});
    let (body, _) = members(CLAUDE, json!({"response_format": open, "thinking": thinking}));
    assert_eq!(body["outputConfig"]["textFormat"]["type"], "json_schema");
    assert_eq!(body["toolConfig"], Value::Null);
    let (body, _) = members(SONNET_4, json!({"response_format": open, "thinking": thinking}));
    let spec = &body["toolConfig"]["tools"][0]["toolSpec"];
    assert!(
        spec["description"]
            .as_str()
            .unwrap()
            .starts_with("Takes the final answer."),
        "{spec}"
    );
    // the table has Bedrock's own formats
    let closed = json!({"type": "json_schema", "schema": {"type": "object", "properties": {}, "additionalProperties": false}});
    let (body, changed) = members(
        OPUS,
        json!({"output_config": {"format": closed, "effort": "low"}}),
    );
    assert_eq!(body["outputConfig"]["textFormat"]["type"], "json_schema");
    assert_eq!(
        body["additionalModelRequestFields"],
        json!({"output_config": {"effort": "low"}})
    );
    assert_eq!(changed, "output_config.format to outputConfig");
}

#[test]
fn limits_and_projects() {
    let params = json!({"max_tokens": 1, "projectIdentifier": "p"});
    let (body, changed) = members("bedrock/us.openai.gpt-5.6-sol", params.clone());
    assert_eq!(
        body,
        json!({"inferenceConfig": {"maxTokens": 16}, "projectIdentifier": "p"})
    );
    assert_eq!(
        changed,
        "max_tokens raised to 16; max_tokens to inferenceConfig.maxTokens"
    );
    let (body, _) = members(NOVA, params);
    assert_eq!(body["inferenceConfig"]["maxTokens"], 1);
    let (body, _) = members(
        "bedrock/us.anthropic.claude-opus-4-5-20251101-v1:0",
        json!({"output_config": {"effort": "low"}}),
    );
    assert_eq!(
        body["additionalModelRequestFields"],
        json!({"anthropic_beta": ["effort-2025-11-24"], "output_config": {"effort": "low"}})
    );
    let (body, _) = members("bedrock/of.the-future-v1", json!({"reasoning_effort": "low"}));
    assert_eq!(
        body["additionalModelRequestFields"],
        json!({"reasoning_effort": "low"})
    );
}

#[test]
fn a_profile_can_stand_for_a_known_model() {
    let profile = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/r4c4";
    let server = service();
    let run = at(
        &server,
        ask(
            OPUS,
            hi(),
            json!({"model_id": profile, "reasoning_effort": "low"}),
        ),
    );
    let run = run.env("AWS_REGION", "us-east-1").run();
    run.assert_success();
    let request = &server.requests()[0];
    assert!(
        request
            .path
            .ends_with("%3Aapplication-inference-profile%2Fr4c4/converse"),
        "{}",
        request.path
    );
    assert_eq!(
        request.json()["additionalModelRequestFields"]["output_config"]["effort"],
        "low"
    );
    let changed = &run.receipt()["extra"]["changed"];
    assert!(
        changed.as_str().unwrap().contains("model to model_id"),
        "{changed}"
    );
}

#[test]
fn features_of_claude_are_no_header() {
    let params = json!({"headers": {"anthropic-beta": "context-1m-2025-08-07"}});
    let server = service();
    let run = at(&server, ask(OPUS, hi(), params))
        .env("AWS_REGION", "us-east-1")
        .run();
    run.assert_failure("ERR_INPUTS", 3);
    run.assert_message("/params/anthropic_beta");
    assert!(server.requests().is_empty());
}

#[test]
fn a_search_that_claude_does_not_have_can_be_left_out() {
    let server = service();
    let params = json!({"web_search_options": {}, "drop_params": true});
    let run = at(&server, ask(CLAUDE, hi(), params))
        .env("AWS_REGION", "us-east-1")
        .run();
    run.assert_success();
    assert_eq!(run.receipt()["extra"]["dropped"], "web_search_options");
    assert_eq!(body(&server)["toolConfig"], Value::Null);
}
