//! Tools, and which of them are called.

use serde_json::{Value, json};

use super::{MODEL, answered, assert_refused, betas, hi, sent};
use crate::native::completion;

fn function(name: &str) -> Value {
    json!({"type": "function", "function": {"name": name}})
}

#[test]
fn functions_become_tools() {
    let empty = json!({"type": "object", "properties": {}});
    let cached = json!({"type": "ephemeral"});
    #[rustfmt::skip]
    let cases = [
        (function("f"), json!({"type": "custom", "name": "f", "input_schema": empty}), None),
        (json!({"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": ["object"], "properties": {"a": {"$ref": "#/definitions/b"}},
            "definitions": {"b": {"minLength": 1}}, "required": ["a"], "anyOf": [{}]}, "defer_loading": true}, "cache_control": cached}),
         json!({"type": "custom", "name": "f", "description": "d", "input_schema": {"type": "object", "properties": {"a": {"$ref": "#/definitions/b"}},
            "definitions": {"b": {"minLength": 1}}, "required": ["a"]}, "cache_control": cached, "defer_loading": true}),
         Some("anyOf of a function's parameters left out")),
        (json!({"type": "function", "function": {"name": "f", "strict": true, "parameters": {"type": "object", "properties": {"a": {"type": "integer", "minimum": 1}}}}}),
         json!({"type": "custom", "name": "f", "strict": true, "input_schema": {"type": "object", "properties": {"a": {"type": "integer", "description": "{\"minimum\":1}"}}, "additionalProperties": false}}),
         Some("tools.parameters to those of strict tools")),
        (json!({"type": "web_search_20250305", "name": "web_search", "max_uses": 3}), json!({"type": "web_search_20250305", "name": "web_search", "max_uses": 3}), None),
        (json!({"type": "computer_20250124", "function": {"name": "computer", "parameters": {"display_width_px": 1, "display_height_px": 2}}}),
         json!({"type": "computer_20250124", "name": "computer", "display_width_px": 1, "display_height_px": 2}), None),
        (json!({"name": "own", "input_schema": {"type": "object"}}), json!({"name": "own", "input_schema": {"type": "object"}}), None),
    ];
    for (tool, expected, changes) in cases {
        let (body, changed) = sent(MODEL, hi(), json!({"max_tokens": 5, "tools": [tool]}));
        assert_eq!(body["tools"], json!([expected]), "{tool}");
        assert_eq!(changed.as_deref(), changes, "{tool}");
    }
    let more = json!({"type": "function", "function": {"name": "f", "x": 1, "y": null}});
    let (_, changed) = sent(MODEL, hi(), json!({"max_tokens": 5, "tools": [more, more]}));
    assert_eq!(changed.as_deref(), Some("tools.x left out"));
    let strict = json!({"type": "function", "function": {"name": "f", "strict": true}});
    let old = sent(
        "anthropic/claude-opus-4-1",
        hi(),
        json!({"max_tokens": 5, "tools": [strict]}),
    );
    assert_eq!(old.0["tools"][0].get("strict"), None);
    assert_eq!(old.1.as_deref(), Some("strict left out"));
    let functions = sent(
        MODEL,
        hi(),
        json!({"functions": [{"name": "f"}], "function_call": {"name": "f"}}),
    );
    assert_eq!(functions.0["tools"][0]["name"], "f");
    assert_eq!(functions.0["tool_choice"], json!({"type": "tool", "name": "f"}));
}

#[test]
fn servers_and_searches_have_a_place_of_their_own() {
    let mcp = json!({"type": "mcp", "server_url": "https://h", "server_label": "l", "headers": {"Authorization": "Bearer t"}, "allowed_tools": ["a"]});
    let (body, _) = sent(
        MODEL,
        hi(),
        json!({"tools": [mcp, function("f")], "mcp_servers": [{"type": "url", "url": "https://i", "name": "m"}]}),
    );
    assert_eq!(
        body["mcp_servers"],
        json!([
            {"type": "url", "url": "https://h", "name": "l", "tool_configuration": {"allowed_tools": ["a"]}, "authorization_token": "t"},
            {"type": "url", "url": "https://i", "name": "m"},
        ])
    );
    assert_eq!(body["tools"].as_array().unwrap().len(), 1);

    let options = json!({"search_context_size": "low", "user_location": {"type": "approximate", "approximate": {"city": "Bern", "x": 1}}});
    let (body, changed) = sent(
        MODEL,
        hi(),
        json!({"max_tokens": 5, "web_search_options": options}),
    );
    assert_eq!(
        body["tools"],
        json!([{"type": "web_search_20250305", "name": "web_search", "user_location": {"type": "approximate", "city": "Bern"}, "max_uses": 1}])
    );
    assert_eq!(changed.as_deref(), Some("web_search_options to tools"));
}

