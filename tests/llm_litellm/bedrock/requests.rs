//! What Bedrock is asked.

use serde_json::{Value, json};

use super::{CLAUDE, NOVA, at, hi};
use crate::native::{ask, body};
use crate::service;

const PNG: &str = "data:image/png;base64,AAEC";
const PDF: &str = "data:application/pdf;base64,JVBERi0=";

pub(super) fn sent(model: &str, messages: Value, params: Value) -> (Value, Value) {
    let server = service();
    let run = at(&server, ask(model, messages, params)).env("AWS_REGION", "us-east-1");
    let run = run.run();
    run.assert_success();
    (body(&server), run.receipt()["extra"]["changed"].clone())
}

/// What is sent for these parameters beside the messages.
pub(super) fn members(model: &str, params: Value) -> (Value, Value) {
    let (mut body, changed) = sent(model, hi(), params);
    body.as_object_mut().unwrap().remove("messages");
    (body, changed)
}

#[test]
fn parameters_have_their_places() {
    let (body, changed) = members(
        CLAUDE,
        json!({
            "max_tokens": 10, "temperature": 0.5, "top_p": 0.9, "stop": "X", "top_k": 3, "service_tier": "auto", "user": "u", "n": 1,
            "anthropic_beta": ["b"], "additionalModelRequestFields": {"x": 1}, "requestMetadata": {"a": "b"}, "seed": null,
            "performanceConfig": {"latency": "optimized"},
        }),
    );
    assert_eq!(
        body,
        json!({
            "inferenceConfig": {"maxTokens": 10, "temperature": 0.5, "topP": 0.9, "stopSequences": ["X"]},
            "additionalModelRequestFields": {"top_k": 3, "anthropic_beta": ["b"], "x": 1},
            "serviceTier": {"type": "default"}, "requestMetadata": {"a": "b"}, "performanceConfig": {"latency": "optimized"},
        })
    );
    assert_eq!(
        changed,
        "user left out; n left out; max_tokens to inferenceConfig.maxTokens; top_p to inferenceConfig.topP; \
         stop to inferenceConfig.stopSequences; top_k to additionalModelRequestFields; service_tier to serviceTier; \
         anthropic_beta to additionalModelRequestFields"
    );
    let (body, _) = members(NOVA, json!({"top_k": 3, "stop": ["", "Y"]}));
    assert_eq!(
        body,
        json!({"inferenceConfig": {"stopSequences": ["Y"]}, "additionalModelRequestFields": {"inferenceConfig": {"topK": 3}}})
    );
}

#[test]
fn a_stream_has_an_operation_of_its_own() {
    let server = service();
    let params = json!({"stream": true, "stream_options": {"include_usage": true}});
    at(&server, ask(CLAUDE, hi(), params))
        .env("AWS_REGION", "us-east-1")
        .run();
    let request = &server.requests()[0];
    assert!(request.path.ends_with("/converse-stream"), "{}", request.path);
    assert_eq!(request.json().as_object().unwrap().len(), 2);
}

