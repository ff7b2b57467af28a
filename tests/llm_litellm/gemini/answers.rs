//! Answers: <https://ai.google.dev/api/generate-content#generatecontentresponse>.

use serde_json::{Value, json};
use support::{Answer, Finished, Server};

use super::{gemini, hi};
use crate::KEY;
use crate::native::{completion, output};

const ANSWER: &str = include_str!("../recorded/gemini_generate_content/answer.json");

fn answered(answer: &Value, params: Value) -> (Finished, Value) {
    answered_with(&answer.to_string(), params)
}

fn answered_with(answer: &str, params: Value) -> (Finished, Value) {
    let server = Server::always(Answer::new(200, answer).header("content-type", "application/json"));
    let run = gemini(&server, "gemini-2.5-flash", hi(), params).run();
    run.assert_success();
    assert_eq!(output(&run, "native.json").unwrap(), answer.as_bytes());
    let completion = completion(&run);
    (run, completion)
}

#[test]
fn an_answer_becomes_a_chat_completion() {
    let (run, completion) = answered_with(ANSWER, json!({}));
    assert_eq!(
        completion,
        json!({
            "id": "r1", "object": "chat.completion", "model": "gemini-2.5-flash-001",
            "choices": [{
                "index": 0,
                "message": {
                    "role": "assistant", "content": "Hello", "reasoning_content": "Greet.",
                    "thinking_blocks": [{"type": "thinking", "thinking": "Greet."}],
                    "images": [{"image_url": {"url": "data:image/png;base64,AAEC", "detail": "auto"}, "index": 0, "type": "image_url"}],
                    "tool_calls": [
                        {"index": 0, "id": "call_r1_0__thought__c2lnMg==", "type": "function", "function": {"name": "f", "arguments": "{\"b\":1,\"a\":[2]}"},
                            "provider_specific_fields": {"thought_signature": "c2lnMg=="}},
                        {"index": 1, "id": "fc1", "type": "function", "function": {"name": "g", "arguments": "{}"}},
                    ],
                    "annotations": [{"type": "url_citation", "url_citation": {"start_index": 1, "end_index": 5, "url": "https://example.com/a", "title": "example.com"}}],
                    "provider_specific_fields": {"thought_signatures": ["c2ln", "c2lnMg=="], "server_side_tool_invocations": [
                        {"tool_type": "GOOGLE_SEARCH_WEB", "id": "s1", "args": {"queries": ["q"]}, "response": {"x": 1}}]},
                },
                "logprobs": {"content": [{"token": "Hello", "logprob": -0.25, "bytes": null,
                    "top_logprobs": [{"token": "Hello", "logprob": -0.25, "bytes": null}]}]},
                "finish_reason": "tool_calls",
                "provider_specific_fields": {"native_finish_reason": "STOP"},
            }],
            "usage": {"prompt_tokens": 10, "completion_tokens": 35, "total_tokens": 45,
                "prompt_tokens_details": {"cached_tokens": 4, "text_tokens": 6, "web_search_requests": 1, "google_maps_grounding_requests": 1},
                "completion_tokens_details": {"reasoning_tokens": 15, "text_tokens": 20}, "cache_read_input_tokens": 4},
            "vertex_ai_grounding_metadata": [serde_json::from_str::<Value>(ANSWER).unwrap()["candidates"][0]["groundingMetadata"]],
            "vertex_ai_url_context_metadata": [{"urlMetadata": []}],
            "vertex_ai_safety_results": [[{"category": "HARM_CATEGORY_HATE_SPEECH", "probability": "NEGLIGIBLE"}]],
            "vertex_ai_citation_metadata": [{"citationSources": [{"uri": "u"}]}],
            "service_tier": "default",
            "provider_specific_fields": {"traffic_type": "ON_DEMAND"},
        })
    );
    let receipt = run.receipt();
    assert_eq!(receipt["extra"]["api"], "gemini_generate_content");
    assert_eq!(receipt["extra"]["model"], "gemini-2.5-flash-001");
    assert_eq!(receipt["extra"]["finish_reason"], "tool_calls");
    assert_eq!(receipt["usage"]["completion_tokens_details.reasoning_tokens"], 15);
    run.assert_nowhere(KEY);
}

