//! The usage: <https://platform.claude.com/docs/en/api/messages#response-usage>,
//! <https://platform.claude.com/docs/en/build-with-claude/prompt-caching#tracking-cache-performance>.

use serde_json::{Map, Value};

use super::inputs::{items, text};
use crate::native::count::{count, count_or_zero, known, sum};
use crate::native::object::{object, put};

/// The members that have another name, or another place, in a chat completion.
const RENAMED: [&str; 6] = [
    "input_tokens",
    "output_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "cache_creation",
    "output_tokens_details",
];

/// The usage as LiteLLM reports it: the tokens of the cache belong to the prompt. Null if the answer has none.
pub(super) fn usage(answer: &Value) -> Value {
    let Some(Value::Object(reported)) = answer.get("usage") else {
        return Value::Null;
    };
    let iterations = reported.get("iterations").and_then(Value::as_array);
    let iterations = iterations.filter(|iterations| !iterations.is_empty());
    let counted = |name: &str, read: Read| match iterations {
        // compaction asks the model more than once
        Some(iterations) => total(iterations, name, read),
        None => read(reported.get(name)),
    };
    let (fresh, output) = (counted("input_tokens", count), counted("output_tokens", count));
    let (written, read) = (
        counted("cache_creation_input_tokens", count_or_zero),
        counted("cache_read_input_tokens", count_or_zero),
    );
    let prompt = sum([fresh, written, read]);
    let mut of_prompt = known([
        ("cached_tokens", read),
        ("cache_creation_tokens", written),
        ("cache_write_tokens", written),
        ("text_tokens", fresh),
    ]);
    let split = match iterations {
        Some(iterations) => sum_of_splits(iterations),
        None => reported
            .get("cache_creation")
            .filter(|split| split.is_object())
            .cloned(),
    };
    if let Some(split) = split {
        put(&mut of_prompt, "cache_creation_token_details", split);
    }
    let mut usage = known([
        ("prompt_tokens", prompt),
        ("completion_tokens", output),
        ("total_tokens", sum([prompt, output])),
    ]);
    put(&mut usage, "prompt_tokens_details", of_prompt.into());
    if let Some(details) = output.and_then(|output| of_completion(answer, reported, output)) {
        put(&mut usage, "completion_tokens_details", details);
    }
    usage.extend(known([
        ("cache_creation_input_tokens", written),
        ("cache_read_input_tokens", read),
    ]));
    let others = reported
        .iter()
        .filter(|(name, value)| !RENAMED.contains(&name.as_str()) && !value.is_null());
    usage.extend(others.map(|(name, value)| (name.clone(), value.clone())));
    count_tool_searches(answer, &mut usage);
    usage.into()
}

/// Reads a count.
type Read = fn(Option<&Value>) -> Option<u64>;

/// The sum of a count in all iterations, if all of them are known.
fn total(iterations: &[Value], name: &str, read: Read) -> Option<u64> {
    let mut counts = iterations.iter().map(|one| read(one.get(name)));
    counts.try_fold(0_u64, |sum, count| Some(sum.saturating_add(count?)))
}

/// What all iterations wrote to the cache, by how long it stays there; what is not split stays for 5 minutes.
fn sum_of_splits(iterations: &[Value]) -> Option<Value> {
    if !iterations
        .iter()
        .any(|one| one.get("cache_creation").is_some_and(Value::is_object))
    {
        return None;
    }
    let sum = |pointer: &str| {
        let counts = iterations.iter().filter_map(|one| count(one.pointer(pointer)));
        counts.fold(0, u64::saturating_add)
    };
    let hour = sum("/cache_creation/ephemeral_1h_input_tokens");
    let all = sum("/cache_creation_input_tokens");
    let minutes = sum("/cache_creation/ephemeral_5m_input_tokens").max(all.saturating_sub(hour));
    Some(object([
        ("ephemeral_5m_input_tokens", minutes.into()),
        ("ephemeral_1h_input_tokens", hour.into()),
    ]))
}

/// The tokens of the thinking, if they are known: reported, or 0 without thinking.
fn of_completion(answer: &Value, reported: &Map<String, Value>, output: u64) -> Option<Value> {
    let mut details = match reported.get("output_tokens_details") {
        Some(Value::Object(details)) => details.clone(),
        _ => Map::new(),
    };
    let is_thinking = |block: &Value| text(block, "/type").is_some_and(|kind| kind.ends_with("thinking"));
    let thinking = match count(details.shift_remove("thinking_tokens").as_ref()) {
        Some(thinking) => thinking.min(output),
        None if items(answer, "content").iter().any(is_thinking) => return None,
        None => 0,
    };
    put(&mut details, "reasoning_tokens", thinking.into());
    put(&mut details, "text_tokens", (output - thinking).into());
    Some(details.into())
}

/// Searches for tools, which are not always reported.
fn count_tool_searches(answer: &Value, usage: &mut Map<String, Value>) {
    let is_search = |block: &&Value| {
        text(block, "/type") == Some("server_tool_use")
            && text(block, "/name").is_some_and(|name| name.contains("tool_search"))
    };
    let searches = items(answer, "content").iter().filter(is_search).count();
    if searches == 0 {
        return;
    }
    let tools = usage.entry("server_tool_use").or_insert_with(|| object([]));
    if let Some(tools) = tools.as_object_mut() {
        tools
            .entry("tool_search_requests")
            .or_insert_with(|| searches.into());
    }
}
