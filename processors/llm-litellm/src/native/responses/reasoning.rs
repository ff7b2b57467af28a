//! What a model thought, and the tools that it searched for, when they are handed back.

use serde_json::{Value, json};

use super::order::SEARCHES;
use crate::blank::is_blank;

/// What the model thought before an answer, so that it goes on from there
/// (<https://platform.openai.com/docs/guides/reasoning#keeping-reasoning-items-in-context>): LiteLLM's `reasoning_items`, or the
/// `thinking_blocks` of another model. An item without an id is taken as new.
pub(super) fn reasoning(message: &Value) -> Vec<Value> {
    let list = |name: &str| {
        message
            .get(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter(|item| item.is_object())
    };
    let items: Vec<Value> = list("reasoning_items").map(reasoning_item).collect();
    if !items.is_empty() {
        return items;
    }
    let texts = list("thinking_blocks").filter_map(|block| block.get("thinking")?.as_str());
    let texts = texts.filter(|text| !text.is_empty());
    let summary: Vec<_> = texts
        .map(|text| json!({"type": "summary_text", "text": text}))
        .collect();
    if summary.is_empty() {
        return Vec::new();
    }
    vec![json!({"type": "reasoning", "summary": summary})]
}

/// What the items do not have of the `thinking_blocks` of another model.
pub(super) fn lost_of_thoughts(message: &Value) -> impl Iterator<Item = &'static str> {
    let list = |name: &str| message.get(name).and_then(Value::as_array);
    let blocks = list("thinking_blocks").map(Vec::as_slice).unwrap_or_default();
    let has_items = list("reasoning_items").is_some_and(|items| items.iter().any(Value::is_object));
    let has = |name: &str| {
        blocks
            .iter()
            .any(|block| !is_blank(block.get(name).unwrap_or(&Value::Null)))
    };
    let losses = [
        (
            has_items && !blocks.is_empty(),
            "messages.thinking_blocks left out",
        ),
        (
            !has_items && has("thinking"),
            "messages.thinking_blocks to reasoning",
        ),
        (
            !has_items && has("signature"),
            "messages.thinking_blocks.signature left out",
        ),
        (
            !has_items && has("data"),
            "messages.thinking_blocks redacted_thinking left out",
        ),
    ];
    losses
        .into_iter()
        .filter_map(|(is_lost, change)| is_lost.then_some(change))
}

fn reasoning_item(item: &Value) -> Value {
    let text = |name: &str| {
        item.get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    let summary = item.get("summary").filter(|summary| summary.is_array());
    let members = [
        ("type", Some("reasoning".into())),
        ("id", text("id").map(Value::from)),
        ("summary", Some(summary.cloned().unwrap_or_else(|| json!([])))),
        ("encrypted_content", text("encrypted_content").map(Value::from)),
    ];
    let members = members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    members.collect()
}

/// The searches for tools before an answer, with the thoughts before them, as LiteLLM keeps them
/// (<https://platform.openai.com/docs/guides/tools-tool-search>).
pub(super) fn searches(message: &Value) -> Vec<Value> {
    let fields = message.get("provider_specific_fields");
    let items = fields.and_then(|fields| fields.get(SEARCHES)?.as_array());
    let items = items.into_iter().flatten().filter(|item| item.is_object());
    items.cloned().collect()
}
