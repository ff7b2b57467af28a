//! The items of an output, made of the events that report them piece by piece.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::native::size;

/// The events with a piece of a part's text: the type of the item, its list of parts, the type of the part, its text.
const PARTS: [(&str, [&str; 4]); 4] = [
    (
        "response.output_text.delta",
        ["message", "content", "output_text", "text"],
    ),
    (
        "response.refusal.delta",
        ["message", "content", "refusal", "refusal"],
    ),
    (
        "response.reasoning_summary_text.delta",
        ["reasoning", "summary", "summary_text", "text"],
    ),
    (
        "response.reasoning_text.delta",
        ["reasoning", "content", "reasoning_text", "text"],
    ),
];

/// The events with a piece of a call's input, and the member that it belongs to.
const INPUTS: [(&str, &str); 2] = [
    ("response.function_call_arguments.delta", "arguments"),
    ("response.custom_tool_call_input.delta", "input"),
];

/// The items as far as they have come, by their position.
#[derive(Debug, Default)]
pub(super) struct Items(BTreeMap<u64, Value>);

impl Items {
    /// Adds what an event says of an item; nothing for other events.
    pub(super) fn add(&mut self, kind: &str, mut event: Map<String, Value>) {
        let position = event.get("output_index").and_then(Value::as_u64);
        match kind {
            "response.output_item.added" | "response.output_item.done" => {
                let position = position.unwrap_or(self.0.len() as u64);
                let item = event.shift_remove("item").unwrap_or_default();
                self.0.insert(position, item);
            }
            _ => {
                let Some(Value::String(delta)) = event.get("delta") else {
                    return;
                };
                let position = position.or_else(|| self.0.keys().next_back().copied());
                let position = position.unwrap_or_default();
                if let Some((_, names)) = PARTS.iter().find(|(name, _)| *name == kind) {
                    let index = event.get("content_index").or_else(|| event.get("summary_index"));
                    let index = index.and_then(Value::as_u64);
                    self.extend_part(position, index, *names, delta);
                } else if let Some((_, member)) = INPUTS.iter().find(|(name, _)| *name == kind)
                    && let Some(item) = self.0.get_mut(&position)
                {
                    extend(item, member, delta); // the item has the name of the call
                }
            }
        }
    }

    fn extend_part(&mut self, position: u64, index: Option<u64>, names: [&str; 4], delta: &str) {
        let [item, list, part, text] = names;
        let item = self.0.entry(position).or_insert_with(|| json!({ "type": item }));
        let Some(item) = item.as_object_mut() else { return };
        let parts = item.entry(list).or_insert_with(|| json!([]));
        let Some(parts) = parts.as_array_mut() else { return };
        let last = parts.len().saturating_sub(1);
        let index = index.map_or(last, |index| usize::try_from(index).unwrap_or(usize::MAX));
        if index >= parts.len() {
            parts.push(json!({ "type": part }));
        }
        let last = parts.len().saturating_sub(1);
        if let Some(part) = parts.get_mut(index.min(last)) {
            extend(part, text, delta);
        }
    }

    /// How much memory they take, in bytes.
    pub(super) fn size(&self) -> usize {
        self.0.values().map(size::of).sum()
    }

    /// The list of items.
    pub(super) fn finish(self) -> Value {
        self.0.into_values().collect()
    }
}

/// Appends a piece to a text.
fn extend(value: &mut Value, name: &str, delta: &str) {
    let Some(members) = value.as_object_mut() else {
        return;
    };
    match members.get_mut(name) {
        Some(Value::String(text)) => text.push_str(delta),
        _ => {
            members.insert(name.to_owned(), delta.into());
        }
    }
}
