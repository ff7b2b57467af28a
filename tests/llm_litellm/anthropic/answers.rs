//! Answers, streams and errors.

use serde_json::{Value, json};
use support::{Answer, Server};

use super::{MODEL, answered, at, hi, sent};
use crate::KEY;
use crate::native::{ask, body, completion, output};

const EVERYTHING: &str = include_str!("../recorded/anthropic_messages/everything.json");

fn message(answer: &Value) -> Value {
    completion(&answered(MODEL, json!({}), answer))["choices"][0].take()
}

#[test]
fn an_answer_becomes_a_chat_completion() {
    let server = Server::always(Answer::new(200, EVERYTHING).header("content-type", "application/json"));
    let run = at(&server, ask(MODEL, hi(), json!({}))).run();
    run.assert_success();
    assert_eq!(output(&run, "native.json").unwrap(), EVERYTHING.as_bytes());
    let native: Value = serde_json::from_str(EVERYTHING).unwrap();
    let block = |index: usize| native["content"][index].clone();
    let mut completion = completion(&run);
    let choice = completion["choices"][0].take();
    assert_eq!(
        completion,
        json!({"id": "msg_03", "object": "chat.completion", "model": "claude-opus-4-6", "choices": [null], "usage": {
            "prompt_tokens": 14, "completion_tokens": 40, "total_tokens": 54,
            "prompt_tokens_details": {"cached_tokens": 6, "cache_creation_tokens": 5, "cache_write_tokens": 5, "text_tokens": 3,
                "cache_creation_token_details": {"ephemeral_5m_input_tokens": 2, "ephemeral_1h_input_tokens": 3}},
            "completion_tokens_details": {"reasoning_tokens": 12, "text_tokens": 28},
            "cache_creation_input_tokens": 5, "cache_read_input_tokens": 6, "service_tier": "standard", "inference_geo": "us",
            "server_tool_use": {"web_search_requests": 1, "web_fetch_requests": 0}}})
    );
    let call = |index: usize, id: &str, name: &str, arguments: &str| json!({"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": arguments}});
    let mut called = call(0, "toolu_1", "look_up", "{\"z\":1,\"a\":[2]}");
    called["caller"] = json!({"type": "direct"});
    let mut citation = native["content"][6]["citations"][0].clone();
    citation["supported_text"] = "It is.".into();
    assert_eq!(
        choice,
        json!({"index": 0, "finish_reason": "tool_calls", "message": {"role": "assistant", "content": "I know. It is.",
            "reasoning_content": "First. Second.", "thinking_blocks": [block(0), block(3), block(4)], "tool_calls": [called],
            "provider_specific_fields": {"citations": [[citation]], "thinking_blocks": [block(0), block(3), block(4)],
                "web_search_results": [block(2)], "tool_results": [block(8)], "compaction_blocks": [block(9)],
                "web_search_calls": [{"id": "ws_srvtoolu_1", "type": "web_search_call", "status": "completed",
                    "action": {"type": "search", "query": "q", "queries": ["q"], "sources": [{"type": "url", "url": "https://h"}]}}],
                "code_interpreter_results": [{"type": "code_interpreter_call", "id": "srvtoolu_2", "code": "ls", "container_id": "container_1",
                    "status": "completed", "outputs": [{"type": "logs", "logs": "o"}]}],
                "server_tool_calls": [call(0, "srvtoolu_1", "web_search", "{\"query\":\"q\"}"), call(1, "srvtoolu_2", "bash_code_execution", "{\"command\":\"ls\"}")],
                "container": {"id": "container_1"}, "context_management": {"applied_edits": []}}}})
    );
    let usage = &run.receipt()["usage"];
    assert_eq!(
        usage["prompt_tokens_details.cache_creation_token_details.ephemeral_1h_input_tokens"],
        3
    );
}

