//! What Bedrock answers.

use serde_json::{Value, json};
use support::{Answer, Finished, Server};

use super::{CLAUDE, NOVA, at, hi, signed};
use crate::native::{ask, completion, output};

const TOOLS: &str = include_str!("../recorded/bedrock_converse/tools.json");
const TOOLS_STREAM: &[u8] = include_bytes!("../recorded/bedrock_converse/tools.stream");
const CITATIONS: &str = include_str!("../recorded/bedrock_converse/citations.json");
const CITATIONS_STREAM: &[u8] = include_bytes!("../recorded/bedrock_converse/citations.stream");
const THROTTLED: &[u8] = include_bytes!("../recorded/bedrock_converse/throttled.exception");

fn stream(body: &[u8]) -> Server {
    Server::always(Answer::new(200, body).header("content-type", "application/vnd.amazon.eventstream"))
}

fn run(server: &Server, model: &str, params: Value) -> Finished {
    at(server, ask(model, hi(), params))
        .env("AWS_REGION", "us-east-1")
        .run()
}

/// The completion of an answer, without its id.
fn answered(model: &str, answer: &str, params: Value) -> Value {
    let server = Server::always(Answer::new(200, answer).header("content-type", "application/json"));
    let run = run(&server, model, params);
    run.assert_success();
    let mut completion = completion(&run);
    completion.as_object_mut().unwrap().remove("id");
    completion
}

#[test]
fn an_answer_becomes_a_chat_completion() {
    let server = Server::always(Answer::new(200, TOOLS).header("content-type", "application/json"));
    let params = json!({"tools": [{"type": "function", "function": {"name": "get.weather"}}]});
    let run = run(&server, CLAUDE, params);
    run.assert_success();
    let mut completion = completion(&run);
    let id = completion.as_object_mut().unwrap().remove("id").unwrap();
    assert!(id.as_str().unwrap().starts_with("chatcmpl-"), "{id}");
    let call = |index: u64, id: &str, arguments: &str| json!({"index": index, "id": id, "type": "function", "function": {"name": "get.weather", "arguments": arguments}});
    assert_eq!(
        completion,
        json!({
            "object": "chat.completion", "model": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {
                "role": "assistant", "content": "Einen Moment 🙂", "reasoning_content": "Prüfe die Stadt.",
                "thinking_blocks": [{"type": "thinking", "thinking": "Prüfe die Stadt.", "signature": "EqQBCgIYAhIM"}],
                "tool_calls": [
                    call(0, "tooluse_kZJMlvQmRJ6eAyJE5GIl7Q", "{\"location\":\"Paris\",\"a\":1.1}"), call(1, "tooluse_2", "{}"),
                ],
                "provider_specific_fields": {"reasoningContentBlocks": [{"reasoningText": {"text": "Prüfe die Stadt.", "signature": "EqQBCgIYAhIM"}}]},
            }}],
            "usage": {"prompt_tokens": 42, "completion_tokens": 51, "total_tokens": 93,
                "prompt_tokens_details": {"cached_tokens": 8, "cache_creation_tokens": 4, "text_tokens": 30,
                    "cache_creation_token_details": {"ephemeral_5m_input_tokens": 4, "ephemeral_1h_input_tokens": 0}},
                "cache_creation_input_tokens": 4, "cache_read_input_tokens": 8,
                "completion_tokens_details": {"reasoning_tokens": 24, "text_tokens": 27}},
        })
    );
    assert_eq!(output(&run, "native.json").unwrap(), TOOLS.as_bytes());
    assert_eq!(run.receipt()["usage"]["cache_read_input_tokens"], 8);
}

#[test]
fn a_stream_becomes_the_same_completion() {
    for (frames, answer) in [(TOOLS_STREAM, TOOLS), (CITATIONS_STREAM, CITATIONS)] {
        let expected = answered(CLAUDE, answer, json!({}));
        let server = stream(frames);
        let run = run(&server, CLAUDE, json!({"stream": true}));
        run.assert_success();
        let mut completion = completion(&run);
        completion.as_object_mut().unwrap().remove("id");
        assert_eq!(completion, expected);
        assert_eq!(output(&run, "native.json"), None);
        let lines = String::from_utf8(output(&run, "stream.jsonl").unwrap()).unwrap();
        let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
        assert_eq!(first["messageStart"]["role"], "assistant");
        let last: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
        assert!(last["metadata"]["usage"]["totalTokens"].is_u64(), "{last}");
    }
}

