//! The answer in mock mode: a pure function of the parameters.

use runtime::{ErrorCode, ProcessorError};
use serde_json::{Map, Value, json};

/// The answer of a service that repeats the first message, with the members in the order of `docs/spec.md#the-two-processors`.
///
/// # Errors
///
/// `ERR_PROCESSOR` if the answer cannot be serialized.
pub(crate) fn answer(params: &Map<String, Value>) -> Result<Vec<u8>, ProcessorError> {
    let content = format!("MOCK: {}", first_text(params).unwrap_or_default());
    let answer = json!({
        "model": "mock",
        "object": "chat.completion",
        "choices": [{"message": {"role": "assistant", "content": content}}],
    });
    serde_json::to_vec(&answer).map_err(|error| {
        ProcessorError::new(ErrorCode::Processor, "the mock answer cannot be written").with_cause(error)
    })
}

fn first_text(params: &Map<String, Value>) -> Option<&str> {
    match params.get("messages")?.get(0)?.get("content")? {
        Value::String(text) => Some(text),
        Value::Array(parts) => parts.iter().find_map(part_text),
        _ => None,
    }
}

fn part_text(part: &Value) -> Option<&str> {
    let is_text = part.get("type").is_none_or(|name| name == "text");
    part.get("text")?.as_str().filter(|_| is_text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer_to(params: Value) -> String {
        String::from_utf8(answer(params.as_object().unwrap()).unwrap()).unwrap()
    }

    #[test]
    fn the_bytes_are_those_of_the_specification() {
        assert_eq!(
            answer_to(json!({"messages": [{"role": "user", "content": "a \"b\"\n"}]})),
            r#"{"model":"mock","object":"chat.completion","choices":[{"message":{"role":"assistant","content":"MOCK: a \"b\"\n"}}]}"#
        );
    }

    #[test]
    fn the_first_text_of_the_first_message_is_taken() {
        let image = json!({"type": "image_url", "image_url": {"url": "x"}});
        let text = |text: &str| json!({"type": "text", "text": text});
        for (messages, expected) in [
            (json!([{"content": "one"}, {"content": "two"}]), "MOCK: one"),
            (
                json!([{"content": [image, text("one"), text("two")]}]),
                "MOCK: one",
            ),
            (json!([{"content": [{"text": "one"}]}]), "MOCK: one"),
            (json!([{"content": []}, {"content": "two"}]), "MOCK: "),
            (json!([{"content": null}]), "MOCK: "),
            (
                json!([{"content": [{"type": "text", "text": 1}, "two"]}]),
                "MOCK: ",
            ),
            (json!([]), "MOCK: "),
            (json!("one"), "MOCK: "),
            (json!(null), "MOCK: "),
        ] {
            let answer: Value = serde_json::from_str(&answer_to(json!({ "messages": messages }))).unwrap();
            assert_eq!(answer["choices"][0]["message"]["content"], expected);
        }
        assert!(answer_to(json!({})).contains("\"MOCK: \""));
    }
}