#[test]
fn an_answer_can_be_handed_back() {
    let native: Value = serde_json::from_str(EVERYTHING).unwrap();
    let answer = message(&native)["message"].take();
    let conversation = json!([{"role": "user", "content": "hi"}, answer, {"role": "tool", "tool_call_id": "toolu_1", "name": "look_up", "content": "r"}]);
    let (body, changed) = sent(
        MODEL,
        conversation,
        json!({"max_tokens": 5, "tools": [{"type": "function", "function": {"name": "look_up"}}]}),
    );
    let block = |index: usize| native["content"][index].clone();
    let text = json!({"type": "text", "text": "I know. It is."});
    let mut call = block(10);
    call.as_object_mut().unwrap().remove("caller");
    let expected = [
        block(9),
        block(0),
        block(1),
        block(2),
        block(3),
        block(7),
        block(8),
        block(4),
        text,
        call,
    ];
    assert_eq!(body["messages"][1]["content"], json!(expected));
    let lost = "messages.provider_specific_fields.citations left out; messages.provider_specific_fields.container left out";
    assert_eq!(changed.as_deref(), Some(lost));
}

#[test]
fn stop_reasons_have_openais_names() {
    for (reason, expected) in [
        (json!("end_turn"), json!("stop")),
        (json!("stop_sequence"), json!("stop")),
        (json!("max_tokens"), json!("length")),
        (json!("model_context_window_exceeded"), json!("length")),
        (json!("pause_turn"), json!("length")),
        (json!("refusal"), json!("content_filter")),
        (json!("yet_to_come"), json!("stop")),
        (json!(null), json!(null)),
    ] {
        let choice = message(&json!({"content": [{"type": "text", "text": "a"}], "stop_reason": reason}));
        assert_eq!(choice["finish_reason"], expected, "{reason}");
        let own = &choice["message"]["provider_specific_fields"]["stop_reason"];
        let is_kept = reason == "pause_turn" || reason == "refusal";
        assert_eq!(own == &reason && !reason.is_null(), is_kept, "{reason}");
    }
    let details = json!({"type": "refusal", "category": "cyber", "explanation": "no"});
    let refused = message(&json!({"content": [], "stop_reason": "refusal", "stop_details": details}));
    assert_eq!(
        refused["message"],
        json!({"role": "assistant", "content": null, "refusal": "no",
            "provider_specific_fields": {"stop_reason": "refusal", "stop_details": details}})
    );
}

#[test]
fn searches_and_commands_have_a_status() {
    let call = |id: &str, name: &str, input: Value| json!({"type": "server_tool_use", "id": id, "name": name, "input": input});
    let error = json!({"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"});
    let choice = message(&json!({"stop_reason": "pause_turn", "content": [
        call("1", "web_search", json!({"query": ""})), {"type": "web_search_tool_result", "tool_use_id": "1", "content": error},
        call("2", "web_fetch", json!({"url": "https://h"})),
        call("3", "bash_code_execution", json!({"command": "x"})),
        {"type": "bash_code_execution_tool_result", "tool_use_id": "3", "content": {"stdout": "a", "stderr": "b"}},
    ]}));
    let fields = &choice["message"]["provider_specific_fields"];
    assert_eq!(
        fields["web_search_calls"],
        json!([
            {"id": "ws_1", "type": "web_search_call", "status": "failed", "action": {"type": "search", "query": "", "queries": [], "sources": []}},
            {"id": "ws_2", "type": "web_search_call", "status": "in_progress", "action": {"type": "open_page", "url": "https://h"}},
        ])
    );
    let result = &fields["code_interpreter_results"][0];
    assert_eq!(result["outputs"][0]["logs"], "aSTDERR: b");
    assert_eq!(result["container_id"], Value::Null);
}

#[test]
fn compactions_are_counted() {
    let iterations = json!([{"input_tokens": 10, "output_tokens": 2}, {"input_tokens": 5, "output_tokens": 3, "cache_read_input_tokens": 1, "cache_creation_input_tokens": 9,
            "cache_creation": {"ephemeral_1h_input_tokens": 2}}]);
    let search =
        json!({"type": "server_tool_use", "id": "srvtoolu_1", "name": "tool_search_tool_regex", "input": {}});
    let answer = json!({"content": [search, {"type": "thinking", "thinking": "", "signature": "s"}], "stop_reason": "end_turn",
        "usage": {"input_tokens": 5, "output_tokens": 3, "iterations": iterations}});
    let usage = completion(&answered(MODEL, json!({}), &answer))["usage"].take();
    assert_eq!(
        (&usage["prompt_tokens"], &usage["completion_tokens"]),
        (&json!(25), &json!(5))
    );
    assert_eq!(usage["server_tool_use"], json!({"tool_search_requests": 1}));
    assert_eq!(usage["iterations"], iterations);
    assert_eq!(
        usage["prompt_tokens_details"]["cache_creation_token_details"],
        json!({"ephemeral_5m_input_tokens": 7, "ephemeral_1h_input_tokens": 2})
    );
    // how much of it was thinking is not known
    assert_eq!(usage.get("completion_tokens_details"), None);
}