#[test]
fn a_stream_that_breaks_off_or_is_damaged_is_kept() {
    let half = TOOLS_STREAM.get(..TOOLS_STREAM.len() / 2).unwrap();
    let mut damaged = TOOLS_STREAM.to_vec();
    let at = damaged.len() / 2;
    damaged[at] ^= 1;
    for (body, message) in [
        (half, "ended before its end mark"),
        (damaged.as_slice(), "a damaged frame"),
    ] {
        let server = stream(body);
        let run = run(&server, CLAUDE, json!({"stream": true}));
        let kept = run.assert_rejected("ERR_PROVIDER_RESPONSE", 14);
        assert!(kept.starts_with(b"{\"messageStart\":"), "{kept:?}");
        run.assert_message(message);
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn exceptions_in_streams_have_their_status() {
    let server = stream(THROTTLED);
    let run = run(&server, CLAUDE, json!({"stream": true, "num_retries": 0}));
    let kept = run.assert_rejected("ERR_PROVIDER_RATE_LIMIT", 12);
    assert!(kept.ends_with(b"}\n"));
    run.assert_message("Too many tokens, please wait before trying again.");
}

/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html>
#[test]
fn errors_have_the_words_of_the_service() {
    for (status, kind, message, code, exit) in [
        (
            400,
            "ValidationException",
            "Malformed input request",
            "ERR_PROVIDER_REJECTED",
            11,
        ),
        (
            403,
            "AccessDeniedException",
            "You don't have access to the model",
            "ERR_PROVIDER_AUTH",
            10,
        ),
        (
            429,
            "ThrottlingException",
            "Too many requests",
            "ERR_PROVIDER_RATE_LIMIT",
            12,
        ),
        (
            503,
            "ServiceUnavailableException",
            "Bedrock is unable to process your request.",
            "ERR_PROVIDER_UNAVAILABLE",
            13,
        ),
    ] {
        let answer = Answer::json(status, &json!({ "message": message })).header("x-amzn-errortype", kind);
        let server = Server::always(answer);
        let run = run(&server, CLAUDE, json!({"num_retries": 0}));
        run.assert_failure(code, exit);
        run.assert_message(message);
    }
}

#[test]
fn each_attempt_is_signed() {
    let busy = Answer::json(503, &json!({"message": "busy"}));
    let server = Server::always(busy);
    let run = signed(&server, ask(CLAUDE, hi(), json!({"num_retries": 1})));
    run.env("AWS_REGION", "us-east-1")
        .run()
        .assert_failure("ERR_PROVIDER_UNAVAILABLE", 13);
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    for request in requests {
        assert_eq!(
            super::signature(&request)["SignedHeaders"],
            "content-type;host;x-amz-date"
        );
    }
}

#[test]
fn reasons_why_answers_end() {
    for (reason, expected) in [
        (json!("end_turn"), json!("stop")),
        (json!("stop_sequence"), json!("stop")),
        (json!("max_tokens"), json!("length")),
        (json!("model_context_window_exceeded"), json!("length")),
        (json!("content_filtered"), json!("content_filter")),
        (json!("guardrail_intervened"), json!("content_filter")),
        (json!("of_the_future"), json!("stop")),
        (json!(null), json!(null)),
    ] {
        let answer =
            json!({"output": {"message": {"role": "assistant", "content": []}}, "stopReason": reason});
        let completion = answered(CLAUDE, &answer.to_string(), json!({}));
        assert_eq!(completion["choices"][0]["finish_reason"], expected);
        assert_eq!(completion["choices"][0]["message"]["content"], "");
        assert_eq!(completion["usage"], Value::Null);
    }
}

#[test]
fn citations_and_traces() {
    let completion = answered(CLAUDE, CITATIONS, json!({}));
    let message = &completion["choices"][0]["message"];
    assert_eq!(message["content"], "Cited and cut");
    assert_eq!(
        message["annotations"],
        json!([{"type": "url_citation", "url_citation": {"start_index": 0, "end_index": 5, "title": "T", "url": "https://example.com"}}])
    );
    assert_eq!(
        message["provider_specific_fields"]["citationsContent"][0]["content"][0]["text"],
        "Cited"
    );
    assert_eq!(
        completion["trace"]["guardrail"]["modelOutput"][0],
        "Cited and cut"
    );
    assert_eq!(completion["service_tier"], "flex");
}

#[test]
fn the_input_of_the_tool_for_json_is_the_answer() {
    let tool = |name: &str| json!({"toolUse": {"toolUseId": "t", "name": name, "input": {"z": 1, "a": 2}}});
    let answer = |content: Value| {
        json!({"output": {"message": {"role": "assistant", "content": content}}, "stopReason": "tool_use"})
            .to_string()
    };
    let params = json!({"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}}});
    let completion = answered(NOVA, &answer(json!([tool("json_tool_call")])), params.clone());
    assert_eq!(
        completion["choices"][0],
        json!({"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "{\"z\":1,\"a\":2}"}})
    );
    // the answer is to be read as JSON: words beside it, another one, or a wrap are not part of it
    let wrapped =
        json!({"toolUse": {"toolUseId": "t", "name": "json_tool_call", "input": {"properties": {"z": 1}}}});
    let said = json!([{"text": "Here it is: "}, wrapped, tool("json_tool_call")]);
    let completion = answered(NOVA, &answer(said), params.clone());
    assert_eq!(completion["choices"][0]["message"]["content"], "{\"z\":1}");
    let completion = answered(NOVA, &answer(json!([tool("f")])), params);
    assert_eq!(completion["choices"][0]["finish_reason"], "tool_calls");
    assert_eq!(
        completion["choices"][0]["message"]["tool_calls"][0]["function"]["name"],
        "f"
    );
}

/// <https://docs.aws.amazon.com/nova/latest/nova2-userguide/web-grounding.html>
#[test]
fn what_bedrock_searched_is_no_call_of_the_caller() {
    let call = json!({"toolUse": {"toolUseId": "t", "name": "nova_grounding", "input": {}, "type": "server_tool_use"}});
    let result = json!({"toolResult": {"toolUseId": "t", "content": [], "type": "nova_grounding_result"}});
    let cited = json!({"citationsContent": {"content": [{"text": "cited"}], "citations": [{"location": {"web": {"url": "https://h/a", "domain": "h"}}}]}});
    let answer = json!({"output": {"message": {"role": "assistant", "content": [{"text": "It is "}, call, result, cited]}}, "stopReason": "end_turn"});
    let completion = answered(NOVA, &answer.to_string(), json!({}));
    let message = &completion["choices"][0]["message"];
    assert_eq!(message["tool_calls"], Value::Null);
    assert_eq!(message["content"], "It is cited");
    assert_eq!(
        message["annotations"],
        json!([{"type": "url_citation", "url_citation": {"start_index": 6, "end_index": 11, "title": "", "url": "https://h/a"}}])
    );
    assert_eq!(
        message["provider_specific_fields"]["serverToolBlocks"],
        json!([call, result])
    );
}

#[test]
fn a_stream_without_its_usage_is_broken() {
    let last = TOOLS_STREAM.len() - frames(TOOLS_STREAM).last().unwrap();
    let server = stream(&TOOLS_STREAM[..last]);
    let run = run(&server, CLAUDE, json!({"stream": true}));
    run.assert_rejected("ERR_PROVIDER_RESPONSE", 14);
    run.assert_message("ended before its end mark");
}

/// The lengths of the frames.
fn frames(mut bytes: &[u8]) -> Vec<usize> {
    let mut lengths = Vec::new();
    while let Some(length) = bytes.first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        lengths.push(length);
        bytes = &bytes[length..];
    }
    lengths
}

#[test]
fn redacted_thoughts_come_and_go() {
    let answer = json!({"output": {"message": {"role": "assistant", "content": [
        {"reasoningContent": {"redactedContent": "VWtWRQ=="}}, {"text": "a"}]}}, "stopReason": "end_turn"});
    let completion = answered(CLAUDE, &answer.to_string(), json!({}));
    let message = &completion["choices"][0]["message"];
    assert_eq!(
        message["thinking_blocks"],
        json!([{"type": "redacted_thinking", "data": "UkVE"}])
    );
    assert_eq!(message["reasoning_content"], "");
}

#[test]
fn an_answer_of_another_api_is_kept() {
    let server = Server::always(Answer::json(200, &json!({"choices": []})));
    let run = run(&server, CLAUDE, json!({}));
    assert_eq!(
        run.assert_rejected("ERR_PROVIDER_RESPONSE", 14),
        br#"{"choices":[]}"#
    );
}
