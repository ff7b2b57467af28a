//! The answer in mock mode: a pure function of the parameters.

use runtime::{ErrorCode, ProcessorError};
use serde::Serialize;
use serde_json::{Map, Value};

/// The field order is that of section 14 of the contracts.
#[derive(Serialize)]
struct Answer {
    model: &'static str,
    object: &'static str,
    choices: [Choice; 1],
}

#[derive(Serialize)]
struct Choice {
    message: Message,
}

#[derive(Serialize)]
struct Message {
    role: &'static str,
    content: String,
}

/// What a service would answer that repeats the first message.
pub(crate) fn answer(params: &Map<String, Value>) -> Result<Vec<u8>, ProcessorError> {
    let answer = Answer {
        model: "mock",
        object: "chat.completion",
        choices: [Choice {
            message: Message {
                role: "assistant",
                content: format!("MOCK: {}", first_text(params).unwrap_or_default()),
            },
        }],
    };
    serde_json::to_vec(&answer).map_err(|error| {
        ProcessorError::new(ErrorCode::Processor, "the mock answer cannot be written").with_cause(error)
    })
}

fn first_text(params: &Map<String, Value>) -> Option<&str> {
    match params.get("messages")?.get(0)?.get("content")? {
        Value::String(text) => Some(text),
        Value::Array(parts) => parts.iter().find_map(text_of),
        _ => None,
    }
}

fn text_of(part: &Value) -> Option<&str> {
    let is_text = part.get("type").is_none_or(|kind| kind == "text");
    part.get("text")?.as_str().filter(|_| is_text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn content(params: Value) -> String {
        let answer = answer(params.as_object().unwrap()).unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        answer["choices"][0]["message"]["content"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    #[test]
    fn the_bytes_are_those_of_the_contract() {
        let params = json!({"messages": [{"role": "user", "content": "a \"b\"\n"}]});
        let answer = answer(params.as_object().unwrap()).unwrap();
        assert_eq!(
            String::from_utf8(answer).unwrap(),
            r#"{"model":"mock","object":"chat.completion","choices":[{"message":{"role":"assistant","content":"MOCK: a \"b\"\n"}}]}"#
        );
    }

    #[test]
    fn the_first_text_of_the_first_message_is_taken() {
        for (messages, expected) in [
            (json!([{"content": "one"}, {"content": "two"}]), "MOCK: one"),
            (
                json!([{"content": [
                    {"type": "image_url", "image_url": {"url": "x"}},
                    {"type": "text", "text": "one"},
                    {"type": "text", "text": "two"},
                ]}]),
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
        ] {
            assert_eq!(content(json!({ "messages": messages })), expected);
        }
        assert_eq!(content(json!({})), "MOCK: ");
    }
}
