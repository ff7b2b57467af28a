//! Claude in Vertex AI: <https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude>.

use serde_json::{Value, json};
use support::{Answer, Finished, Server};

use super::hi;
use crate::native::{ask, completion, output};

const TOKEN: &str = "ya29.token-0123456789abcdef";
const MODEL: &str = "vertex_ai/claude-opus-5-5@default";
const ANSWER: &str = include_str!("../recorded/vertex_messages/answer.json");
const STREAM: &str = include_str!("../recorded/vertex_messages/text.stream");

fn vertex() -> Server {
    Server::start(|request| {
        if request.path.contains(":stream") {
            Answer::new(200, STREAM).header("content-type", "text/event-stream")
        } else {
            Answer::new(200, ANSWER).header("content-type", "application/json")
        }
    })
}

fn run(server: &Server, messages: Value, params: Value) -> Finished {
    ask(MODEL, messages, params)
        .env("VERTEXAI_API_BASE", server.url(""))
        .env("VERTEXAI_PROJECT", "my-project")
        .env("VERTEXAI_LOCATION", "europe-west1")
        .env("GOOGLE_OAUTH_ACCESS_TOKEN", TOKEN)
        .run()
}

#[test]
fn claude_is_asked_in_its_own_api() {
    let server = vertex();
    let schema = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    let params = json!({"max_tokens": 5, "service_tier": "auto", "web_search_options": {},
        "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}}});
    let run = run(&server, hi(), params);
    run.assert_success().assert_nowhere(TOKEN);
    let request = &server.requests()[0];
    assert_eq!(
        request.path,
        "/v1/projects/my-project/locations/europe-west1/publishers/anthropic/models/claude-opus-5-5@default:rawPredict"
    );
    let bearer = format!("Bearer {TOKEN}");
    assert_eq!(request.header("authorization"), Some(bearer.as_bytes()));
    assert_eq!(request.header("anthropic-version"), None);
    assert_eq!(
        request.header("anthropic-beta"),
        Some(&b"web-search-2025-03-05"[..])
    );
    let mut closed = schema;
    closed["additionalProperties"] = false.into();
    assert_eq!(
        request.json(),
        json!({"anthropic_version": "vertex-2023-10-16", "max_tokens": 5,
            "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}],
            "output_config": {"format": {"type": "json_schema", "schema": closed}},
            "tools": [{"type": "web_search_20250305", "name": "web_search"}]})
    );
    let extra = &run.receipt()["extra"];
    assert_eq!(extra["api"], "vertex_messages");
    assert_eq!(
        extra["changed"],
        "service_tier left out; web_search_options to tools; response_format to output_config.format"
    );
    assert_eq!(completion(&run)["choices"][0]["message"]["content"], "Hello!");
    assert_eq!(output(&run, "native.json").unwrap(), ANSWER.as_bytes());
}

#[test]
fn claude_streams() {
    let server = vertex();
    let run = run(&server, hi(), json!({"stream": true}));
    run.assert_success();
    let request = &server.requests()[0];
    assert!(request.path.ends_with(":streamRawPredict"), "{}", request.path);
    assert_eq!(request.json()["stream"], true);
    let completion = completion(&run);
    assert_eq!(completion["choices"][0]["message"]["content"], "Hello!");
    assert_eq!(completion["usage"]["total_tokens"], 14);
}

#[test]
fn vertex_fetches_nothing() {
    let server = vertex();
    for part in [
        json!({"type": "image_url", "image_url": "https://h/a.png"}),
        json!({"type": "file", "file": {"file_id": "https://h/a.pdf"}}),
    ] {
        let messages = json!([{"role": "user", "content": [{"type": "text", "text": "hi"}, part]}]);
        let run = run(&server, messages, json!({}));
        run.assert_failure("ERR_INPUTS", 3);
        run.assert_message("/params/messages/0/content/1 is at an address, and Vertex AI fetches none");
    }
    assert!(server.requests().is_empty());
}

#[test]
fn claude_is_in_the_default_location() {
    let server = vertex();
    let run = ask(MODEL, hi(), json!({"max_tokens": 5}))
        .env("VERTEXAI_API_BASE", server.url(""))
        .env("VERTEXAI_PROJECT", "p")
        .env("GOOGLE_OAUTH_ACCESS_TOKEN", TOKEN)
        .run();
    run.assert_success();
    let path = &server.requests()[0].path;
    assert!(
        path.starts_with("/v1/projects/p/locations/us-central1/"),
        "{path}"
    );
}
