//! Streams: <https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent>.

use serde_json::{Value, json};
use support::{Answer, Finished, Server};

use super::{gemini, hi};
use crate::native::{completion, output};

const TOOLS: &str = include_str!("../recorded/gemini_generate_content/tools.stream");
const GROUNDED: &str = include_str!("../recorded/gemini_generate_content/grounded.stream");

fn events(stream: &str) -> Answer {
    Answer::new(200, stream).header("content-type", "text/event-stream")
}

fn streamed(stream: &str) -> Finished {
    let server = Server::always(events(stream));
    let run = gemini(&server, "m", hi(), json!({"stream": true})).run();
    run.assert_success();
    assert!(
        server.requests()[0]
            .path
            .ends_with(":streamGenerateContent?alt=sse")
    );
    assert_eq!(output(&run, "native.json"), None);
    let chunks: String = stream
        .lines()
        .filter_map(|line| Some(format!("{}\n", line.strip_prefix("data: ")?)))
        .collect();
    assert_eq!(output(&run, "stream.jsonl").unwrap(), chunks.as_bytes());
    run
}

#[test]
fn thoughts_and_calls_are_put_together() {
    let completion = completion(&streamed(TOOLS));
    assert_eq!(completion["id"], "aXYZ-1");
    assert_eq!(completion["model"], "gemini-3-pro-preview");
    let thoughts = "**Weather**\nLook it up in Zürich 🌦.";
    assert_eq!(
        completion["choices"],
        json!([{"index": 0, "finish_reason": "tool_calls", "provider_specific_fields": {"native_finish_reason": "STOP"}, "message": {
            "role": "assistant", "content": "One moment.", "reasoning_content": thoughts,
            "thinking_blocks": [{"type": "thinking", "thinking": thoughts}],
            "tool_calls": [
                {"index": 0, "id": "k7__thought__c2lnbmF0dXJl", "type": "function", "function": {"name": "weather", "arguments": "{\"town\":\"Zürich\",\"days\":[1,2]}"},
                    "provider_specific_fields": {"thought_signature": "c2lnbmF0dXJl"}},
                {"index": 1, "id": "k8", "type": "function", "function": {"name": "now", "arguments": "{}"}},
            ],
            "provider_specific_fields": {"thought_signatures": ["c2lnbmF0dXJl"]},
        }}])
    );
    assert_eq!(
        completion["usage"],
        json!({"prompt_tokens": 42, "completion_tokens": 38, "total_tokens": 80, "prompt_tokens_details": {"text_tokens": 42},
            "completion_tokens_details": {"reasoning_tokens": 18, "text_tokens": 20}})
    );
}

#[test]
fn citations_and_probabilities_are_put_together() {
    let completion = completion(&streamed(GROUNDED));
    let choice = &completion["choices"][0];
    assert_eq!(
        choice["message"]["annotations"],
        json!([{"type": "url_citation", "url_citation": {"start_index": 0, "end_index": 10, "url": "https://example.com/a", "title": "example.com"}}])
    );
    let token = |token: &str, logprob: Value| json!({"token": token, "logprob": logprob, "bytes": null});
    let mut first = token("Spain", json!(-0.25));
    first["top_logprobs"] = json!([token("Spain", json!(-0.25)), token("France", json!(-2))]);
    assert_eq!(choice["logprobs"], json!({"content": [first]}));
    assert_eq!(
        completion["vertex_ai_grounding_metadata"][0]["webSearchQueries"],
        json!(["who won", "who won"])
    );
    // what the search has found is not charged as input
    assert_eq!(
        completion["usage"],
        json!({"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 42,
            "prompt_tokens_details": {"tool_use_tokens": 30, "web_search_requests": 1}, "completion_tokens_details": {"text_tokens": 3}})
    );
}

