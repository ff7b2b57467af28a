//! The processor llm/litellm@1 as a whole: its process, its files, its answers.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod addresses;
mod answers;
mod anthropic;
mod bedrock;
mod cost;
mod disks;
mod estimates;
mod failures;
mod fallbacks;
mod files;
mod gemini;
mod headers;
mod histories;
mod interruption;
mod long_reasons;
mod mock;
mod names;
mod native;
mod native_cost;
mod odd_json;
mod ollama;
mod order;
mod paid;
mod parameters;
mod partners;
mod proxy;
mod requests;
mod responses;
mod retries;
mod routes;
mod secrets;
mod streams;
mod structured;
mod success;
mod tls;
mod unfinished;
mod variables;
mod verbatim;
mod vertex;

use serde_json::{Value, json};
use support::{Answer, Server, Test};

const KEY: &str = "sk-test-0123456789abcdef";

/// A run of the processor, with an empty environment.
fn processor() -> Test {
    Test::processor(env!("CARGO_BIN_EXE_llm-litellm"))
}

/// A run in real mode against this address, with one message beside these parameters.
fn real_at(base: &str, params: Value) -> Test {
    let mut inputs = json!({"mode": "real", "params": {"messages": [{"role": "user", "content": "hi"}]}});
    let all = inputs["params"].as_object_mut().expect("an object");
    all.extend(params.as_object().expect("an object").clone());
    processor()
        .inputs(inputs.to_string())
        .env("OPENAI_BASE_URL", base)
        .env("OPENAI_API_KEY", KEY)
}

/// A run in real mode against this server.
fn real(server: &Server) -> Test {
    real_at(&server.url("/v1"), json!({}))
}

/// A service that answers every question, in nearly each API at once.
fn service() -> Server {
    let message = json!({"role": "assistant", "content": "hello"});
    let most = Answer::json(
        200,
        &json!({
            "model": "m-1",
            "choices": [{"message": message}], // chat completions
            "message": message, "done": true, // Ollama
            "type": "message", "content": [{"type": "text", "text": "hello"}], "stop_reason": "end_turn", // Anthropic
            "candidates": [{"content": {"role": "model", "parts": [{"text": "hello"}]}, "finishReason": "STOP"}], // Gemini
            "object": "response", "status": "completed", "output": [
                {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hello"}]}, // Responses
            ],
            "output_text": "hello",
        }),
    );
    let bedrock = json!({"message": {"role": "assistant", "content": [{"text": "hello"}]}});
    let bedrock = Answer::json(200, &json!({"output": bedrock, "stopReason": "end_turn"}));
    Server::start(move |request| {
        if request.path.contains("/converse") {
            bedrock.clone()
        } else {
            most.clone()
        }
    })
}
