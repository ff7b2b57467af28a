//! The answer: <https://github.com/ollama/ollama/blob/main/docs/api.md#response-10>.

use runtime::{ErrorCode, Hasher, ProcessorError};
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::native::chat::{ChatCompletion, Choice};
use crate::native::count::{count, count_or_zero, known, sum};
use crate::native::interface::Call;
use crate::native::tool_call::tool_call;

pub(super) fn completion(call: &Call<'_>, mut answer: Value) -> Result<ChatCompletion, Failure> {
    if answer.get("done") == Some(&Value::Bool(false)) {
        return Err(Failure::from_stream(
            "the beginning of a message, whose end is missing; ask again",
        ));
    }
    let Some(Value::Object(mut given)) = answer.get_mut("message").map(Value::take) else {
        let message = "the provider answered with no message; check its address and the model";
        return Err(ProcessorError::new(ErrorCode::ProviderResponse, message).into());
    };
    let mut message = Map::new();
    let role = given.shift_remove("role").unwrap_or_else(|| "assistant".into());
    message.insert("role".to_owned(), role);
    let created = answer
        .get("created_at")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let calls = tool_calls(given.shift_remove("tool_calls").as_ref(), created);
    let mut content = given.shift_remove("content").unwrap_or_default();
    let mut thinking = given.shift_remove("thinking").filter(|text| text != "");
    if thinking.is_none()
        && let Some((inner, rest)) = content.as_str().and_then(split_thinking)
    {
        (thinking, content) = (Some(inner.into()), rest.into());
    }
    message.insert("content".to_owned(), content);
    if let Some(thinking) = thinking {
        message.insert("reasoning_content".to_owned(), thinking);
    }
    // `load` and `unload` end an answer to a question without messages
    let reason = match answer.get("done_reason").and_then(Value::as_str) {
        Some("length") => "length",
        _ => "stop",
    };
    let reason = if calls.is_empty() { reason } else { "tool_calls" }.to_owned();
    if !calls.is_empty() {
        message.insert("tool_calls".to_owned(), calls.into());
    }
    message.extend(given); // such as `images` of models that make them
    let mut completion =
        ChatCompletion::new(answer.get("model").and_then(Value::as_str).unwrap_or(call.model));
    let mut others = Map::new();
    if let Some(logprobs) = answer
        .get_mut("logprobs")
        .map(Value::take)
        .filter(Value::is_array)
    {
        others.insert("logprobs".to_owned(), json!({ "content": logprobs }));
    }
    completion.choices.push(Choice {
        index: 0,
        message,
        finish_reason: Some(reason),
        others,
    });
    completion.usage = usage(&answer);
    Ok(completion)
}

/// The thinking of a model that puts it into its content, and the content after it.
fn split_thinking(content: &str) -> Option<(&str, &str)> {
    [("<think>", "</think>"), ("<thinking>", "</thinking>")]
        .iter()
        .find_map(|(begin, end)| content.strip_prefix(begin)?.split_once(end))
}

fn tool_calls(calls: Option<&Value>, created: &str) -> Vec<Value> {
    let calls = calls.and_then(Value::as_array).into_iter().flatten().enumerate();
    calls
        .map(|(index, call)| {
            let text = |path: &str| call.pointer(path).and_then(Value::as_str);
            let name = text("/function/name").unwrap_or_default();
            let arguments = match call.pointer("/function/arguments") {
                None | Some(Value::Null) => json!({}),
                Some(arguments) => arguments.clone(),
            };
            let id = text("/id").filter(|id| !id.is_empty());
            let id = id.map_or_else(|| new_id(index, created, call), str::to_owned);
            let mut converted = tool_call(index, &id, name, &arguments);
            // JSON already, by services that only resemble Ollama
            if let (Value::String(_), Some(to)) = (&arguments, converted.pointer_mut("/function/arguments")) {
                *to = arguments;
            }
            converted
        })
        .collect()
}

/// An id for a call without one, as older versions of Ollama have them. Other services take no id twice in a conversation.
fn new_id(index: usize, created: &str, call: &Value) -> String {
    let mut hasher = Hasher::default();
    hasher.update(format!("{index} {created} {call}").as_bytes());
    let hash = hasher.finish();
    format!("call_{}", hash.get(..24).unwrap_or(&hash))
}

/// The counts; null if there are none. Durations are in nanoseconds.
fn usage(answer: &Value) -> Value {
    let (prompt, output) = (answer.get("prompt_eval_count"), answer.get("eval_count"));
    if count(prompt).or(count(output)).is_none() {
        return Value::Null;
    }
    // a count of 0 is left out, and a prompt that is cached as a whole is not counted
    let (prompt, output) = (count_or_zero(prompt), count_or_zero(output));
    let mut usage = known([
        ("prompt_tokens", prompt),
        ("completion_tokens", output),
        ("total_tokens", sum([prompt, output])),
    ]);
    let durations = [
        "total_duration",
        "load_duration",
        "prompt_eval_duration",
        "eval_duration",
    ];
    for name in durations {
        if let Some(duration) = answer.get(name) {
            usage.insert(name.to_owned(), duration.clone());
        }
    }
    usage.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(more: &Value) -> Value {
        let params = Map::new();
        let call = Call {
            params: &params,
            model: "m",
        };
        let mut answer = json!({"message": {"content": ""}, "done": true});
        let members = more.as_object().cloned().unwrap_or_default();
        answer.as_object_mut().unwrap().extend(members);
        serde_json::to_value(completion(&call, answer).unwrap()).unwrap()
    }

    #[test]
    fn reasons_are_those_of_chat_completions() {
        for (reason, expected) in [
            (json!("stop"), "stop"),
            (json!("length"), "length"),
            (json!("load"), "stop"),
            (json!("unload"), "stop"),
            (json!(null), "stop"),
        ] {
            let completion = translated(&json!({ "done_reason": reason }));
            assert_eq!(completion["choices"][0]["finish_reason"], expected, "{reason}");
        }
    }

    #[test]
    fn counts_that_cannot_be_read_are_left_out() {
        for (counts, expected) in [
            (
                json!({"prompt_eval_count": 10.0, "eval_count": 5}),
                json!({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}),
            ),
            (
                json!({"eval_count": 5}),
                json!({"prompt_tokens": 0, "completion_tokens": 5, "total_tokens": 5}),
            ),
            (
                json!({"prompt_eval_count": "10", "eval_count": 5}),
                json!({"completion_tokens": 5}),
            ),
        ] {
            assert_eq!(translated(&counts)["usage"], expected, "{counts}");
        }
    }
}