#[test]
fn reasons_are_those_of_chat_completions() {
    for (reason, expected) in [
        ("STOP", "stop"),
        ("MAX_TOKENS", "length"),
        ("SAFETY", "content_filter"),
        ("RECITATION", "content_filter"),
        ("PROHIBITED_CONTENT", "content_filter"),
        ("MALFORMED_FUNCTION_CALL", "stop"),
        ("UNHEARD_OF", "stop"),
    ] {
        let answer = json!({"candidates": [{"content": {"parts": [{"text": "part"}]}, "finishReason": reason}], "usageMetadata": {}});
        let (run, completion) = answered(&answer, json!({}));
        let choice = &completion["choices"][0];
        assert_eq!(choice["finish_reason"], expected, "{reason}");
        assert_eq!(choice["provider_specific_fields"]["native_finish_reason"], reason);
        assert_eq!(choice["message"]["content"], "part");
        assert_eq!(run.receipt()["extra"]["finish_reason"], expected);
    }
}

#[test]
fn blocked_prompts_are_content_filters() {
    let answer = json!({"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 3, "totalTokenCount": 3}, "responseId": "r"});
    let (_, completion) = answered(&answer, json!({}));
    assert_eq!(
        completion["choices"],
        json!([{"index": 0, "message": {"role": "assistant", "content": null}, "finish_reason": "content_filter",
            "provider_specific_fields": {"native_finish_reason": "SAFETY"}}])
    );
    assert_eq!(completion["usage"]["prompt_tokens"], 3);
}

#[test]
fn empty_answers_are_answers() {
    let answer = json!({"candidates": [{"content": {"role": "model"}, "finishReason": "MAX_TOKENS", "index": 0}],
        "usageMetadata": {"promptTokenCount": 3, "totalTokenCount": 13, "thoughtsTokenCount": 10}});
    let (_, completion) = answered(&answer, json!({}));
    assert_eq!(completion["choices"][0]["message"]["content"], Value::Null);
    assert_eq!(completion["usage"]["completion_tokens"], 10);
    assert_eq!(completion["model"], "gemini-2.5-flash");
    let (run, completion) = answered(&json!({"usageMetadata": {"totalTokenCount": 3}}), json!({}));
    assert_eq!(completion["choices"], json!([]));
    assert_eq!(run.receipt()["extra"]["finish_reason"], "none");
}

#[test]
fn several_candidates_are_several_choices() {
    let candidate = |index: u64, text: &str| json!({"index": index, "content": {"parts": [{"text": text}]}, "finishReason": "STOP"});
    let answer = json!({"candidates": [candidate(0, "a"), candidate(1, "b")]});
    let (_, completion) = answered(&answer, json!({"n": 2}));
    let choices = completion["choices"].as_array().unwrap();
    let texts: Vec<_> = choices
        .iter()
        .map(|choice| choice["message"]["content"].as_str().unwrap())
        .collect();
    assert_eq!(texts, ["a", "b"]);
    assert_eq!(choices[1]["index"], 1);
}

#[test]
fn sounds_and_old_calls_are_members_of_the_message() {
    let answer = json!({"candidates": [{"content": {"parts": [{"inlineData": {"mimeType": "audio/L16;rate=24000", "data": "AAEC"}}]}, "finishReason": "STOP"}],
        "responseId": "r"});
    let (_, completion) = answered(&answer, json!({}));
    let message = &completion["choices"][0]["message"];
    assert_eq!(
        *message,
        json!({"role": "assistant", "content": null, "audio": {"id": "audio_r", "data": "AAEC", "transcript": ""}})
    );
    let answer = json!({"candidates": [{"content": {"parts": [{"functionCall": {"name": "f", "args": {"a": 1}}, "thoughtSignature": "c2ln"}]}, "finishReason": "STOP"}]});
    let (_, completion) = answered(&answer, json!({"functions": [{"name": "f"}]}));
    let choice = &completion["choices"][0];
    assert_eq!(
        choice["message"]["function_call"],
        json!({"name": "f", "arguments": "{\"a\":1}", "provider_specific_fields": {"thought_signature": "c2ln"}})
    );
    assert_eq!(choice["finish_reason"], "function_call");
    assert_eq!(choice["message"]["tool_calls"], Value::Null);
}

#[test]
fn several_calls_for_old_functions_are_kept() {
    let call = |name: &str| json!({"functionCall": {"name": name, "args": null}});
    let answer = json!({"candidates": [{"content": {"parts": [call("f"), call("g")]}, "finishReason": "STOP"}], "responseId": "r"});
    let (_, completion) = answered(&answer, json!({"functions": [{"name": "f"}, {"name": "g"}]}));
    let message = &completion["choices"][0]["message"];
    let old = json!({"name": "g", "arguments": "{}"});
    assert_eq!(message["function_call"], old);
    assert_eq!(
        message["tool_calls"],
        json!([{"index": 0, "id": "call_r_0", "type": "function", "function": {"name": "f", "arguments": "{}"}},
            {"index": 1, "id": "call_r_1", "type": "function", "function": old}])
    );
}

#[test]
fn no_two_calls_share_an_id() {
    let candidate = |index: u64| json!({"index": index, "content": {"parts": [{"functionCall": {"name": "f"}}]}, "finishReason": "STOP"});
    let ids = |answer: Value| {
        let (_, completion) = answered(&answer, json!({"n": 2}));
        let choices = completion["choices"].as_array().unwrap().clone();
        let ids = choices.into_iter();
        ids.map(|choice| choice["message"]["tool_calls"][0]["id"].to_string())
            .collect::<Vec<_>>()
    };
    let first = ids(json!({"candidates": [candidate(0), candidate(1)]}));
    let mut other = candidate(0);
    other["content"]["parts"][0]["functionCall"]["args"] = json!({"a": 1});
    let second = ids(json!({"candidates": [other]}));
    assert_ne!(first[0], first[1]);
    assert_ne!(first[0], second[0]);
}

#[test]
fn the_tier_is_that_of_the_answer_or_of_its_header() {
    for (usage, header, expected) in [
        (json!({"serviceTier": "flex"}), Some("standard"), json!("flex")),
        (json!({}), Some("Standard"), json!("default")),
        (json!({}), Some("priority"), json!("priority")),
        (
            json!({"trafficType": "ON_DEMAND_PRIORITY"}),
            None,
            json!("priority"),
        ),
        (json!({"trafficType": "ON_DEMAND_FLEX"}), None, json!("flex")),
        (json!({"trafficType": "ON_DEMAND"}), None, Value::Null),
    ] {
        let answer = json!({"candidates": [{"content": {"parts": [{"text": "a"}]}, "finishReason": "STOP"}], "usageMetadata": usage});
        let mut answer = Answer::json(200, &answer);
        if let Some(tier) = header {
            answer = answer.header("x-gemini-service-tier", tier);
        }
        let run = gemini(&Server::always(answer), "gemini-2.5-flash", hi(), json!({})).run();
        assert_eq!(completion(&run)["service_tier"], expected, "{usage} {header:?}");
    }
}

#[test]
fn errors_have_the_words_of_gemini() {
    let key = json!({"error": {"code": 400, "message": "API key not valid. Please pass a valid API key.", "status": "INVALID_ARGUMENT",
        "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]}});
    let model = json!({"error": {"code": 404, "message": "models/x is not found for API version v1beta", "status": "NOT_FOUND"}});
    for (status, body, code, exit, message) in [
        (400, &key, "ERR_PROVIDER_AUTH", 10, "API key not valid"),
        (400, &json!([key]), "ERR_PROVIDER_AUTH", 10, "API key not valid"),
        (404, &model, "ERR_PROVIDER_REJECTED", 11, "models/x is not found"),
    ] {
        let server = Server::always(Answer::json(status, body));
        let run = gemini(&server, "x", hi(), json!({})).run();
        run.assert_failure(code, exit);
        run.assert_message(message);
        run.assert_nowhere(KEY);
        assert_eq!(server.requests().len(), 1);
    }
    let server = Server::always(Answer::json(200, &json!({"hello": 1})));
    let run = gemini(&server, "x", hi(), json!({})).run();
    assert_eq!(
        run.assert_rejected("ERR_PROVIDER_RESPONSE", 14),
        br#"{"hello":1}"#
    );
    run.assert_message("no candidates");
}

#[test]
fn a_pause_in_the_body_is_kept() {
    let busy = json!({"error": {"code": 429, "message": "Quota exceeded", "status": "RESOURCE_EXHAUSTED",
        "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.05s"}]}});
    let fine = json!({"candidates": [{"content": {"parts": [{"text": "a"}]}, "finishReason": "STOP"}]});
    let server = Server::script([Answer::json(429, &busy), Answer::json(200, &fine)]);
    let run = gemini(&server, "x", hi(), json!({})).run();
    run.assert_success();
    assert_eq!(server.requests().len(), 2);
}
