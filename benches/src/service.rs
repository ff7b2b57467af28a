//! A chat-completion service, described for the server of the tests.

use std::fmt::Write as _;

use support::{Answer, Authority, Server};

use crate::documents::ANSWER;

/// What tokens are like: some have escapes, and some are not ASCII.
const WORDS: [&str; 8] = [
    " the",
    "ing",
    ", and",
    " receipt",
    r"\n\n",
    r#" \"so\""#,
    " Zoë",
    ".",
];

/// Answers every request at once.
pub(crate) fn chat() -> Server {
    Server::always(answer())
}

/// The same over TLS, with a certificate of this authority.
pub(crate) fn chat_tls(authority: &Authority) -> Server {
    Server::tls(authority, "127.0.0.1", 4000, answer())
}

fn answer() -> Answer {
    Answer::new(200, ANSWER).header("content-type", "application/json")
}

/// Answers with a stream of this many chunks as OpenAI has them, each of them an event and a chunk of HTTP too.
pub(crate) fn stream(chunks: usize) -> Server {
    let mut body = String::new();
    for number in 0..chunks {
        let mut event = format!(
            r#"data: {{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-mini-2024-07-18","system_fingerprint":"fp_0123456789","choices":[{{"index":0,"delta":{{"content":" {number}{}"}},"logprobs":null,"finish_reason":null}}]}}"#,
            WORDS.get(number % WORDS.len()).unwrap_or(&"")
        );
        event.push_str("\n\n");
        push_chunk(&mut body, &event);
    }
    push_chunk(&mut body, "data: [DONE]\n\n");
    push_chunk(&mut body, "");
    Server::always(Answer::chunked(200, body).header("content-type", "text/event-stream"))
}

/// A chunk as RFC 9112, section 7.1, has it; the empty one is the last.
fn push_chunk(body: &mut String, chunk: &str) {
    let _ = write!(body, "{:x}\r\n{chunk}\r\n", chunk.len()); // a String takes all
}