#[test]
fn words_that_the_caller_began_with_can_be_repeated() {
    for (prefix, expected) in [(json!(true), "Answer: 7"), (json!(false), " 7")] {
        let answer = json!({"content": [{"type": "text", "text": " 7"}], "stop_reason": "end_turn"});
        let server = Server::always(Answer::json(200, &answer));
        let messages = json!([{"role": "user", "content": "hi"}, {"role": "assistant", "content": "Answer:", "prefix": prefix}]);
        let run = at(&server, ask(MODEL, messages, json!({}))).run();
        assert_eq!(completion(&run)["choices"][0]["message"]["content"], expected);
    }
}

fn streamed(stream: &str) -> (Server, Value) {
    let server =
        Server::always(Answer::new(200, stream).header("content-type", "text/event-stream; charset=utf-8"));
    let run = at(
        &server,
        ask(
            MODEL,
            hi(),
            json!({"stream": true, "stream_options": {"include_usage": true}}),
        ),
    )
    .run();
    run.assert_success();
    assert_eq!(output(&run, "native.json"), None);
    let chunks = String::from_utf8(output(&run, "stream.jsonl").unwrap()).unwrap();
    let data = stream.lines().filter_map(|line| line.strip_prefix("data: "));
    assert_eq!(chunks, data.map(|data| format!("{data}\n")).collect::<String>());
    let completion = completion(&run);
    (server, completion)
}

#[test]
fn a_stream_becomes_the_same_completion() {
    let (server, completion) = streamed(include_str!(
        "../recorded/anthropic_messages/thinking_and_tools.stream"
    ));
    let body = body(&server);
    assert_eq!(
        (&body["stream"], body.get("stream_options")),
        (&json!(true), None)
    );
    let thinking = json!([{"type": "thinking", "thinking": "The user wants Zürich.", "signature": "EqQBCgIYAhIM"}, {"type": "redacted_thinking", "data": "EmwKAhgB"}]);
    let call = |index: usize, id: &str, name: &str, arguments: &str| json!({"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": arguments}});
    assert_eq!(
        completion,
        json!({"id": "msg_01", "object": "chat.completion", "model": "claude-sonnet-4-5-20250929",
            "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {"role": "assistant", "content": "I look it up.",
                "reasoning_content": "The user wants Zürich.", "thinking_blocks": thinking,
                "tool_calls": [call(0, "toolu_01", "get_weather", "{\"unit\":\"C\",\"city\":\"Zürich\"}"), call(1, "toolu_02", "now", "{}")],
                "provider_specific_fields": {"thinking_blocks": thinking}}}],
            "usage": {"prompt_tokens": 29, "completion_tokens": 89, "total_tokens": 118,
                "prompt_tokens_details": {"cached_tokens": 4, "cache_creation_tokens": 0, "cache_write_tokens": 0, "text_tokens": 25},
                "completion_tokens_details": {"reasoning_tokens": 20, "text_tokens": 69},
                "cache_creation_input_tokens": 0, "cache_read_input_tokens": 4, "service_tier": "standard"}})
    );

    let (_, completion) = streamed(include_str!(
        "../recorded/anthropic_messages/search_and_citations.stream"
    ));
    let message = &completion["choices"][0]["message"];
    assert_eq!(message["content"], "In 1916.");
    let fields = &message["provider_specific_fields"];
    assert_eq!(fields["citations"][0][0]["supported_text"], "In 1916.");
    assert_eq!(fields["web_search_results"][0]["tool_use_id"], "srvtoolu_01");
    assert_eq!(
        fields["server_tool_calls"][0]["function"]["arguments"],
        "{\"query\":\"claude\"}"
    );
    assert_eq!(fields["container"]["id"], "container_1");
    assert_eq!(completion["usage"]["prompt_tokens"], 10682);
    assert_eq!(completion["usage"]["server_tool_use"]["web_search_requests"], 1);
}

