//! Answers that report an error, and were paid for all the same.

use runtime::Body;
use runtime::http::Retry;
use serde_json::Value;

use crate::blank::is_blank;
use crate::failure::Failure;
use crate::native::document;

/// Where an answer of any API has its usage, or a part of its content.
const MEMBERS: [&str; 8] = [
    "/candidates/0/content/parts",
    "/content",
    "/eval_count",
    "/message/content",
    "/message/tool_calls",
    "/output",
    "/usage",
    "/usageMetadata",
];
/// The same in the choices of a chat completion.
const CHOICE_MEMBERS: [&str; 6] = [
    "/message/content",
    "/message/function_call",
    "/message/reasoning",
    "/message/reasoning_content",
    "/message/refusal",
    "/message/tool_calls",
];

/// Makes an answer that reports this error the rejected one if it was paid for, and does not ask again then, which would be to pay
/// again.
pub(crate) fn keep(failure: Failure, body: &[u8]) -> Failure {
    if !is_charged(body) {
        return failure;
    }
    Failure {
        retry: Retry::Never,
        ..failure.with_rejected(Body::Bytes(body.to_vec()))
    }
}

/// Whether an answer has a usage or a content.
fn is_charged(body: &[u8]) -> bool {
    let document = document::read(body).unwrap_or_default();
    let answers = document
        .as_array()
        .map_or(std::slice::from_ref(&document), Vec::as_slice);
    answers.iter().any(|answer| {
        let choices = answer.get("choices").and_then(Value::as_array);
        let choices = choices.into_iter().flatten();
        let mut contents = choices.flat_map(|choice| values(choice, &CHOICE_MEMBERS));
        let mut own = values(answer, &MEMBERS);
        own.any(|value| !is_blank(value)) || contents.any(|value| !is_blank(value))
    })
}

fn values<'a>(value: &'a Value, paths: &'a [&str]) -> impl Iterator<Item = &'a Value> {
    paths.iter().filter_map(|path| value.pointer(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usage_or_a_content_is_charged() {
        for body in [
            r#"{"usage":{"total_tokens":1}}"#,
            r#"{"choices":[{"message":{"content":""}},{"message":{"tool_calls":[{"id":"c"}]}}]}"#,
            r#"{"choices":[{"message":{"content":"a\ud83d"}}],"x":1e400}"#,
            r#"[{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}]"#,
            r#"{"choices":null,"eval_count":3}"#,
        ] {
            assert!(is_charged(body.as_bytes()), "{body}");
        }
        for body in [
            "",
            "{",
            r#"{"error":"no"}"#,
            r#"{"usage":{"total_tokens":0},"choices":[{"message":{"role":"assistant","content":""}}]}"#,
        ] {
            assert!(!is_charged(body.as_bytes()), "{body}");
        }
    }
}
