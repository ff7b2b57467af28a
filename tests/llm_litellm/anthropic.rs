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

#[test]
fn the_token_of_a_subscription_is_a_bearer_token() {
    const TOKEN: &str = "sk-ant-oat01-0123456789abcdef";
    let server = service();
    let tools = json!([{"type": "memory_20250818", "name": "memory"}]);
    let params = json!({"tools": tools, "headers": {"anthropic-beta": "mine-2025-01-01"}});
    let run = at(&server, ask(MODEL, hi(), params))
        .env("ANTHROPIC_API_KEY", TOKEN)
        .run();
    run.assert_success().assert_nowhere(TOKEN);
    assert_eq!(run.receipt()["extra"]["key"], "ANTHROPIC_API_KEY");
    let request = &server.requests()[0];
    let header = |name: &str| {
        let value = request.header(name)?;
        Some(std::str::from_utf8(value).unwrap())
    };
    assert_eq!(header("x-api-key"), None);
    assert_eq!(header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    assert_eq!(
        header("anthropic-beta"),
        Some("context-management-2025-06-27,oauth-2025-04-20,mine-2025-01-01")
    );
}