#[test]
fn servers_are_not_given_more_than_the_caller_allows() {
    let server = |more: Value| {
        let mut tool = json!({"type": "mcp", "server_url": "https://h", "server_label": "l"});
        tool.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!({"max_tokens": 5, "tools": [tool]})
    };
    for (more, pointer) in [
        (json!({"require_approval": "always"}), "require_approval"),
        (
            json!({"require_approval": {"never": {"tool_names": ["a"]}}}),
            "require_approval",
        ),
        (json!({"allowed_tools": {"read_only": true}}), "allowed_tools"),
        (json!({"headers": {"X-Key": "sk-secret"}}), "headers"),
    ] {
        assert_refused(MODEL, hi(), server(more), &format!("/params/tools/0/{pointer} "));
    }
    let more = json!({"require_approval": "never", "allowed_tools": {"tool_names": ["a"]}, "headers": {"authorization": "Bearer t"},
        "server_description": "d"});
    let (body, changed) = sent(MODEL, hi(), server(more));
    assert_eq!(
        body["mcp_servers"],
        json!([{"type": "url", "url": "https://h", "name": "l", "tool_configuration": {"allowed_tools": ["a"]}, "authorization_token": "t"}])
    );
    let expected = "tools.server_description left out; tools of MCP to mcp_servers; ";
    assert!(changed.unwrap().starts_with(expected.trim_end_matches("; ")));
}

#[test]
fn calls_of_servers_are_handed_back() {
    let call = json!({"type": "mcp_tool_use", "id": "mcptoolu_1", "name": "n", "server_name": "l", "input": {"a": 1}});
    let result =
        json!({"type": "mcp_tool_result", "tool_use_id": "mcptoolu_1", "is_error": false, "content": []});
    let text = json!({"type": "text", "text": "a"});
    let answer = json!({"content": [call, result, text], "stop_reason": "end_turn"});
    let message = completion(&answered(MODEL, json!({}), &answer))["choices"][0]["message"].take();
    let user = json!({"role": "user", "content": "hi"});
    let servers = json!([{"type": "url", "url": "https://h", "name": "l"}]);
    let params = json!({"mcp_servers": servers, "tools": [{"type": "mcp_toolset", "mcp_server_name": "l"}]});
    let conversation = json!([user, message, user]);
    let (body, _) = sent(MODEL, conversation.clone(), params.clone());
    assert_eq!(body["messages"][1]["content"], json!([call, result, text]));
    for (params, beta) in [
        (params, "mcp-client-2025-11-20"),
        (json!({"mcp_servers": servers}), "mcp-client-2025-04-04"),
    ] {
        assert_eq!(betas(conversation.clone(), params).as_deref(), Some(beta));
    }
}