#[test]
fn conversations_with_everything() {
    let tools = json!([
        {"type": "function", "function": {"name": "f.x", "description": "d", "parameters": {"type": "object",
            "properties": {"a": {"$ref": "#/$defs/q"}}, "$defs": {"q": {"type": "string"}}, "additionalProperties": false}}},
        {"type": "function", "function": {"name": "g", "strict": true}, "cache_control": {"type": "ephemeral"}},
    ]);
    let messages = json!([
        {"role": "system", "content": "s1"},
        {"role": "system", "content": [{"type": "text", "text": "s2", "cache_control": {"type": "ephemeral", "ttl": "1h"}}]},
        {"role": "user", "content": [
            {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}, {"type": "text", "text": " "},
            {"type": "image_url", "image_url": {"url": PNG}},
            {"type": "file", "file": {"file_data": PDF, "filename": "My_file (1).pdf"}}, {"type": "file", "file": {"file_data": PDF, "filename": "My file (1).pdf"}},
        ]},
        {"role": "user", "content": "second"},
        {"role": "assistant", "content": "c", "thinking_blocks": [
            {"type": "thinking", "thinking": "T", "signature": "S"}, {"type": "thinking", "thinking": "unsigned"}, {"type": "redacted_thinking", "data": "UkVE"}],
            "tool_calls": [{"id": "call/1", "type": "function", "function": {"name": "f.x", "arguments": "{\"a\":\"b\"}"}},
                {"id": "call_2", "type": "function", "function": {"name": "g", "arguments": ""}}]},
        {"role": "tool", "tool_call_id": "call/1", "content": "r1"},
        {"role": "tool", "tool_call_id": "call_2", "content": [{"type": "text", "text": "r2"}, {"type": "image_url", "image_url": PNG}]},
        {"role": "user", "content": "go on"},
        {"role": "system", "content": "later"},
        {"role": "assistant", "content": "pre "},
    ]);
    let params = json!({"tools": tools, "tool_choice": "auto"});
    let (body, changed) = sent(CLAUDE, messages.clone(), params.clone());
    let id = body["messages"][1]["content"][3]["toolUse"]["toolUseId"].clone();
    assert!(id.as_str().unwrap().starts_with("call_1_"), "{id}");
    let image = json!({"image": {"format": "png", "source": {"bytes": "AAEC"}}});
    let document =
        |name| json!({"document": {"format": "pdf", "source": {"bytes": "JVBERi0="}, "name": name}});
    let point = json!({"cachePoint": {"type": "default"}});
    assert_eq!(
        body["messages"],
        json!([
            {"role": "user", "content": [{"text": "a"}, point, image, document("My file (1)"), document("My file (1) 2"), {"text": "second"}]},
            {"role": "assistant", "content": [
                {"reasoningContent": {"reasoningText": {"text": "T", "signature": "S"}}}, {"reasoningContent": {"redactedContent": "VWtWRQ=="}},
                {"text": "c"},
                {"toolUse": {"toolUseId": id, "name": "f_x", "input": {"a": "b"}}}, {"toolUse": {"toolUseId": "call_2", "name": "g", "input": {}}},
            ]},
            {"role": "user", "content": [
                {"toolResult": {"toolUseId": id, "content": [{"text": "r1"}]}},
                {"toolResult": {"toolUseId": "call_2", "content": [{"text": "r2"}, image]}},
                {"text": "go on"},
            ]},
            {"role": "assistant", "content": [{"text": "pre"}]},
        ])
    );
    assert_eq!(
        body["system"],
        json!([{"text": "s1"}, {"text": "s2"}, {"cachePoint": {"type": "default", "ttl": "1h"}}, {"text": "later"}])
    );
    assert_eq!(
        body["toolConfig"],
        json!({"tools": [
            {"toolSpec": {"name": "f_x", "description": "d", "inputSchema": {"json": tools[0]["function"]["parameters"]}}},
            {"toolSpec": {"name": "g", "description": "g", "inputSchema": {"json": {"type": "object", "properties": {}}}, "strict": true}},
            point,
        ], "toolChoice": {"auto": {}}})
    );
    assert_eq!(
        changed,
        "f.x to f_x; empty texts left out; thinking_blocks without a signature left out; \
         system messages to the beginning; white space at the end of messages left out"
    );

    // other makers' models have neither signatures nor references
    let (body, changed) = sent(NOVA, messages, params);
    assert_eq!(body["messages"][1]["content"][0], json!({"text": "c"}));
    assert_eq!(
        body["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"],
        json!({"type": "object", "properties": {"a": {"type": "string"}}})
    );
    assert_eq!(body["toolConfig"]["tools"][1]["toolSpec"]["strict"], Value::Null);
    assert_eq!(
        changed,
        "f.x to f_x; cache_control.ttl left out; empty texts left out; thinking_blocks left out; \
         system messages to the beginning; additionalProperties of a schema left out; tools.strict left out"
    );
}

