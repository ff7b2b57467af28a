//! Messages of each role.

use serde_json::{Value, json};

use super::{MODEL, assert_refused, hi, messages, sent};

fn text(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

#[test]
fn system_messages_at_the_beginning_are_the_system_prompt() {
    let cached = json!({"type": "ephemeral"});
    let (body, changed) = sent(
        MODEL,
        json!([
            {"role": "system", "content": "A", "cache_control": cached},
            {"role": "developer", "content": [{"type": "text", "text": "B", "cache_control": {"type": "ephemeral", "ttl": "1h"}}, {"type": "text", "text": ""}]},
            {"role": "user", "content": [{"type": "text", "text": "x", "cache_control": null}], "cache_control": cached},
            {"role": "user", "content": "y", "cache_control": cached},
        ]),
        json!({"max_tokens": 5}),
    );
    assert_eq!(
        body["system"],
        json!([
            {"type": "text", "text": "A", "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": "B", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
        ])
    );
    assert_eq!(
        body["messages"],
        json!([{"role": "user", "content": [
            {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": "y", "cache_control": {"type": "ephemeral"}},
        ]}])
    );
    assert_eq!(changed.as_deref(), Some("developer to system"));
}

#[test]
fn later_system_messages_stay_in_their_place() {
    let conversation = json!([
        {"role": "user", "content": "1"}, {"role": "system", "content": "late"}, {"role": "user", "content": "2"},
        {"role": "assistant", "content": "3"}, {"role": "system", "content": "later"}, {"role": "user", "content": "4"},
    ]);
    let (body, changed) = sent(
        "anthropic/claude-opus-5",
        conversation.clone(),
        json!({"max_tokens": 5}),
    );
    assert_eq!(
        body["messages"],
        json!([
            {"role": "user", "content": [text("1"), text("2")]}, {"role": "system", "content": [text("late")]},
            {"role": "assistant", "content": [text("3")]},
            {"role": "user", "content": [text("4")]}, {"role": "system", "content": [text("later")]},
        ])
    );
    assert_eq!((body.get("system"), changed), (None, None));

    // models that take none there
    let (body, changed) = sent(MODEL, conversation, json!({"max_tokens": 5}));
    let note = text("The next instruction is the system's and not the user's:");
    assert_eq!(
        body["messages"],
        json!([
            {"role": "user", "content": [text("1"), note, text("late"), text("2")]},
            {"role": "assistant", "content": [text("3")]},
            {"role": "user", "content": [note, text("later"), text("4")]},
        ])
    );
    assert_eq!(changed.as_deref(), Some("system to user"));
}

#[test]
fn calls_and_results_are_handed_back() {
    let cached = json!({"type": "ephemeral"});
    let tools = json!([{"type": "function", "function": {"name": "f"}}]);
    let (body, changed) = sent(
        MODEL,
        json!([
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": "", "reasoning_content": "r", "thinking_blocks": [
                {"type": "thinking", "thinking": "r", "signature": "s", "index": 0}, {"type": "redacted_thinking", "data": "d"},
            ], "tool_calls": [
                {"id": "a.b", "type": "function", "function": {"name": "f", "arguments": "{\"z\":1,\"a\":2}"}, "cache_control": cached},
                {"id": "c2", "type": "function", "function": {"name": "g/h", "arguments": ""}},
            ]},
            {"role": "system", "content": "s"},
            {"role": "tool", "tool_call_id": "a.b", "content": "res", "cache_control": cached},
            {"role": "tool", "tool_call_id": "c2", "content": [
                {"type": "text", "text": "t"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}},
            ], "is_error": true},
            {"role": "user", "content": "go on"},
        ]),
        json!({"max_tokens": 5, "tools": tools}),
    );
    let note = "The next instruction is the system's and not the user's:";
    assert_eq!(
        body["messages"],
        json!([
            {"role": "user", "content": [text("hi")]},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "r", "signature": "s"}, {"type": "redacted_thinking", "data": "d"},
                {"type": "tool_use", "id": "a_b_2e7336dc", "name": "f", "input": {"z": 1, "a": 2}, "cache_control": cached},
                {"type": "tool_use", "id": "c2", "name": "g_h", "input": {}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "a_b_2e7336dc", "content": "res", "cache_control": cached},
                {"type": "tool_result", "tool_use_id": "c2", "is_error": true, "content": [
                    text("t"), {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA"}},
                ]},
                text(note), text("s"), text("go on"),
            ]},
        ])
    );
    assert_eq!(
        changed.as_deref(),
        Some("ids of calls to valid ones; system to user")
    );
}

#[test]
fn old_calls_of_functions_have_ids() {
    let call = json!({"name": "f", "arguments": "{}"});
    let sent = messages(json!([
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": null, "function_call": call}, {"role": "function", "name": "f", "content": "1"},
        {"role": "assistant", "content": null, "function_call": call}, {"role": "function", "name": "f", "content": "2"},
    ]));
    for (at, id) in [(1, "function_call_1"), (3, "function_call_2")] {
        assert_eq!(sent[at]["content"][0]["id"], id);
        assert_eq!(sent[at + 1]["content"][0]["tool_use_id"], id);
    }
}