#[test]
fn signed_texts_stay_apart_and_metadata_is_collected() {
    let chunk = |candidate: Value| format!("data: {}\n\n", json!({"candidates": [candidate]}));
    let text =
        |text: &str| json!({"content": {"parts": [{"text": text}]}, "citationMetadata": {"uri": text}});
    let stream = [
        chunk(text("a")),
        chunk(json!({"content": {"parts": [{"text": "", "thoughtSignature": "c2ln"}]}})),
        chunk(text("b")),
        chunk(json!({"index": 1, "content": {"parts": [{"text": "other"}]}, "finishReason": "STOP"})),
        chunk(json!({"index": 0, "finishReason": "STOP"})),
        "data: {\"unheardOf\":1}\n\n".to_owned(),
    ];
    let completion = completion(&streamed(&stream.concat()));
    let message = &completion["choices"][0]["message"];
    assert_eq!(message["content"], "ab");
    assert_eq!(
        message["provider_specific_fields"]["thought_signatures"],
        json!(["c2ln"])
    );
    assert_eq!(completion["choices"][1]["message"]["content"], "other");
    assert_eq!(
        completion["vertex_ai_citation_metadata"],
        json!([{"uri": "a"}, {"uri": "b"}])
    );
}

#[test]
fn blank_members_replace_nothing() {
    let chunks = [
        json!({"candidates": [{"content": {"parts": [{"text": "a"}], "role": "model"}}], "responseId": "r", "modelVersion": "m-1",
            "usageMetadata": {"promptTokenCount": 3, "totalTokenCount": 3}}),
        json!({"candidates": [{"content": {"parts": null, "role": ""}, "finishReason": "MAX_TOKENS"}], "responseId": "", "modelVersion": "",
            "usageMetadata": {"promptTokenCount": null, "candidatesTokenCount": 1, "totalTokenCount": 4}}),
        json!({"candidates": [{"content": {"parts": ""}, "finishReason": ""}]}),
    ];
    let chunks = chunks.map(|chunk| format!("data: {chunk}\n\n"));
    let completion = completion(&streamed(&chunks.concat()));
    assert_eq!(
        (&completion["id"], &completion["model"]),
        (&json!("r"), &json!("m-1"))
    );
    assert_eq!(completion["choices"][0]["message"]["content"], "a");
    assert_eq!(completion["choices"][0]["finish_reason"], "length");
    assert_eq!(completion["usage"]["prompt_tokens"], 3);
    assert_eq!(completion["usage"]["completion_tokens"], 1);
}

#[test]
fn pieces_of_a_sound_are_put_together() {
    let chunk = |data: &str| json!({"candidates": [{"content": {"parts": [{"inlineData": {"mimeType": "audio/L16;rate=24000", "data": data}}]}}]});
    let mut last = chunk("BQYH");
    last["candidates"][0]["finishReason"] = "STOP".into();
    let chunks = [chunk("AAEC"), chunk("AwQ="), last].map(|chunk| format!("data: {chunk}\n\n"));
    let completion = completion(&streamed(&chunks.concat()));
    let audio = &completion["choices"][0]["message"]["audio"];
    assert_eq!(audio["data"], "AAECAwQFBgc=");
}

#[test]
fn a_list_of_chunks_is_a_stream() {
    let part = |text: &str| json!({"candidates": [{"content": {"parts": [{"text": text}]}}]});
    let mut last = part("b");
    last["candidates"][0]["finishReason"] = "STOP".into();
    let whole = json!([part("a"), last]).to_string();
    let server = Server::always(Answer::new(200, &*whole).header("content-type", "application/json"));
    let run = gemini(&server, "m", hi(), json!({"stream": true})).run();
    run.assert_success();
    assert_eq!(completion(&run)["choices"][0]["message"]["content"], "ab");
    assert_eq!(output(&run, "native.json").unwrap(), whole.as_bytes());
}

