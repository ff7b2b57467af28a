//! Gemini's own API. The answers are written from <https://ai.google.dev/api/generate-content>.

mod answers;
mod assistant;
mod conversations;
mod parameters;
mod streams;
mod tools;

use serde_json::{Value, json};
use support::{Server, Test};

use crate::KEY;
use crate::native::{ask, body};

/// A run that asks this model with these messages.
fn gemini(server: &Server, model: &str, messages: Value, params: Value) -> Test {
    ask(&format!("gemini/{model}"), messages, params)
        .env("GEMINI_API_BASE", server.url("/v1beta"))
        .env("GEMINI_API_KEY", KEY)
}

fn hi() -> Value {
    json!([{"role": "user", "content": "hi"}])
}

/// The body that this model gets, and what the receipt says was changed.
fn sent(model: &str, messages: Value, params: Value) -> (Value, String) {
    let server = crate::service();
    let run = gemini(&server, model, messages, params).run();
    run.assert_success();
    let changed = run.receipt()["extra"]["changed"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    (body(&server), changed)
}

/// The message with which a request is refused before the service is asked.
fn refused(model: &str, messages: Value, params: Value) -> String {
    let server = crate::service();
    let run = gemini(&server, model, messages, params).run();
    run.assert_failure("ERR_INPUTS", 3);
    assert!(server.requests().is_empty());
    run.message()
}