fn events(events: &[Value]) -> Answer {
    let lines = events.iter().map(|event| {
        let kind = event["type"].as_str().unwrap();
        format!("event: {kind}\ndata: {event}\n\n")
    });
    Answer::new(200, lines.collect::<String>()).header("content-type", "text/event-stream")
}

#[test]
fn a_call_that_is_cut_off_keeps_its_text() {
    let server = Server::always(events(&[
        json!({"type": "message_start", "message": {"model": "m", "content": []}}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "id": "t", "name": "f", "input": {}}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": "{\"a\": \"b"}}),
        json!({"type": "message_delta", "delta": {"stop_reason": "max_tokens"}}),
    ]));
    let run = at(&server, ask(MODEL, hi(), json!({"stream": true}))).run();
    run.assert_success(); // also without `message_stop`
    let choice = completion(&run)["choices"][0].take();
    assert_eq!(
        choice["message"]["tool_calls"][0]["function"]["arguments"],
        "{\"a\": \"b"
    );
    assert_eq!(choice["finish_reason"], "length");
}

#[test]
fn errors_have_the_words_of_anthropic() {
    let error = |kind: &str, message: &str| json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"});
    let params = json!({"num_retries": 0});
    for (status, kind, message, code, exit) in [
        (
            400,
            "invalid_request_error",
            "max_tokens: too large",
            "ERR_PROVIDER_REJECTED",
            11,
        ),
        (
            401,
            "authentication_error",
            "invalid x-api-key",
            "ERR_PROVIDER_AUTH",
            10,
        ),
        (403, "permission_error", "not for you", "ERR_PROVIDER_AUTH", 10),
        (
            404,
            "not_found_error",
            "model: claude-x",
            "ERR_PROVIDER_REJECTED",
            11,
        ),
        (
            429,
            "rate_limit_error",
            "slow down",
            "ERR_PROVIDER_RATE_LIMIT",
            12,
        ),
        (
            529,
            "overloaded_error",
            "Overloaded",
            "ERR_PROVIDER_UNAVAILABLE",
            13,
        ),
    ] {
        let server = Server::always(Answer::json(status, &error(kind, message)));
        let run = at(&server, ask(MODEL, hi(), params.clone())).run();
        run.assert_failure(code, exit)
            .assert_message(message)
            .assert_nowhere(KEY);
        // in a stream, as its status would be
        if status >= 429 {
            let start = json!({"type": "message_start", "message": {"model": "m", "content": []}});
            let server = Server::always(events(&[start, error(kind, message)]));
            let run = at(
                &server,
                ask(MODEL, hi(), json!({"stream": true, "num_retries": 0})),
            )
            .run();
            run.assert_rejected(code, exit);
            run.assert_message(message);
        }
    }
    for answer in [json!({"type": "message"}), json!({"content": "hello"}), json!([])] {
        let run = answered(MODEL, json!({}), &answer);
        run.assert_rejected("ERR_PROVIDER_RESPONSE", 14);
    }
    let server = Server::always(events(&[
        json!({"type": "message_start", "message": {"model": "m", "content": []}}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "half"}}),
    ]));
    let run = at(&server, ask(MODEL, hi(), json!({"stream": true}))).run();
    run.assert_rejected("ERR_PROVIDER_RESPONSE", 14);
    run.assert_message("ended before its end mark");
}

#[test]
fn a_pause_that_is_asked_for_is_kept() {
    let busy = Answer::json(
        529,
        &json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
    );
    let answer = json!({"content": [{"type": "text", "text": "a"}], "stop_reason": "end_turn"});
    let server = Server::script([busy.header("retry-after", "0"), Answer::json(200, &answer)]);
    let run = at(&server, ask(MODEL, hi(), json!({}))).run();
    run.assert_success();
    assert_eq!(server.requests().len(), 2);
}
