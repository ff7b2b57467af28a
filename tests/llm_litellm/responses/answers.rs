//! Responses become chat completions.

use serde_json::{Value, json};
use support::{Answer, Server};

use super::{at, hi};
use crate::native::{ask, completion, output};

const TOOLS: &str = include_str!("../recorded/openai_responses/tools.json");
const TOOLS_STREAM: &str = include_str!("../recorded/openai_responses/tools.stream");
const INCOMPLETE: &str = include_str!("../recorded/openai_responses/incomplete.json");
const INCOMPLETE_STREAM: &str = include_str!("../recorded/openai_responses/incomplete.stream");

fn stream(body: impl Into<Vec<u8>>) -> Server {
    Server::always(Answer::new(200, body).header("content-type", "text/event-stream"))
}

/// The only choice of the completion for an output.
fn choice(output: Value, params: Value) -> Value {
    let answer = json!({"id": "resp_1", "object": "response", "created_at": 1_741_290_958, "status": "completed", "model": "m", "output": output});
    let server = Server::always(Answer::json(200, &answer));
    let run = at(&server, ask("openai/responses/m", hi(), params)).run();
    run.assert_success();
    completion(&run)["choices"][0].clone()
}

fn text(text: &str) -> Value {
    json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text, "annotations": []}]})
}

#[test]
fn an_answer_becomes_a_chat_completion() {
    let server = Server::always(Answer::new(200, TOOLS).header("content-type", "application/json"));
    let run = at(&server, ask("openai/responses/gpt-5", hi(), json!({}))).run();
    run.assert_success();
    assert_eq!(
        completion(&run),
        json!({
            "id": "resp_67c9fdcecf488190bdd9a0409de3a1ec07b8b0ad4e5eb654", "object": "chat.completion", "model": "gpt-5-2025-08-07",
            "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {
                "role": "assistant", "content": "Einen Moment 🙂", "reasoning_content": "Prüfe die Städte. Call twice.",
                "reasoning_items": [{"type": "reasoning", "id": "rs_6820f383d7c08191846711c5df8233bc0ac5ba57aafcbac7",
                    "encrypted_content": "gAAAAABo", "summary": [{"type": "summary_text", "text": "Prüfe die Städte."}, {"type": "summary_text", "text": "Call twice."}]}],
                "tool_calls": [
                    {"index": 0, "id": "call_12345xyz", "type": "function", "function": {"name": "get_weather", "arguments": "{\"location\":\"Paris\",\"a\":1}"}},
                    {"index": 1, "id": "call_67890abc", "type": "function", "function": {"name": "get_weather", "arguments": "{\"location\":\"Bogotá\"}"}},
                ],
                "provider_specific_fields": {"phase": "commentary"},
            }}],
            "usage": {"prompt_tokens": 37, "prompt_tokens_details": {"cached_tokens": 8}, "completion_tokens": 51,
                "completion_tokens_details": {"reasoning_tokens": 24}, "total_tokens": 88},
            "service_tier": "default",
        })
    );
    assert_eq!(output(&run, "native.json").unwrap(), TOOLS.as_bytes());
    let receipt = run.receipt();
    assert_eq!(receipt["extra"]["model"], "gpt-5-2025-08-07");
    assert_eq!(receipt["extra"]["finish_reason"], "tool_calls");
    assert_eq!(receipt["usage"]["prompt_tokens_details.cached_tokens"], 8);
}

#[test]
fn a_stream_becomes_the_same_completion() {
    for (events, answer, model) in [
        (TOOLS_STREAM, TOOLS, "gpt-5"),
        (INCOMPLETE_STREAM, INCOMPLETE, "gpt-4o"),
    ] {
        let model = format!("openai/responses/{model}");
        let server = Server::always(Answer::new(200, answer).header("content-type", "application/json"));
        let expected = completion(&at(&server, ask(&model, hi(), json!({}))).run());
        let server = stream(events);
        let run = at(&server, ask(&model, hi(), json!({"stream": true}))).run();
        run.assert_success();
        assert_eq!(server.requests()[0].json()["stream"], true);
        assert_eq!(completion(&run), expected);
        assert_eq!(output(&run, "native.json"), None);
        let data = events.lines().filter_map(|line| line.strip_prefix("data: "));
        let lines: String = data.map(|data| format!("{data}\n")).collect();
        assert_eq!(output(&run, "stream.jsonl").unwrap(), lines.as_bytes());

        // cut off, it is kept
        let (half, _) = events.split_at(events.rfind("event:").unwrap());
        let server = stream(half);
        let run = at(&server, ask(&model, hi(), json!({"stream": true}))).run();
        let kept = run.assert_rejected("ERR_PROVIDER_RESPONSE", 14);
        assert!(!kept.is_empty() && lines.as_bytes().starts_with(&kept));
        run.assert_message("ended before its end mark");
    }
}

