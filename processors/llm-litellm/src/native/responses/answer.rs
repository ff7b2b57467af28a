//! The answer: <https://platform.openai.com/docs/api-reference/responses/object>.

mod hosted;
mod message;

use reqwest::StatusCode;
use runtime::{ErrorCode, ProcessorError};
use serde_json::{Map, Value, json};

use super::order;
use crate::failure::Failure;
use crate::native::chat::{ChatCompletion, Choice};
use crate::native::count::{count, count_or_zero, sum};
use crate::native::interface::Call;
use message::Message;

/// The members of a response that are about the request, or stand elsewhere in a chat completion.
#[rustfmt::skip]
const OWN: [&str; 41] = [
    "background", "billing", "completed_at", "context_management", "conversation", "created_at", "error", "frequency_penalty", "id",
    "incomplete_details", "instructions", "max_output_tokens", "max_tool_calls", "metadata", "model", "moderation", "object", "output",
    "output_text", "parallel_tool_calls", "presence_penalty", "previous_response_id", "prompt", "prompt_cache_key",
    "prompt_cache_options", "prompt_cache_retention", "reasoning", "safety_identifier", "status", "store", "temperature", "text",
    "tool_choice", "tools", "top_logprobs", "top_p", "truncation", "usage", "user", "choices", "created",
];

/// The names of the counts in chat completions; all others keep their name.
const COUNTS: [(&str, &str); 4] = [
    ("input_tokens", "prompt_tokens"),
    ("output_tokens", "completion_tokens"),
    ("input_tokens_details", "prompt_tokens_details"),
    ("output_tokens_details", "completion_tokens_details"),
];

pub(super) fn completion(call: &Call<'_>, mut answer: Value) -> Result<ChatCompletion, Failure> {
    let text = |path: &str| answer.pointer(path).and_then(Value::as_str);
    let status = text("/status");
    if let Some(status) = status.filter(|status| !matches!(*status, "completed" | "incomplete")) {
        return Err(unfinished(&answer, status));
    }
    let Some(output) = answer.get("output").and_then(Value::as_array) else {
        let message = "the provider answered with no output; check its address and the model";
        return Err(ProcessorError::new(ErrorCode::ProviderResponse, message).into());
    };
    let message = Message::new(output, is_structured(call));
    let reason = text("/incomplete_details/reason");
    let finish_reason = match (status, reason) {
        (_, Some("content_filter")) => Some("content_filter"),
        (Some("incomplete"), _) | (_, Some(_)) => Some("length"),
        _ if message.has_calls() => Some("tool_calls"),
        (status, None) => status.map(|_| "stop"),
    };
    let mut completion = ChatCompletion::new(text("/model").unwrap_or(call.model));
    completion.id = text("/id").unwrap_or_default().to_owned();
    let created = answer.get("created_at").and_then(Value::as_f64);
    completion.created = created.map_or(0, |created| created as u64);
    let (mut message, logprobs) = message.finish();
    order::add_fields(output, status == Some("completed"), &mut message);
    let mut others = Map::new();
    if !logprobs.is_empty() {
        others.insert("logprobs".to_owned(), json!({ "content": logprobs }));
    }
    completion.choices.push(Choice {
        index: 0,
        message,
        finish_reason: finish_reason.map(str::to_owned),
        others,
    });
    let hosted = hosted::counts(output);
    completion.usage = answer
        .get_mut("usage")
        .map(Value::take)
        .map_or(Value::Null, usage);
    if let Some(usage) = completion.usage.as_object_mut().filter(|_| !hosted.is_empty()) {
        usage.entry("server_tool_use").or_insert_with(|| hosted.into());
    }
    if let Value::Object(members) = answer {
        let others = members
            .into_iter()
            .filter(|(name, value)| !OWN.contains(&name.as_str()) && !value.is_null());
        completion.others.extend(others);
    }
    Ok(completion)
}