#[test]
fn choices_have_anthropics_names() {
    let parallel = "parallel_tool_calls to tool_choice.disable_parallel_tool_use";
    #[rustfmt::skip]
    let cases = [
        (json!({"tool_choice": "auto"}), json!({"type": "auto"}), None),
        (json!({"tool_choice": "none", "parallel_tool_calls": false}), json!({"type": "none"}), None),
        (json!({"tool_choice": "required"}), json!({"type": "any"}), None),
        (json!({"tool_choice": function("f")}), json!({"type": "tool", "name": "f"}), None),
        (json!({"tool_choice": {"type": "tool", "name": "f"}}), json!({"type": "tool", "name": "f"}), None),
        (json!({"tool_choice": {"type": "any"}, "parallel_tool_calls": false}), json!({"type": "any", "disable_parallel_tool_use": true}), Some(parallel)),
        (json!({"parallel_tool_calls": true}), json!({"type": "auto", "disable_parallel_tool_use": false}), Some(parallel)),
    ];
    for (given, choice, changes) in cases {
        let mut params = json!({"max_tokens": 5, "tools": [function("f")]});
        params
            .as_object_mut()
            .unwrap()
            .extend(given.as_object().unwrap().clone());
        let (body, changed) = sent(MODEL, hi(), params);
        assert_eq!(body["tool_choice"], choice, "{given}");
        assert_eq!(changed.as_deref(), changes, "{given}");
    }
    let (body, changed) = sent(
        MODEL,
        hi(),
        json!({"max_tokens": 5, "tool_choice": "auto", "tools": []}),
    );
    assert_eq!((body.get("tools"), body.get("tool_choice")), (None, None));
    assert_eq!(changed.as_deref(), Some("tools left out; tool_choice left out"));
}

#[test]
fn a_conversation_with_calls_has_tools() {
    let conversation = json!([{"role": "user", "content": "hi"},
        {"role": "assistant", "tool_calls": [{"id": "i", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "i", "content": "r"}]);
    let (body, changed) = sent(MODEL, conversation, json!({"max_tokens": 5}));
    assert_eq!(
        body["tools"],
        json!([{"type": "custom", "name": "f", "input_schema": {"type": "object", "properties": {}}}])
    );
    assert_eq!(body["tool_choice"], json!({"type": "none"}));
    assert_eq!(changed.as_deref(), Some("tools added"));
}

#[test]
fn tools_get_their_own_names_back() {
    let tools = json!([function("a/b"), function("a_b")]);
    let (body, changed) = sent(
        MODEL,
        hi(),
        json!({"max_tokens": 5, "tools": tools, "tool_choice": function("a/b")}),
    );
    assert_eq!(
        (&body["tools"][0]["name"], &body["tools"][1]["name"]),
        (&json!("a_b_2"), &json!("a_b"))
    );
    assert_eq!(body["tool_choice"]["name"], "a_b_2");
    assert_eq!(changed.as_deref(), Some("a/b to a_b_2"));
    let call = |name: &str| json!({"type": "tool_use", "id": name, "name": name, "input": {}});
    let answer = json!({"content": [call("a_b_2"), call("a_b")], "stop_reason": "tool_use"});
    let run = answered(MODEL, json!({ "tools": tools }), &answer);
    let calls = &completion(&run)["choices"][0]["message"]["tool_calls"];
    assert_eq!(calls[0]["function"]["name"], "a/b");
    assert_eq!(calls[1]["function"]["name"], "a_b");
}

#[test]
fn tools_that_are_none_are_named() {
    #[rustfmt::skip]
    let cases = [
        (json!({"tools": {}}), "/params/tools is not a list"),
        (json!({"tools": ["f"]}), "/params/tools/0 is not an object"),
        (json!({"tools": [{"type": "function", "name": "f"}]}), "/params/tools/0/function/name is missing"),
        (json!({"tools": [{"type": "function", "function": {"name": "f", "parameters": []}}]}), "/params/tools/0/function/parameters is not a JSON Schema"),
        (json!({"tools": [{"type": "custom", "custom": {"name": "f"}}]}), "/params/tools/0 is a custom tool"),
        (json!({"tools": [{"type": "mcp"}]}), "/params/tools/0/server_url is missing"),
        (json!({"tools": [function("f")], "tool_choice": "f"}), "/params/tool_choice is none of"),
        (json!({"tools": [function("f")], "tool_choice": {"type": "allowed_tools"}}), "/params/tool_choice is none of"),
        (json!({"web_search_options": {"search_context_size": "huge"}}), "/params/web_search_options/search_context_size is none of"),
    ];
    for (params, message) in cases {
        assert_refused(MODEL, hi(), params, message);
    }
    let forced = json!({"tools": [function("f")], "tool_choice": "required"});
    assert_refused(
        "anthropic/claude-opus-5-5",
        hi(),
        forced,
        "/params/tool_choice forces a call",
    );
}
