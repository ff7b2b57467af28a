//! Functions and the service's own tools: <https://ai.google.dev/api/caching#Tool>.

use serde_json::json;

use super::{hi, refused, sent};

const FLASH: &str = "gemini-2.5-flash";
const PRO_3: &str = "gemini-3-pro-preview";

#[test]
fn functions_and_choices_are_declared() {
    let tools = json!([
        {"type": "function", "function": {"name": "f", "description": "d", "strict": true, "parameters": {"type": "object", "properties": {"b": {}, "a": {}}}}},
        {"type": "function", "function": {"name": "g", "parameters": null}},
        {"code_execution": {}},
        {"googleMaps": {"latitude": 1.5, "longitude": 2, "enableWidget": true}},
        {"type": "computer_use", "environment": "browser", "excluded_predefined_functions": ["drag"]},
    ]);
    let (body, changed) = sent(
        FLASH,
        hi(),
        json!({"tools": tools, "tool_choice": "required", "parallel_tool_calls": true}),
    );
    assert_eq!(
        body["tools"].to_string(),
        json!([
            {"functionDeclarations": [
                {"name": "f", "description": "d", "parametersJsonSchema": {"type": "object", "properties": {"b": {}, "a": {}}}}, {"name": "g"},
            ]},
            {"codeExecution": {}},
            {"googleMaps": {"enableWidget": true}},
            {"computerUse": {"environment": "ENVIRONMENT_BROWSER", "excludedPredefinedFunctions": ["drag"]}},
        ])
        .to_string()
    );
    assert_eq!(
        body["toolConfig"],
        json!({"functionCallingConfig": {"mode": "ANY"}, "retrievalConfig": {"latLng": {"latitude": 1.5, "longitude": 2}}})
    );
    assert_eq!(
        changed,
        "parallel_tool_calls left out; tools[].function.strict left out"
    );

    let named = json!({"mode": "ANY", "allowedFunctionNames": ["f"]});
    for (choice, config) in [
        (json!("auto"), json!({"mode": "AUTO"})),
        (json!("none"), json!({"mode": "NONE"})),
        (
            json!({"type": "function", "function": {"name": "f"}}),
            named.clone(),
        ),
        (
            json!({"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [{"type": "function", "function": {"name": "f"}}]}}),
            named,
        ),
        (
            json!({"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [{"type": "function", "name": "f"}]}}),
            json!({"mode": "VALIDATED", "allowedFunctionNames": ["f"]}),
        ),
    ] {
        let (body, _) = sent(FLASH, hi(), json!({"tools": tools, "tool_choice": choice}));
        assert_eq!(body["toolConfig"]["functionCallingConfig"], config);
    }
    let (body, _) = sent(
        FLASH,
        hi(),
        json!({"functions": [{"name": "f"}], "function_call": {"name": "f"}}),
    );
    assert_eq!(body["tools"], json!([{"functionDeclarations": [{"name": "f"}]}]));
    assert_eq!(body["toolConfig"]["functionCallingConfig"]["mode"], "ANY");
}

#[test]
fn what_functions_have_besides_is_sent_or_reported() {
    let parameters = json!({"type": "object", "properties": {"a": {}}});
    let tools = json!([
        {"type": "function", "cache_control": {"type": "ephemeral"}, "function": {"name": "f", "behavior": "NON_BLOCKING", "response_json_schema": {"type": "object"},
            "examples": [1], "parameters": parameters}},
        {"type": "namespace", "name": "n", "tools": [{"type": "function", "name": "g", "parameters": parameters}]},
    ]);
    let (body, changed) = sent(FLASH, hi(), json!({ "tools": tools }));
    assert_eq!(
        body["tools"],
        json!([{"functionDeclarations": [
            {"name": "f", "parametersJsonSchema": parameters, "behavior": "NON_BLOCKING", "responseJsonSchema": {"type": "object"}},
            {"name": "g", "parametersJsonSchema": parameters},
        ]}])
    );
    assert_eq!(
        changed,
        "cache_control left out; tools[].function.examples left out; tools[].type namespace to functions"
    );
    let (body, changed) = sent(
        FLASH,
        hi(),
        json!({"parallel_tool_calls": false, "tool_config": {"function_calling_config": {"mode": "AUTO", "streamFunctionCallArguments": true}}}),
    );
    assert_eq!(
        body["toolConfig"],
        json!({"functionCallingConfig": {"mode": "AUTO"}})
    );
    assert_eq!(
        changed,
        "streamFunctionCallArguments left out; parallel_tool_calls left out"
    );
}

#[test]
fn json_beside_google_maps_is_asked_for_in_another_member() {
    let schema = json!({"type": "object", "properties": {"b": {}, "a": {}}});
    let format = json!({"type": "json_schema", "json_schema": {"name": "n", "schema": schema}});
    let (body, changed) = sent(
        FLASH,
        hi(),
        json!({"response_format": format, "tools": [{"googleMaps": {}}]}),
    );
    assert_eq!(
        body["generationConfig"],
        json!({"responseFormat": {"text": {"mimeType": "APPLICATION_JSON", "schema": schema}}})
    );
    assert_eq!(
        changed,
        "response_format to responseMimeType; responseMimeType to responseFormat"
    );
}

#[test]
fn searches_are_google_s() {
    let (body, changed) = sent(
        FLASH,
        hi(),
        json!({"web_search_options": {"search_context_size": "low"}, "tools": [{"urlContext": {}}]}),
    );
    assert_eq!(body["tools"], json!([{"googleSearch": {}}, {"urlContext": {}}]));
    assert_eq!(
        changed,
        "web_search_options to googleSearch; web_search_options.search_context_size left out"
    );
    let tools = json!([{"type": "web_search"}, {"type": "function", "function": {"name": "f"}}]);
    let (body, _) = sent(
        PRO_3,
        hi(),
        json!({"tools": tools, "include_server_side_tool_invocations": true}),
    );
    assert_eq!(
        body["tools"],
        json!([{"functionDeclarations": [{"name": "f"}]}, {"googleSearch": {}}])
    );
    assert_eq!(
        body["toolConfig"],
        json!({"includeServerSideToolInvocations": true})
    );
    let message = refused(PRO_3, hi(), json!({ "tools": tools }));
    assert!(message.starts_with("/params/tools has functions"), "{message}");
}