#[test]
fn a_document_never_comes_without_a_text() {
    let messages = json!([{"role": "user", "content": [{"type": "file", "file": {"file_data": PDF}}]}]);
    let (body, _) = sent(CLAUDE, messages, json!({}));
    assert_eq!(
        body["messages"][0]["content"],
        json!([{"document": {"format": "pdf", "source": {"bytes": "JVBERi0="}, "name": "document"}}, {"text": "."}])
    );
}

#[test]
fn calls_without_tools_are_texts() {
    let messages = json!([
        {"role": "user", "content": "u"},
        {"role": "assistant", "content": null, "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{\"a\":1}"}}]},
        {"role": "tool", "tool_call_id": "c1", "content": "r"},
    ]);
    let (body, changed) = sent(CLAUDE, messages, json!({}));
    assert_eq!(
        body["messages"][1]["content"],
        json!([{"text": "Call c1: f({\"a\":1})"}])
    );
    assert_eq!(
        body["messages"][2]["content"],
        json!([{"text": "Result of call c1:"}, {"text": "r"}])
    );
    assert_eq!(changed, "tool calls to text, as there are no tools");
}

/// <https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-converse-api.html>
#[test]
fn guardrails_look_at_the_last_turn() {
    let guardrail = json!({"guardrailIdentifier": "g", "guardrailVersion": "1"});
    let messages = json!([{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]);
    let (body, _) = sent(CLAUDE, messages, json!({"guardrailConfig": guardrail}));
    assert_eq!(body["messages"][0]["content"], json!([{"text": "a"}]));
    assert_eq!(
        body["messages"][2]["content"],
        json!([{"guardContent": {"text": {"text": "c"}}}])
    );
    assert_eq!(body["guardrailConfig"], guardrail);
    let messages = json!([{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "guarded_text", "text": "b"}]}]);
    let (body, _) = sent(CLAUDE, messages, json!({"guardrailConfig": guardrail}));
    assert_eq!(
        body["messages"][0]["content"],
        json!([{"text": "a"}, {"guardContent": {"text": {"text": "b"}}}])
    );
}

#[test]
fn choices_of_tools() {
    let tools = json!([{"type": "function", "function": {"name": "g"}}]);
    for (given, choice) in [
        (json!("auto"), json!({"auto": {}})),
        (json!("required"), json!({"any": {}})),
        (
            json!({"type": "function", "function": {"name": "g"}}),
            json!({"tool": {"name": "g"}}),
        ),
    ] {
        let (body, _) = members(CLAUDE, json!({"tools": tools, "tool_choice": given}));
        assert_eq!(body["toolConfig"]["toolChoice"], choice);
    }
    let (body, _) = members(
        CLAUDE,
        json!({"tools": tools, "tool_choice": "auto", "parallel_tool_calls": false}),
    );
    assert_eq!(
        body["additionalModelRequestFields"],
        json!({"tool_choice": {"disable_parallel_tool_use": true}})
    );
    let (body, _) = members(NOVA, json!({"web_search_options": {}}));
    assert_eq!(
        body["toolConfig"]["tools"],
        json!([{"systemTool": {"name": "nova_grounding"}}])
    );
}

