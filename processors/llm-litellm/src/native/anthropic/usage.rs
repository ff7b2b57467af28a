//! The usage: <https://platform.claude.com/docs/en/api/messages#response-usage>,
//! <https://platform.claude.com/docs/en/build-with-claude/prompt-caching#tracking-cache-performance>.

use serde_json::{Map, Value, json};

use super::inputs::{items, text};

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
    let count = |name: &str| match iterations {
        // compaction asks the model more than once
        Some(iterations) => iterations
            .iter()
            .map(|one| number(one.get(name)))
            .fold(0, u64::saturating_add),
        None => number(reported.get(name)),
    };
    let (fresh, output) = (count("input_tokens"), count("output_tokens"));
    let (written, read) = (
        count("cache_creation_input_tokens"),
        count("cache_read_input_tokens"),
    );
    let prompt = fresh.saturating_add(written).saturating_add(read);
    let mut of_prompt = json!({
        "cached_tokens": read,
        "cache_creation_tokens": written,
        "cache_write_tokens": written,
        "text_tokens": fresh,
    });
    let split = match iterations {
        Some(iterations) => sum_of_splits(iterations),
        None => reported
            .get("cache_creation")
            .filter(|split| split.is_object())
            .cloned(),
    };
    if let (Some(split), Some(of_prompt)) = (split, of_prompt.as_object_mut()) {
        of_prompt.insert("cache_creation_token_details".to_owned(), split);
    }
    let mut usage = Map::new();
    usage.insert("prompt_tokens".to_owned(), prompt.into());
    usage.insert("completion_tokens".to_owned(), output.into());
    usage.insert("total_tokens".to_owned(), prompt.saturating_add(output).into());
    usage.insert("prompt_tokens_details".to_owned(), of_prompt);
    if let Some(details) = of_completion(answer, reported, output) {
        usage.insert("completion_tokens_details".to_owned(), details);
    }
    usage.insert("cache_creation_input_tokens".to_owned(), written.into());
    usage.insert("cache_read_input_tokens".to_owned(), read.into());
    let others = reported
        .iter()
        .filter(|(name, value)| !RENAMED.contains(&name.as_str()) && !value.is_null());
    usage.extend(others.map(|(name, value)| (name.clone(), value.clone())));
    count_tool_searches(answer, &mut usage);
    usage.into()
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
        let counts = iterations.iter().map(|one| number(one.pointer(pointer)));
        counts.fold(0, u64::saturating_add)
    };
    let hour = sum("/cache_creation/ephemeral_1h_input_tokens");
    let all = sum("/cache_creation_input_tokens");
    let minutes = sum("/cache_creation/ephemeral_5m_input_tokens").max(all.saturating_sub(hour));
    Some(json!({"ephemeral_5m_input_tokens": minutes, "ephemeral_1h_input_tokens": hour}))
}

fn number(value: Option<&Value>) -> u64 {
    value.and_then(Value::as_u64).unwrap_or_default()
}

/// The tokens of the thinking, if they are known: reported, or 0 without thinking.
fn of_completion(answer: &Value, reported: &Map<String, Value>, output: u64) -> Option<Value> {
    let mut details = match reported.get("output_tokens_details") {
        Some(Value::Object(details)) => details.clone(),
        _ => Map::new(),
    };
    let is_thinking = |block: &Value| text(block, "/type").is_some_and(|kind| kind.ends_with("thinking"));
    let thinking = match details
        .shift_remove("thinking_tokens")
        .and_then(|tokens| tokens.as_u64())
    {
        Some(thinking) => thinking.min(output),
        None if items(answer, "content").iter().any(is_thinking) => return None,
        None => 0,
    };
    details.insert("reasoning_tokens".to_owned(), thinking.into());
    details.insert("text_tokens".to_owned(), (output - thinking).into());
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
    let tools = usage.entry("server_tool_use").or_insert_with(|| json!({}));
    if let Some(tools) = tools.as_object_mut() {
        tools
            .entry("tool_search_requests")
            .or_insert_with(|| searches.into());
    }
}
