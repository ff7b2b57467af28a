//! Anthropic's own API, Messages. Requests and answers are those of <https://platform.claude.com/docs/en/api/messages> and the
//! pages that it links to.

mod answers;
mod content;
mod conversations;
mod parameters;
mod repeated;
mod streams;
mod structured;
mod tools;
mod vertex;

use serde_json::{Value, json};
use support::{Answer, Finished, Server, Test};

use crate::KEY;
use crate::native::{ask, body};
use crate::service;

const MODEL: &str = "anthropic/claude-sonnet-4-5";

fn at(server: &Server, run: Test) -> Test {
    run.env("ANTHROPIC_API_BASE", server.url(""))
        .env("ANTHROPIC_API_KEY", KEY)
}

fn hi() -> Value {
    json!([{"role": "user", "content": "hi"}])
}

/// The request for these messages and parameters, and the changes that the receipt reports.
fn sent(model: &str, messages: Value, params: Value) -> (Value, Option<String>) {
    let server = service();
    let run = at(&server, ask(model, messages, params)).run();
    run.assert_success().assert_nowhere(KEY);
    let changed = run.receipt()["extra"]["changed"].as_str().map(str::to_owned);
    (body(&server), changed)
}

/// The messages that are sent.
fn messages(messages: Value) -> Value {
    sent(MODEL, messages, json!({})).0["messages"].take()
}

/// The header that asks for features.
fn betas(messages: Value, params: Value) -> Option<String> {
    let server = service();
    at(&server, ask(MODEL, messages, params)).run().assert_success();
    let header = server.requests()[0].header("anthropic-beta")?.to_vec();
    Some(String::from_utf8(header).unwrap())
}

/// These are refused before anything is sent, with this in the message.
fn assert_refused(model: &str, messages: Value, params: Value, message: &str) {
    let server = service();
    let run = at(&server, ask(model, messages, params)).run();
    run.assert_failure("ERR_INPUTS", 3).assert_message(message);
    assert!(server.requests().is_empty());
}

/// A run that gets this answer.
fn answered(model: &str, params: Value, answer: &Value) -> Finished {
    let server = Server::always(Answer::json(200, answer));
    at(&server, ask(model, hi(), params)).run()
}