#[test]
fn what_bedrock_cannot_take_is_refused_before_it_is_asked() {
    let server = service();
    let user = |part: Value| json!([{"role": "user", "content": [part]}]);
    for (model, messages, params, message) in [
        (CLAUDE, hi(), json!({"seed": 7}), "/params/seed "),
        (CLAUDE, hi(), json!({"n": 2}), "/params/n "),
        (
            "bedrock/us.xai.grok-4.6",
            hi(),
            json!({"stop": "x"}),
            "/params/stop is not known to this model",
        ),
        (
            "bedrock/us.openai.gpt-5.6-sol",
            hi(),
            json!({"stop": ["x"]}),
            "/params/stop is not known to this model",
        ),
        (
            "bedrock/us.xai.grok-4.6",
            hi(),
            json!({"reasoning_effort": "low"}),
            "set /params/openai_compatible",
        ),
        (
            "bedrock/invoke/agent/A/B",
            hi(),
            json!({}),
            "bedrock/agent/ is an API that is not asked here",
        ),
        (
            CLAUDE,
            hi(),
            json!({"response_format": {"schema_": {}}}),
            "/params/response_format/type ",
        ),
        (
            CLAUDE,
            hi(),
            json!({"response_format": {"type": "json_schema"}}),
            "/params/response_format has no JSON Schema",
        ),
        (
            CLAUDE,
            json!([{"role": "user", "content": "u"}, {"role": "tool", "content": "r"}]),
            json!({}),
            "/params/messages/1/tool_call_id is missing",
        ),
        (
            CLAUDE,
            user(json!({"type": "document", "source": {"type": "url", "url": "https://h/a.pdf"}})),
            json!({}),
            "/params/messages/0/content/0 has a source",
        ),
        (
            CLAUDE,
            hi(),
            json!({"logit_bias": {"1": 1}}),
            "/params/logit_bias ",
        ),
        (
            CLAUDE,
            hi(),
            json!({"tool_choice": "none"}),
            "/params/tool_choice ",
        ),
        (
            CLAUDE,
            hi(),
            json!({"tools": [{"type": "web_search"}]}),
            "/params/tools/0 ",
        ),
        (
            CLAUDE,
            hi(),
            json!({"web_search_options": {}}),
            "/params/web_search_options ",
        ),
        (
            "bedrock/us.deepseek.r1-v1:0",
            hi(),
            json!({"tools": [{"type": "function", "function": {"name": "f"}}]}),
            "/params/tools is not known",
        ),
        (
            "bedrock/us.deepseek.r1-v1:0",
            hi(),
            json!({"reasoning_effort": "low"}),
            "/params/reasoning_effort is not known",
        ),
        (
            "bedrock/anthropic.claude-3-5-sonnet-20240620-v1:0",
            hi(),
            json!({"thinking": {"type": "enabled", "budget_tokens": 2048}}),
            "/params/thinking is for models that think",
        ),
        (
            "bedrock/openai.gpt-oss-20b-1:0",
            hi(),
            json!({"thinking": {"type": "enabled"}}),
            "/params/thinking is known to Claude alone",
        ),
        (
            CLAUDE,
            json!([{"role": "system", "content": "s"}, {"role": "user", "content": " "}]),
            json!({}),
            "/params/messages says nothing",
        ),
        (
            CLAUDE,
            hi(),
            json!({"reasoning_effort": "much"}),
            "/params/reasoning_effort ",
        ),
        (
            NOVA,
            hi(),
            json!({"reasoning_effort": "low"}),
            "/params/reasoning_effort ",
        ),
        (
            NOVA,
            hi(),
            json!({"thinking": {"type": "enabled"}}),
            "/params/thinking ",
        ),
        (
            NOVA,
            hi(),
            json!({"parallel_tool_calls": false}),
            "/params/parallel_tool_calls ",
        ),
        (
            CLAUDE,
            user(json!({"type": "image_url", "image_url": {"url": "https://h/a.png"}})),
            json!({}),
            "/params/messages/0/content/0 is at an address",
        ),
        (
            CLAUDE,
            user(json!({"type": "image_url", "image_url": {"url": "data:image/bmp;base64,AA=="}})),
            json!({}),
            "/params/messages/0/content/0 is of a type",
        ),
        (
            CLAUDE,
            user(json!({"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}})),
            json!({}),
            "/params/messages/0/content/0 is a sound",
        ),
    ] {
        let run = at(&server, ask(model, messages, params)).env("AWS_REGION", "us-east-1");
        let run = run.run();
        run.assert_failure("ERR_INPUTS", 3);
        run.assert_message(message);
    }
    assert!(server.requests().is_empty());
}
