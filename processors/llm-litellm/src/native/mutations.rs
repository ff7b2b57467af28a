//! Whatever a service answers, or a caller asks, ends in a result: each value of a document is replaced by another, and nothing
//! panics.

use std::path::Path;

use reqwest::StatusCode;
use runtime::ErrorCode;
use serde_json::{Map, Value, json};

use crate::api::Api;
use crate::native::interface::{Call, NativeApi};
use crate::stream;

/// The files of an API's recorded answers with this extension.
fn recorded(api: Api, extension: &str) -> Vec<Vec<u8>> {
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/llm_litellm/recorded");
    let files = recorded.join(api.name()).read_dir().unwrap();
    let files = files.map(|file| file.unwrap().path());
    let files: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|end| end == extension))
        .map(|path| std::fs::read(path).unwrap())
        .collect();
    assert!(!files.is_empty(), "{} has no .{extension}", api.name());
    files
}

fn pointers(value: &Value, at: String, all: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointers(item, format!("{at}/{index}"), all);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                pointers(member, format!("{at}/{name}"), all);
            }
        }
        _ => {}
    }
    all.push(at);
}

/// The document with each of its values replaced in turn.
fn mutations(document: &Value) -> impl Iterator<Item = Value> {
    let others = [
        Value::Null,
        json!(-7),
        json!(1e300),
        json!(""),
        json!("é"),
        json!([]),
        json!([null]),
        json!({}),
        json!([{"type": "?"}]),
    ];
    let mut all = Vec::new();
    pointers(document, String::new(), &mut all);
    all.into_iter().flat_map(move |pointer| {
        let others = others.clone();
        others.into_iter().map(move |other| {
            let mut mutated = document.clone();
            *mutated.pointer_mut(&pointer).unwrap() = other;
            mutated
        })
    })
}

fn natives() -> impl Iterator<Item = (Api, &'static dyn NativeApi)> {
    Api::ALL.into_iter().filter_map(|api| Some((api, api.native()?)))
}

/// A conversation with everything in it.
fn params() -> Value {
    json!({
        "messages": [
            {"role": "system", "content": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}]},
            {"role": "user", "content": [
                {"type": "text", "text": "t"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA==", "detail": "low"}},
                {"type": "file", "file": {"file_data": "data:application/pdf;base64,AA==", "filename": "a.pdf"}},
                {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}},
            ]},
            {"role": "assistant", "content": "c", "reasoning_content": "r",
                "thinking_blocks": [{"type": "thinking", "thinking": "r", "signature": "s"}, {"type": "redacted_thinking", "data": "d"}],
                "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{\"a\":1}"},
                    "provider_specific_fields": {"thought_signature": "s"}}]},
            {"role": "tool", "tool_call_id": "call_1", "content": [{"type": "text", "text": "r"}]},
            {"role": "user", "content": "u"},
            {"role": "assistant", "content": "p"},
        ],
        "tools": [{"type": "function", "function": {"name": "f", "description": "d", "strict": true, "parameters": {
            "type": "object", "properties": {"a": {"$ref": "#/$defs/b"}, "n": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
            "$defs": {"b": {"type": ["string", "null"], "enum": ["x"]}}, "required": ["a"], "additionalProperties": false}}}],
        "tool_choice": {"type": "function", "function": {"name": "f"}},
        "parallel_tool_calls": true,
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "strict": true, "schema": {"type": "object", "properties": {}}}},
        "reasoning_effort": "low", "thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2048, "stop": ["e"],
        "temperature": 0.5, "top_p": 0.5, "top_k": 3, "user": "u", "metadata": {"user_id": "u"}, "web_search_options": {"search_context_size": "low"},
    })
}

#[test]
fn any_answer_ends_in_a_result() {
    for (api, native) in natives() {
        let params = params();
        let call = Call {
            params: params.as_object().unwrap(),
            model: "m",
        };
        for answer in recorded(api, "json") {
            let answer: Value = serde_json::from_slice(&answer).unwrap();
            native
                .completion(&call, answer.clone())
                .unwrap_or_else(|failure| panic!("{}: {}", api.name(), failure.error));
            for mutated in mutations(&answer) {
                let _ = native.completion(&call, mutated);
            }
        }
    }
}

#[test]
fn any_stream_ends_in_a_result() {
    for (api, native) in natives() {
        let call = Call {
            params: &Map::new(),
            model: "m",
        };
        for stream in recorded(api, "stream") {
            let (_, lines) = stream::read_whole(StatusCode::OK, false, Some(native), stream).unwrap();
            let chunks: Vec<Map<String, Value>> = lines
                .split(|byte| *byte == b'\n')
                .filter_map(|line| serde_json::from_slice(line).ok())
                .collect();
            assert!(chunks.len() > 1, "{}", api.name());
            for (at, chunk) in chunks.iter().enumerate() {
                for mutated in mutations(&chunk.clone().into()) {
                    let mut stream = native.stream();
                    for chunk in &chunks[..at] {
                        stream.add(chunk.clone()).unwrap();
                    }
                    if let Value::Object(mutated) = mutated {
                        let _ = stream.add(mutated);
                    }
                    for chunk in &chunks[at + 1..] {
                        let _ = stream.add(chunk.clone());
                    }
                    let _ = native.completion(&call, stream.finish());
                }
            }
        }
    }
}

#[test]
fn a_chunk_that_is_no_object_is_named() {
    for (api, native) in natives() {
        for chunk in ["7", "\"x\"", "[]"] {
            let body = format!("data: {chunk}\n\n").into_bytes();
            let failure = stream::read_whole(StatusCode::OK, true, Some(native), body).unwrap_err();
            let error = failure.error;
            assert_eq!(error.code(), ErrorCode::ProviderResponse, "{}", api.name());
            assert!(error.message().contains("is not a JSON object"), "{error}");
        }
    }
}

#[test]
fn any_request_ends_in_a_result() {
    for (api, native) in natives() {
        let models: &[&str] = match api {
            Api::AnthropicMessages => &["claude-sonnet-4-5"],
            Api::GeminiGenerateContent => &["gemini-2.5-flash", "gemini-3-pro-preview"],
            _ => &["m"],
        };
        for model in models {
            let params = params();
            for mutated in std::iter::once(params.clone()).chain(mutations(&params)) {
                if let Some(params) = mutated.as_object() {
                    let _ = native.request(&Call { params, model });
                }
            }
        }
    }
}
