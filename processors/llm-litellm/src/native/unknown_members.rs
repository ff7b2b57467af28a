//! The members of messages that an API has no place for, which the caller is told.

use serde_json::{Map, Value};

use crate::blank::is_blank;

/// The members that every API has a place for.
const OF_MESSAGES: [&str; 5] = ["role", "content", "tool_calls", "function_call", "tool_call_id"];
const OF_PARTS: [&str; 11] = [
    "type",
    "text",
    "image_url",
    "image_url.url",
    "file",
    "file.file_data",
    "file.file_id",
    "file.filename",
    "input_audio",
    "input_audio.data",
    "input_audio.format",
];
const OF_CALLS: [&str; 6] = [
    "id",
    "index",
    "type",
    "function",
    "function.name",
    "function.arguments",
];

/// The known objects whose members are known, too.
const NESTED: [&str; 5] = [
    "image_url",
    "file",
    "input_audio",
    "function",
    "provider_specific_fields",
];

/// The types of parts that become something else; all others are sent as they are.
const CONVERTED: [&str; 6] = [
    "text",
    "input_text",
    "output_text",
    "image_url",
    "file",
    "input_audio",
];

/// The further members that one API has a place for, or that say nothing that is not also said elsewhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) of_messages: &'static [&'static str],
    pub(crate) of_parts: &'static [&'static str],
    pub(crate) of_calls: &'static [&'static str],
}

impl Known {
    /// Reports each member that messages have beside these: `messages.name left out`.
    pub(crate) fn report_others(&self, messages: &[Value], changes: &mut Vec<String>) {
        for message in messages.iter().filter_map(Value::as_object) {
            let role = message.get("role").and_then(Value::as_str).unwrap_or_default();
            // the name of a function, which its result has
            let is_result = matches!(role, "tool" | "function");
            others("", message, &|name| {
                OF_MESSAGES.contains(&name) || self.of_messages.contains(&name) || is_result && name == "name"
            })
            .into_iter()
            .chain(self.others_of_list(message, "content"))
            .chain(self.others_of_list(message, "tool_calls"))
            .for_each(|name| report(changes, &name));
        }
    }

    fn others_of_list(&self, message: &Map<String, Value>, name: &str) -> Vec<String> {
        let items = message.get(name).and_then(Value::as_array).into_iter().flatten();
        let is_part = name == "content";
        let is_known = |name: &str| {
            if is_part {
                OF_PARTS.contains(&name) || self.of_parts.contains(&name)
            } else {
                OF_CALLS.contains(&name) || self.of_calls.contains(&name)
            }
        };
        let items = items.filter(|item| !is_part || is_converted(item));
        items
            .filter_map(Value::as_object)
            .flat_map(|item| others("", item, &is_known))
            .collect()
    }
}

fn is_converted(part: &Value) -> bool {
    let kind = part.get("type").and_then(Value::as_str).unwrap_or("text");
    CONVERTED.contains(&kind)
}

/// The members that are not known, with those of known objects by their path.
fn others(parent: &str, members: &Map<String, Value>, is_known: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut all = Vec::new();
    for (name, value) in members {
        let path = format!("{parent}{name}");
        let is_nested = parent.is_empty() && NESTED.contains(&name.as_str());
        match value {
            Value::Object(inner) if is_nested && is_known(&path) => {
                all.extend(others(&format!("{name}."), inner, is_known));
            }
            value if is_known(&path) || says_nothing(name, value) => {}
            _ => all.push(path),
        }
    }
    all
}

/// A default, or nothing.
fn says_nothing(name: &str, value: &Value) -> bool {
    is_blank(value) || name == "detail" && value == "auto"
}

fn report(changes: &mut Vec<String>, name: &str) {
    let change = format!("messages.{name} left out");
    if !changes.contains(&change) {
        changes.push(change);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_lost_is_reported_and_once() {
        let known = Known {
            of_messages: &["prefix"],
            of_parts: &["cache_control"],
            of_calls: &[],
        };
        let messages = json!([
            {"role": "user", "name": "a", "content": [
                {"type": "text", "text": "t", "cache_control": {"type": "ephemeral"}, "citations": [1]},
                {"type": "image_url", "image_url": {"url": "u", "detail": "low"}}, {"type": "image_url", "image_url": "u"},
                {"type": "image_url", "image_url": {"url": "u", "detail": "auto"}}, {"type": "own", "x": 1},
            ]},
            {"role": "assistant", "content": "c", "prefix": true, "audio": null, "annotations": [], "tool_calls": [
                {"id": "i", "type": "function", "function": {"name": "f", "arguments": "{}", "x": 1}, "caller": {"type": "direct"}},
            ]},
            {"role": "tool", "name": "f", "tool_call_id": "i", "is_error": false}, {"role": "user", "name": "b"}, 7,
        ]);
        let mut changes = Vec::new();
        known.report_others(messages.as_array().unwrap(), &mut changes);
        let expected = ["name", "citations", "image_url.detail", "function.x", "caller"];
        let expected: Vec<_> = expected.map(|name| format!("messages.{name} left out")).to_vec();
        assert_eq!(changes, expected);
    }
}