#[test]
fn a_stream_without_an_end_is_none() {
    let unfinished = |more: Value| {
        let mut chunk = json!({"candidates": [{"content": {"parts": [{"text": "a"}]}}]});
        chunk
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        chunk
    };
    let chunk = unfinished(json!({}));
    let blocked = unfinished(json!({"promptFeedback": {"blockReason": null}}));
    for body in [
        chunk.to_string(),
        json!([chunk, chunk]).to_string(),
        json!({"usageMetadata": {"totalTokenCount": 3}}).to_string(),
        format!("data: {blocked}\n\n"),
        "data: {\"candidates\":[{\"finishReason\":\"\"}]}\n\n".to_owned(),
    ] {
        let server = Server::always(Answer::new(200, &*body).header("content-type", "application/json"));
        let run = gemini(&server, "m", hi(), json!({"stream": true})).run();
        run.assert_rejected("ERR_PROVIDER_RESPONSE", 14);
        run.assert_message("ended before its end mark");
        assert_eq!(server.requests().len(), 1, "{body}");
    }
}

#[test]
fn a_blocked_prompt_ends_a_stream() {
    let run = streamed("data: {\"promptFeedback\":{\"blockReason\":\"OTHER\"}}\n\n");
    assert_eq!(completion(&run)["choices"][0]["finish_reason"], "content_filter");
    let part = json!({"candidates": [{"content": {"parts": [{"text": "a"}]}}]});
    let run = streamed(&format!(
        "data: {part}\n\ndata: {{\"promptFeedback\":{{\"blockReason\":\"OTHER\"}}}}\n\n"
    ));
    let choice = &completion(&run)["choices"][0];
    assert_eq!(choice["message"]["content"], "a");
    assert_eq!(choice["finish_reason"], "content_filter");
}

#[test]
fn errors_and_ends_inside_of_a_stream_are_reported() {
    let half = TOOLS.split_inclusive("\n\n").take(3).collect::<String>();
    let run = gemini(&Server::always(events(&half)), "m", hi(), json!({"stream": true})).run();
    let kept = String::from_utf8(run.assert_rejected("ERR_PROVIDER_RESPONSE", 14)).unwrap();
    assert_eq!(kept.lines().count(), 3);
    run.assert_message("ended before its end mark");

    let error =
        json!({"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}});
    let server = Server::always(events(&format!("{half}data: {error}\n\n")));
    let run = gemini(&server, "m", hi(), json!({"stream": true, "num_retries": 0})).run();
    run.assert_rejected("ERR_PROVIDER_UNAVAILABLE", 13);
    run.assert_message("The model is overloaded.");
}

#[test]
fn candidates_stand_in_the_order_of_their_indexes() {
    let chunk = |index: u8, text: &str| {
        let candidate =
            json!({"index": index, "content": {"parts": [{"text": text}]}, "finishReason": "STOP"});
        format!("data: {}\n\n", json!({"candidates": [candidate]}))
    };
    let completion = completion(&streamed(&format!("{}{}", chunk(1, "b"), chunk(0, "a"))));
    let choices = completion["choices"].as_array().unwrap();
    let choices: Vec<_> = choices
        .iter()
        .map(|choice| (&choice["index"], &choice["message"]["content"]))
        .collect();
    assert_eq!(choices, [(&json!(0), &json!("a")), (&json!(1), &json!("b"))]);
}

/// <https://docs.cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling#streaming-fc>
#[test]
fn arguments_in_pieces_are_those_of_one_call() {
    let piece = |call: Value| json!({"candidates": [{"content": {"role": "model", "parts": [{"functionCall": call}]}}]});
    let text = |text: &str| {
        piece(
            json!({"willContinue": true, "partialArgs": [{"jsonPath": "$.a", "stringValue": text, "willContinue": true}]}),
        )
    };
    let end = json!({"candidates": [{"content": {"role": "model", "parts": [{"functionCall": {}}]}, "finishReason": "STOP"}]});
    let begin = piece(json!({"name": "f", "willContinue": true}));
    let chunks = [begin, text("he"), text("llo"), end];
    let stream: String = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
    let calls = completion(&streamed(&stream))["choices"][0]["message"]["tool_calls"].take();
    assert_eq!(calls.as_array().unwrap().len(), 1, "{calls}");
    assert_eq!(
        calls[0]["function"],
        json!({"name": "f", "arguments": "{\"a\":\"hello\"}"})
    );
}
