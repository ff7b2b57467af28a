//! The inputs documents, the requests that the real ones become, and an answer.

pub(crate) const SMALL: &str = r#"{"params":{"messages":[{"role":"user","content":"hi"}]}}"#;

pub(crate) const REAL: &str = r#"{"mode":"real","params":{"messages":[{"role":"user","content":"hi"}]}}"#;

pub(crate) const REQUEST: &str =
    r#"{"model":"openai/gpt-4o-mini","messages":[{"role":"user","content":"hi"}]}"#;

pub(crate) const STREAM: &str =
    r#"{"mode":"real","params":{"messages":[{"role":"user","content":"hi"}],"stream":true}}"#;

pub(crate) const STREAM_REQUEST: &str =
    r#"{"model":"openai/gpt-4o-mini","messages":[{"role":"user","content":"hi"}],"stream":true}"#;

/// What a service answers.
pub(crate) const ANSWER: &str = r#"{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant","content":"Hello!"},"finish_reason":"stop"}],"usage":{"prompt_tokens":8,"completion_tokens":2,"total_tokens":10}}"#;

/// For the probe.
pub(crate) const LARGE: &str = r#"{"params":{"do":"file","size":1073741824}}"#;

/// The size of a large document, in bytes.
const LARGE_DOCUMENT: usize = 4_000_000;

/// A chat: messages of about 2,000 bytes, with escapes and UTF-8.
pub(crate) fn chat() -> String {
    let sentence = "It\u{2019}s the Zoë of \\\"Grün\\\", she said;\\nand then\\t42 more. ";
    let text = sentence.repeat(2_000 / sentence.len());
    document(r#"{"params":{"messages":["#, "]}}", |number| {
        format!(r#"{{"role":"user","content":"{number}: {text}"}}"#)
    })
}

/// Records of every JSON type, with keys out of order, numbers in several spellings, escapes and UTF-8.
pub(crate) fn records() -> String {
    let end = r#"],"messages":[{"content":"hi","role":"user"}]}}"#;
    document(r#"{"params":{"data":["#, end, |number| {
        format!(
            r#"{{"name":"Zoë the {number}th, \"quoted\"\n","id":{number},"share":{}.{number},"tiny":{number}e-9,"tags":["red","gr\u00fcn",null],"in":{{"z":true,"a":-{number}.5}}}}"#,
            number % 97
        )
    })
}

fn document(start: &str, end: &str, item: impl Fn(usize) -> String) -> String {
    let mut document = start.to_owned();
    for number in 0.. {
        let item = item(number);
        if document.len() + item.len() + end.len() >= LARGE_DOCUMENT {
            break;
        }
        if number > 0 {
            document.push(',');
        }
        document.push_str(&item);
    }
    document + end
}
