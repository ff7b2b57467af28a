//! A service that refuses some lines, limits others, and counts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::json;
use support::{Answer, Request, Server};

/// What the service has been asked of one line.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asked {
    pub(super) requests: usize,
    pub(super) successes: usize,
}

/// What it has been asked, by the number of the line.
pub(super) type Book = Arc<Mutex<BTreeMap<usize, Asked>>>;

/// 5 % of the lines are refused for good.
pub(super) const fn is_refused(line: usize) -> bool {
    line.is_multiple_of(20)
}

/// 2 % are told to come again, side by side, so that the whole pauses a few times only.
fn is_limited(line: usize) -> bool {
    (1..=8).contains(&(line % 400))
}

/// Answers the others, and keeps the book.
pub(super) fn service(book: &Book) -> Server {
    let book = Arc::clone(book);
    Server::start(move |request| {
        let line = line_of(request);
        let mut book = book.lock().unwrap();
        let asked = book.entry(line).or_default();
        asked.requests += 1;
        if is_refused(line) {
            return Answer::json(
                400,
                &json!({"error": {"message": "no", "type": "invalid_request_error"}}),
            );
        }
        if is_limited(line) && asked.requests == 1 {
            return Answer::json(429, &json!({"error": {"message": "slow down"}})).header("retry-after", "1");
        }
        asked.successes += 1;
        let message = json!({"role": "assistant", "content": format!("answer {line}")});
        let choice = json!({"index": 0, "finish_reason": "stop", "message": message});
        let usage = json!({"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5});
        Answer::json(
            200,
            &json!({"id": "c", "object": "chat.completion", "created": 1, "model": "gpt-4o-mini", "choices": [choice], "usage": usage}),
        )
    })
}

fn line_of(request: &Request) -> usize {
    let body = request.json();
    body["messages"][0]["content"]
        .as_str()
        .unwrap()
        .rsplit(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap()
}
