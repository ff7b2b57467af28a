//! Parameters and values that do not change an answer, so that they can be left out for a service that does not know them:
//! <https://platform.openai.com/docs/api-reference/chat/create>.

use serde_json::Value;

/// They are for the account, the cache and the storage.
const PARAMETERS: [&str; 6] = [
    "metadata",
    "prompt_cache_key",
    "prompt_cache_retention",
    "safety_identifier",
    "store",
    "user",
];

/// Whether an answer is the same without this parameter.
pub(crate) fn has_no_effect(name: &str, value: &Value) -> bool {
    let is_number = |number: f64| value.as_f64() == Some(number);
    let is_text = |texts: &[&str]| value.as_str().is_some_and(|text| texts.contains(&text));
    PARAMETERS.contains(&name)
        || is_empty(value)
        || match name {
            "logit_bias" => value == &serde_json::json!({}),
            "n" => is_number(1.0),
            "frequency_penalty" | "presence_penalty" | "top_logprobs" => is_number(0.0),
            "logprobs" | "stream" => value == &Value::Bool(false),
            "parallel_tool_calls" => value == &Value::Bool(true),
            "modalities" => *value == serde_json::json!(["text"]),
            "response_format" => value.get("type").is_some_and(|name| name == "text"),
            "service_tier" => is_text(&["auto", "default"]),
            "tool_choice" | "function_call" => is_text(&["auto"]),
            "verbosity" => is_text(&["medium"]),
            _ => false,
        }
}

/// `null`, and texts and lists with nothing in them.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        // `{}` asks for the defaults of an option, which is not nothing
        Value::Object(_) | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn defaults_have_no_effect() {
        for (name, value) in [
            ("user", json!("u")),
            ("store", json!(true)),
            ("logit_bias", json!({})),
            ("n", json!(1.0)),
            ("presence_penalty", json!(0)),
            ("logprobs", json!(false)),
            ("parallel_tool_calls", json!(true)),
            ("modalities", json!(["text"])),
            ("response_format", json!({"type": "text"})),
            ("tools", json!([])),
            ("stop", json!("")),
            ("service_tier", json!("auto")),
        ] {
            assert!(has_no_effect(name, &value), "{name}");
        }
        for (name, value) in [
            ("n", json!(2)),
            ("seed", json!(0)),
            ("presence_penalty", json!(0.1)),
            ("logprobs", json!(true)),
            ("parallel_tool_calls", json!(false)),
            ("modalities", json!(["text", "audio"])),
            ("response_format", json!({"type": "json_object"})),
            ("web_search_options", json!({})),
            ("tool_choice", json!("required")),
            ("temperature", json!(1)),
            ("reasoning_effort", json!("none")),
        ] {
            assert!(!has_no_effect(name, &value), "{name}");
        }
    }
}
