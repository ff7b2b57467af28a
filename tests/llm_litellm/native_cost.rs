//! What answers cost in APIs that are not chat completions.

use serde_json::{Map, Value, json};
use support::{Answer, Server};

use crate::KEY;
use crate::native::ask;

const CLAUDE: &str = "anthropic/claude-sonnet-4-5";
const BEDROCK: &str = "bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0";
const GEMINI: &str = "gemini/gemini-2.5-flash";

/// The usage in the receipt of a run that gets this answer, without what is not about tokens.
fn usage(model: &str, answer: &Value) -> Map<String, Value> {
    let server = Server::always(Answer::json(200, answer));
    let run = ask(model, json!([{"role": "user", "content": "hi"}]), json!({}))
        .env("ANTHROPIC_API_BASE", server.url(""))
        .env("ANTHROPIC_API_KEY", KEY)
        .env("AWS_BEDROCK_RUNTIME_ENDPOINT", server.url(""))
        .env("AWS_BEARER_TOKEN_BEDROCK", KEY)
        .env("AWS_REGION", "us-east-1")
        .env("GEMINI_API_BASE", server.url("/v1beta"))
        .env("GEMINI_API_KEY", KEY)
        .run();
    run.assert_success();
    run.receipt()["usage"].as_object().unwrap().clone()
}

fn of_claude(usage: &Value) -> Value {
    json!({"type": "message", "content": [], "stop_reason": "end_turn", "usage": usage})
}

fn of_bedrock(content: Value, usage: &Value) -> Value {
    json!({"output": {"message": {"role": "assistant", "content": content}}, "stopReason": "end_turn", "usage": usage})
}

fn of_gemini(more: Value, usage: &Value) -> Value {
    let mut candidate = json!({"content": {"role": "model", "parts": [{"text": "hello"}]}, "finishReason": "STOP", "index": 0});
    let members = more.as_object().unwrap().clone();
    candidate.as_object_mut().unwrap().extend(members);
    json!({"candidates": [candidate], "usageMetadata": usage})
}

#[test]
fn what_the_caller_gave_is_cited_without_a_fee() {
    let location = json!({"searchResultLocation": {"searchResultIndex": 0, "start": 0, "end": 5}});
    let citation = json!({"source": "https://example.com", "title": "T", "location": location});
    let cited = json!([{"citationsContent": {"content": [{"text": "hello"}], "citations": [citation]}}]);
    let bedrock = of_bedrock(
        cited,
        &json!({"inputTokens": 10, "outputTokens": 5, "totalTokens": 15}),
    );
    assert_eq!(usage(BEDROCK, &bedrock)["cost_usd"], 0.000_105);

    let grounding = json!({"groundingChunks": [{"web": {"uri": "https://example.com", "title": "T"}}],
        "groundingSupports": [{"segment": {"endIndex": 5}, "groundingChunkIndices": [0]}]});
    let pages = json!({"urlMetadata": [{"retrievedUrl": "https://example.com"}]});
    let counts = json!({"promptTokenCount": 10, "candidatesTokenCount": 5, "totalTokenCount": 15});
    for (queries, expected) in [(json!([]), 0.000_015_5), (json!(["q"]), 0.035_015_5)] {
        let mut metadata = grounding.clone();
        metadata["webSearchQueries"] = queries;
        let more = json!({"groundingMetadata": metadata, "urlContextMetadata": pages});
        let usage = usage(GEMINI, &of_gemini(more, &counts));
        assert_eq!(usage["cost_usd"], expected);
    }

    let counts =
        json!({"input_tokens": 10, "output_tokens": 5, "server_tool_use": {"web_search_requests": 1}});
    assert_eq!(usage(CLAUDE, &of_claude(&counts))["cost_usd"], 0.010_105);
}

/// The body that is sent is the same as with `service_tier`.
#[test]
fn a_tier_of_extra_body_counts() {
    let usage = json!({"promptTokenCount": 1000, "candidatesTokenCount": 500, "totalTokenCount": 1500});
    let answer = of_gemini(json!({}), &usage);
    let usd = |params: Value| {
        let server = Server::always(Answer::json(200, &answer));
        let run = ask(GEMINI, json!([{"role": "user", "content": "hi"}]), params)
            .env("GEMINI_API_BASE", server.url("/v1beta"))
            .env("GEMINI_API_KEY", KEY)
            .run();
        run.assert_success();
        run.receipt()["usage"]["cost_usd"].as_f64().unwrap()
    };
    let (standard, flex) = (usd(json!({})), usd(json!({"service_tier": "flex"})));
    assert!(flex < standard, "{flex} {standard}");
    assert_eq!(usd(json!({"extra_body": {"serviceTier": "flex"}})), flex);
}

#[test]
fn counts_that_are_no_numbers_make_the_cost_unknown() {
    let known = Some(0.000_105);
    for (model, answer, prompt, cost) in [
        (
            CLAUDE,
            of_claude(&json!({"input_tokens": 10.0, "output_tokens": 5})),
            Some(10.0),
            known,
        ),
        (
            CLAUDE,
            of_claude(&json!({"input_tokens": "10", "output_tokens": 5})),
            None,
            None,
        ),
        (
            CLAUDE,
            of_claude(&json!({"input_tokens": null, "output_tokens": 5})),
            None,
            None,
        ),
        (CLAUDE, of_claude(&json!({"output_tokens": 5})), None, None),
        (CLAUDE, of_claude(&json!({"input_tokens": 10})), Some(10.0), None),
        (
            CLAUDE,
            of_claude(&json!({"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 1e6})),
            Some(1_000_010.0),
            Some(0.300_105),
        ),
        (
            CLAUDE,
            of_claude(&json!({"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": "7"})),
            None,
            None,
        ),
        (
            CLAUDE,
            of_claude(
                &json!({"input_tokens": 10, "output_tokens": 5, "server_tool_use": {"web_search_requests": "1"}}),
            ),
            Some(10.0),
            None,
        ),
        (
            CLAUDE,
            of_claude(
                &json!({"iterations": [{"input_tokens": 4, "output_tokens": 5}, {"input_tokens": "6", "output_tokens": 5}]}),
            ),
            None,
            None,
        ),
        (
            BEDROCK,
            of_bedrock(json!([]), &json!({"inputTokens": 10.0, "outputTokens": 5})),
            Some(10.0),
            known,
        ),
        (
            BEDROCK,
            of_bedrock(json!([]), &json!({"outputTokens": 5})),
            None,
            None,
        ),
        (
            GEMINI,
            of_gemini(
                json!({}),
                &json!({"promptTokenCount": 10.0, "candidatesTokenCount": 5.0, "totalTokenCount": 15.0}),
            ),
            Some(10.0),
            Some(0.000_015_5),
        ),
        (
            GEMINI,
            of_gemini(
                json!({}),
                &json!({"promptTokenCount": "10", "candidatesTokenCount": 5, "totalTokenCount": 15}),
            ),
            None,
            None,
        ),
    ] {
        let usage = usage(model, &answer);
        let number = |name: &str| usage.get(name).and_then(Value::as_f64);
        assert_eq!(number("prompt_tokens"), prompt, "{answer}");
        assert_eq!(number("cost_usd"), cost, "{answer}");
    }
}