/// The error that a response reports, or that it has not come to its end.
fn unfinished(answer: &Value, status: &str) -> Failure {
    match answer.get("error").filter(|error| error.is_object()) {
        Some(error) => {
            let body = json!({ "error": error }).to_string();
            Failure::from_error_body(StatusCode::OK, body.as_bytes())
        }
        None => {
            let known = ["failed", "cancelled", "queued", "in_progress"];
            let status = known.iter().find(|known| **known == status);
            let status = status.unwrap_or(&"unknown");
            Failure::from_stream(&format!("a response whose status is {status}; ask again"))
        }
    }
}

/// Whether the texts are JSON documents, each of them whole.
fn is_structured(call: &Call<'_>) -> bool {
    let formats = ["/response_format/type", "/text/format/type"];
    let mut kinds = formats.iter().filter_map(|path| {
        let mut names = path.split('/').skip(1);
        let first = call.params.get(names.next()?)?;
        names.try_fold(first, |value, name| value.get(name))
    });
    kinds.any(|kind| kind == "json_schema" || kind == "json_object")
}

/// The usage in the names of chat completions.
fn usage(usage: Value) -> Value {
    let Value::Object(members) = usage else {
        return Value::Null;
    };
    let renamed = members.into_iter().map(|(name, value)| {
        let renamed = COUNTS.iter().find(|(from, _)| *from == name);
        (renamed.map_or(name, |(_, to)| (*to).to_owned()), value)
    });
    let mut renamed: Map<String, Value> = renamed.collect();
    for (tokens, details, part) in [
        ("prompt_tokens", "prompt_tokens_details", "cached_tokens"),
        (
            "completion_tokens",
            "completion_tokens_details",
            "reasoning_tokens",
        ),
    ] {
        let is_readable = keep_count(renamed.get_mut(details).and_then(Value::as_object_mut), part);
        if !is_readable || !keep_count(Some(&mut renamed), tokens) {
            renamed.shift_remove(tokens);
        }
    }
    keep_count(Some(&mut renamed), "total_tokens");
    let known = |name: &str| count(renamed.get(name));
    if !renamed.contains_key("total_tokens")
        && let Some(total) = sum([known("prompt_tokens"), known("completion_tokens")])
    {
        renamed.insert("total_tokens".to_owned(), total.into());
    }
    renamed.into()
}

/// Writes a count as an integer, and leaves it out if it is none. Returns whether it is one, or absent.
fn keep_count(members: Option<&mut Map<String, Value>>, name: &str) -> bool {
    let Some(members) = members else { return true };
    let given = members.get(name);
    let is_readable = count_or_zero(given).is_some();
    match count(given) {
        Some(count) => {
            members.insert(name.to_owned(), count.into());
        }
        None => {
            members.shift_remove(name);
        }
    }
    is_readable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_that_cannot_be_read_are_left_out() {
        for (given, expected) in [
            (
                json!({"input_tokens": 10.0, "output_tokens": 5, "input_tokens_details": {"cached_tokens": 2.0}}),
                json!({"prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 2}, "total_tokens": 15}),
            ),
            (
                json!({"input_tokens": "10", "output_tokens": 5, "total_tokens": 15}),
                json!({"completion_tokens": 5, "total_tokens": 15}),
            ),
            (
                json!({"input_tokens": 10, "output_tokens": null, "total_tokens": "15"}),
                json!({"prompt_tokens": 10}),
            ),
            (
                json!({"input_tokens": 10, "output_tokens": 5, "input_tokens_details": {"cached_tokens": "2"}}),
                json!({"completion_tokens": 5, "prompt_tokens_details": {}}),
            ),
            (
                json!({"input_tokens": 10, "output_tokens": 5, "output_tokens_details": {"reasoning_tokens": null}}),
                json!({"prompt_tokens": 10, "completion_tokens": 5, "completion_tokens_details": {}, "total_tokens": 15}),
            ),
        ] {
            assert_eq!(usage(given.clone()), expected, "{given}");
        }
    }
}