#[test]
fn citations_count_from_the_beginning_of_the_content() {
    let server = Server::always(Answer::new(200, INCOMPLETE).header("content-type", "application/json"));
    let run = at(&server, ask("openai/responses/gpt-4o", hi(), json!({}))).run();
    let completion = completion(&run);
    assert_eq!(
        completion["usage"]["server_tool_use"],
        json!({"web_search_requests": 1})
    );
    let choice = &completion["choices"][0];
    assert_eq!(choice["finish_reason"], "length");
    assert_eq!(choice["message"]["content"], "On March 6, news of AI");
    assert_eq!(
        choice["message"]["annotations"],
        json!([{"type": "url_citation", "url_citation": {"start_index": 12, "end_index": 16, "url": "https://example.com/a?utm_source=openai", "title": "A"}}])
    );
}

#[test]
fn outputs_of_many_kinds() {
    let refusal =
        json!({"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]});
    for (output, message) in [
        (json!([]), json!({"role": "assistant", "content": ""})),
        (
            json!([text("a"), {"type": "of_the_future"}, text("b")]),
            json!({"role": "assistant", "content": "ab"}),
        ),
        (
            json!([refusal]),
            json!({"role": "assistant", "content": null, "refusal": "No."}),
        ),
        (
            json!([{"type": "custom_tool_call", "call_id": "call_1", "name": "c", "input": "raw", "namespace": "n"}]),
            json!({"role": "assistant", "content": null, "tool_calls": [{"index": 0, "id": "call_1", "type": "function",
                "function": {"name": "c", "arguments": "raw"}, "provider_specific_fields": {"namespace": "n"}}]}),
        ),
        (
            json!([{"type": "image_generation_call", "id": "ig_1", "result": "AA==", "output_format": "webp"}]),
            json!({"role": "assistant", "content": "", "images": [{"type": "image_url", "index": 0, "image_url": {"url": "data:image/webp;base64,AA=="}}]}),
        ),
        (
            json!([{"type": "reasoning", "id": "rs_1", "summary": [], "content": [{"type": "reasoning_text", "text": "t"}]}, text("a")]),
            json!({"role": "assistant", "content": "a", "reasoning_content": "t",
                "reasoning_items": [{"type": "reasoning", "id": "rs_1", "encrypted_content": null, "summary": []}]}),
        ),
    ] {
        let mut found = choice(output, json!({}))["message"].take();
        // of the custom tool, and the item of the future
        let fields = found.as_object_mut().unwrap().remove("provider_specific_fields");
        assert!(fields.is_none_or(|fields| {
            fields["openai_responses_replay"].is_object() || fields["output_items"].is_array()
        }));
        assert_eq!(found, message);
    }
}

#[test]
fn each_text_of_a_structured_answer_is_a_document() {
    let output = json!([text("{}"), text("{\"a\":1}")]);
    for params in [
        json!({"response_format": {"type": "json_object"}}),
        json!({"text": {"format": {"type": "json_schema", "name": "n", "schema": {}}}}),
    ] {
        assert_eq!(choice(output.clone(), params)["message"]["content"], "{}");
    }
}

#[test]
fn probabilities_of_tokens() {
    let token = json!({"token": "a", "bytes": [97], "logprob": -0.1, "top_logprobs": []});
    let output = json!([{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a", "logprobs": [token]}]}]);
    let choice = choice(output, json!({"logprobs": true}));
    assert_eq!(choice["logprobs"], json!({"content": [token]}));
}

#[test]
fn citations_of_files_are_fields_of_the_provider() {
    let cited = json!({"type": "file_citation", "index": 1, "file_id": "file-1", "filename": "a.txt"});
    let part = json!({"type": "output_text", "text": "a", "annotations": [cited]});
    let choice = choice(json!([{"type": "message", "content": [part]}]), json!({}));
    assert_eq!(
        choice["message"],
        json!({"role": "assistant", "content": "a", "provider_specific_fields": {"annotations": [cited]}})
    );
}

#[test]
fn an_answer_without_a_status_has_no_reason() {
    let answer = json!({"id": "r", "output": [text("a")]});
    let server = Server::always(Answer::json(200, &answer));
    let run = at(&server, ask("openai/responses/m", hi(), json!({}))).run();
    assert_eq!(completion(&run)["choices"][0]["finish_reason"], Value::Null);
    assert_eq!(run.receipt()["extra"]["finish_reason"], "none");
}

#[test]
fn reasons_why_answers_end() {
    for (details, reason) in [
        (json!({"reason": "max_output_tokens"}), "length"),
        (json!({"reason": "content_filter"}), "content_filter"),
        (Value::Null, "length"),
    ] {
        let answer = json!({"id": "r", "status": "incomplete", "incomplete_details": details, "output": []});
        let server = Server::always(Answer::json(200, &answer));
        let run = at(&server, ask("openai/responses/m", hi(), json!({}))).run();
        assert_eq!(completion(&run)["choices"][0]["finish_reason"], reason);
        assert_eq!(run.receipt()["extra"]["finish_reason"], reason);
    }
}

#[test]
fn errors_have_the_words_of_the_service() {
    let error = json!({"code": "server_error", "message": "The server had an error."});
    let failed = json!({"id": "r", "object": "response", "status": "failed", "error": error, "output": []});
    let invalid = json!({"code": "invalid_image_format", "message": "The server had an error."});
    let event = |event: Value| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap());
    let created = event(json!({"type": "response.created", "response": {"status": "in_progress"}}));
    let as_event = event(json!({"type": "response.failed", "response": failed}));
    let bare = event(
        json!({"type": "error", "code": "invalid_prompt", "message": "The server had an error.", "param": null}),
    );
    let rejected = json!({"error": {"message": "The server had an error.", "type": "invalid_request_error", "param": "x", "code": null}});
    let json = |status, body: &Value| Answer::json(status, body);
    for (answer, code, status) in [
        (json(400, &rejected), "ERR_PROVIDER_REJECTED", 11),
        (json(200, &failed), "ERR_PROVIDER_UNAVAILABLE", 13),
        (
            json(200, &json!({"status": "failed", "error": invalid, "output": []})),
            "ERR_PROVIDER_RESPONSE",
            14,
        ),
    ] {
        let server = Server::always(answer);
        let params = json!({"stream": true, "num_retries": 0});
        let run = at(&server, ask("openai/responses/m", hi(), params)).run();
        run.assert_failure(code, status);
        run.assert_message("The server had an error.");
    }
    // what came before is kept
    for (last, code, status) in [
        (as_event, "ERR_PROVIDER_UNAVAILABLE", 13),
        (bare, "ERR_PROVIDER_REJECTED", 11),
    ] {
        let body = created.clone() + &last;
        let server = Server::always(Answer::new(200, body).header("content-type", "text/event-stream"));
        let params = json!({"stream": true, "num_retries": 0});
        let run = at(&server, ask("openai/responses/m", hi(), params)).run();
        let kept = String::from_utf8(run.assert_rejected(code, status)).unwrap();
        assert_eq!(kept.lines().count(), 2);
        run.assert_message("The server had an error.");
    }
}

#[test]
fn answers_without_an_end_are_kept() {
    for (answer, message) in [
        (json!({"status": "queued", "output": []}), "status is queued"),
        (json!({"status": "sk-odd", "output": []}), "status is unknown"),
        (json!({"status": "completed"}), "no output"),
    ] {
        let server = Server::always(Answer::json(200, &answer));
        let run = at(&server, ask("openai/responses/m", hi(), json!({}))).run();
        let kept = run.assert_rejected("ERR_PROVIDER_RESPONSE", 14);
        assert_eq!(kept, answer.to_string().as_bytes());
        run.assert_message(message);
    }
}