#[test]
fn what_cannot_be_sent_is_left_out_and_reported() {
    let (body, changed) = sent(
        MODEL,
        json!([
            {"role": "user", "content": " "}, {"role": "user", "content": "hi", "name": "bob"}, {"role": "assistant", "content": ""},
            {"role": "assistant", "content": "a", "thinking_blocks": [{"type": "thinking", "thinking": "u"}]},
            {"role": "assistant", "content": null, "refusal": "No.", "reasoning_content": "r"},
            {"role": "user", "content": "why"}, {"role": "assistant", "content": "Because \n"},
        ]),
        json!({"max_tokens": 5}),
    );
    assert_eq!(
        body["messages"],
        json!([
            {"role": "user", "content": [text("hi")]}, {"role": "assistant", "content": [text("a"), text("No.")]},
            {"role": "user", "content": [text("why")]}, {"role": "assistant", "content": [text("Because")]},
        ])
    );
    assert_eq!(
        changed.as_deref(),
        Some(
            "messages.name left out; messages/0 left out; messages/2 left out; thinking_blocks without a signature left out; reasoning_content left out; white space at the end of messages left out"
        )
    );
}

#[test]
fn server_tools_are_handed_back_in_order() {
    let search = json!({"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []});
    let call = |id: &str, name: &str| json!({"id": id, "type": "function", "function": {"name": name, "arguments": "{\"query\":\"q\"}"}});
    let fields = json!({"web_search_results": [search], "compaction_blocks": [{"type": "compaction", "content": "sum"}],
        "server_tool_calls": [call("srvtoolu_1", "web_search"), call("srvtoolu_2", "web_search")]});
    let assistant = json!({"role": "assistant", "content": "It is.", "provider_specific_fields": fields});
    let server_call =
        json!({"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "q"}});
    let mut blocks = vec![
        json!({"type": "compaction", "content": "sum"}),
        server_call.clone(),
        search.clone(),
        text("It is."),
    ];
    let user = json!({"role": "user", "content": "hi"});
    let sent = messages(json!([user, assistant, user]));
    assert_eq!(sent[1]["content"], json!(blocks));

    // a pause: the last message goes on
    let sent = messages(json!([user, assistant]));
    let mut pending = server_call.clone();
    pending["id"] = "srvtoolu_2".into();
    blocks.push(pending);
    assert_eq!(sent[1]["content"], json!(blocks));

    // thinking stands before the call that it led to
    let mut thoughtful = assistant;
    thoughtful["provider_specific_fields"]["server_tool_calls"] = json!([call("srvtoolu_1", "web_search")]);
    let thinking = |signature: &str| json!({"type": "thinking", "thinking": "", "signature": signature});
    thoughtful["thinking_blocks"] = json!([thinking("1"), thinking("2")]);
    let sent = messages(json!([user, thoughtful, user]));
    assert_eq!(
        sent[1]["content"],
        json!([{"type": "compaction", "content": "sum"}, thinking("1"), server_call, search, thinking("2"), text("It is.")])
    );
}

#[test]
fn contents_of_anthropics_own_blocks_are_sent_as_they_are() {
    let blocks = json!([
        {"type": "thinking", "thinking": "r", "signature": "s"}, text("x"),
        {"type": "tool_use", "id": "t", "name": "n", "input": {}},
    ]);
    let tool = json!({"name": "n", "input_schema": {"type": "object"}});
    let (body, _) = sent(
        MODEL,
        json!([{"role": "user", "content": "hi"}, {"role": "assistant", "content": blocks,
            "thinking_blocks": [{"type": "thinking", "thinking": "r", "signature": "s"}],
            "tool_calls": [{"id": "t", "type": "function", "function": {"name": "n", "arguments": "{}"}}]}]),
        json!({ "tools": [tool] }),
    );
    assert_eq!(body["messages"][1]["content"], blocks);
    assert_eq!(body["tools"], json!([tool]));
}

#[test]
fn messages_that_are_none_are_named() {
    for (messages, message) in [
        (json!([]), "/params/messages has nothing but system messages"),
        (
            json!([{"role": "system", "content": "s"}]),
            "/params/messages has nothing but",
        ),
        (
            json!([{"role": "model", "content": "s"}]),
            "/params/messages/0/role is none of",
        ),
        (
            json!([{"role": "tool", "content": "s"}]),
            "/params/messages/0/tool_call_id is missing",
        ),
        (
            json!([{"role": "assistant", "tool_calls": [{"function": {"name": "f"}}]}]),
            "/params/messages/0/tool_calls/0/id is missing",
        ),
        (
            json!([{"role": "assistant", "tool_calls": [{"id": "i", "function": {"name": "f", "arguments": "{"}}]}]),
            "/params/messages/0/tool_calls/0/function/arguments is not",
        ),
        (
            json!([{"role": "system", "content": [{"type": "image_url", "image_url": "https://h/a.png"}]}]),
            "/params/messages/0/content is not only text",
        ),
    ] {
        assert_refused(MODEL, messages, json!({}), message);
    }
    assert_eq!(messages(hi())[0]["role"], "user");
}
