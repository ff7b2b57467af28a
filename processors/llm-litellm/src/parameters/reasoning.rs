//! The reasoning of an assistant's messages that are handed back.

use serde_json::{Map, Value, json};

use super::no_effect::is_empty;

const MEMBER: &str = "reasoning_content";
/// Anthropic's and LiteLLM's.
const BLOCKS: &str = "thinking_blocks";
/// The shortest reasoning that is not missing.
const NONE: &str = " ";

/// Gives calls without reasoning a blank one.
pub(crate) fn add(message: &mut Map<String, Value>) -> Option<String> {
    let is_missing = |name: &str| message.get(name).is_none_or(is_empty);
    if is_missing("tool_calls") || !is_missing(MEMBER) {
        return None;
    }
    message.insert(MEMBER.to_owned(), NONE.into());
    Some(format!("messages.{MEMBER} added"))
}

/// Makes the reasoning the first part of the content, as Mistral has it: <https://docs.mistral.ai/capabilities/reasoning/>.
pub(crate) fn move_into_content(message: &mut Map<String, Value>) -> Option<String> {
    let blocks = message.shift_remove(BLOCKS);
    let reasoning = message.shift_remove(MEMBER);
    let name = match (&reasoning, &blocks) {
        (None, None) => return None,
        (None, Some(_)) => BLOCKS,
        (Some(_), _) => MEMBER,
    };
    let has_output = ["content", "tool_calls"]
        .iter()
        .any(|name| !message.get(*name).is_none_or(is_empty));
    let text = reasoning.as_ref().and_then(Value::as_str);
    let text = text.filter(|text| !is_blank(text)).map(str::to_owned);
    let text = text.or_else(|| blocks.as_ref().map(text_of));
    let Some(text) = text.filter(|text| has_output && !is_blank(text)) else {
        return Some(format!("messages.{name} left out"));
    };
    let thinking = json!({"type": "thinking", "thinking": [{"type": "text", "text": text}], "closed": true});
    let parts = match message.get_mut("content").map(Value::take) {
        Some(Value::Array(parts)) => parts,
        Some(Value::String(text)) if !text.is_empty() => vec![json!({"type": "text", "text": text})],
        _ => Vec::new(),
    };
    let content: Value = std::iter::once(thinking).chain(parts).collect();
    message.insert("content".to_owned(), content);
    Some(format!("messages.{name} to content"))
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// What the blocks say; redacted ones say nothing.
fn text_of(blocks: &Value) -> String {
    let blocks = blocks.as_array().into_iter().flatten();
    blocks
        .filter_map(|block| block.get("thinking")?.as_str())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasoning_is_the_first_part_of_the_content() {
        let thinking =
            json!({"type": "thinking", "thinking": [{"type": "text", "text": "r"}], "closed": true});
        let text = json!({"type": "text", "text": "a"});
        let blocks =
            json!([{"type": "redacted_thinking", "data": "x"}, {"type": "thinking", "thinking": "r"}]);
        let moved = "messages.reasoning_content to content";
        let left_out = "messages.reasoning_content left out";
        #[rustfmt::skip]
        let cases = [
            (json!({"reasoning_content": "r", "content": "a"}), json!({"content": [thinking, text]}), Some(moved)),
            (json!({"reasoning_content": "r", "content": [text]}), json!({"content": [thinking, text]}), Some(moved)),
            (json!({"reasoning_content": "r", "content": null, "tool_calls": [1]}), json!({"content": [thinking], "tool_calls": [1]}), Some(moved)),
            (json!({"reasoning_content": "r", "content": ""}), json!({"content": ""}), Some(left_out)),
            (json!({"reasoning_content": " ", "content": "a"}), json!({"content": "a"}), Some(left_out)),
            (json!({"thinking_blocks": blocks, "content": "a"}), json!({"content": [thinking, text]}), Some("messages.thinking_blocks to content")),
            (json!({"thinking_blocks": [], "content": "a"}), json!({"content": "a"}), Some("messages.thinking_blocks left out")),
            (json!({"thinking_blocks": [], "reasoning_content": "r", "content": "a"}), json!({"content": [thinking, text]}), Some(moved)),
            (json!({"content": "a"}), json!({"content": "a"}), None),
        ];
        for (given, expected, change) in cases {
            let mut message = given.as_object().unwrap().clone();
            assert_eq!(move_into_content(&mut message).as_deref(), change, "{given}");
            assert_eq!(Value::from(message), expected, "{given}");
        }
    }
}
