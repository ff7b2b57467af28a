//! Messages as each service takes them. The rules' names begin with `messages.`:
//!
//! | rule | what becomes of the messages |
//! |---|---|
//! | `developer>system` | the role `developer` is `system` |
//! | `text` | a content of text parts alone is a string; with `=tool`, in messages of this role |
//! | `null-` | members of an assistant's message that are `null` are left out, but for `content` |
//! | `image>object` | an image that is a string is an object with a `url` |
//! | `images>user` | the images of tools' results are in a message of the user after them |
//! | `filename+` | a file without a name gets one |
//! | `format-` | the media types of images and files are left out |
//! | `reasoning_content?` | an assistant's calls without reasoning get a blank one; with `/thinking`, if thinking is enabled |
//! | `reasoning_content>content` | an assistant's reasoning, or that of `thinking_blocks`, is the first part of the content |
//! | `assistant?` | an assistant's message without content and calls is left out |
//! | `file>file_id` | the id of a file is beside the type of its part |
//! | `x-` | the member `x` is left out; with `=user`, of messages of other roles. A result keeps its `name`: with `-` any, with `=user` that of a `function` |
//! | `cache_control-` | it is left out of messages, their parts, and tools |
//! | `cache_control>content` | that of a message is in the last part of its content |
//! | `provider_specific_fields-` | they are left out of messages and their calls |

use serde_json::{Map, Value};

use super::no_effect::is_empty;
use super::parts;
use super::reasoning;
use super::rules::{Rule, Rules};
use super::tool_images;

const CACHE_CONTROL: &str = "cache_control";
/// LiteLLM's, also of calls.
const PROVIDER_FIELDS: &str = "provider_specific_fields";

/// Changes the messages and the tools as the rules have it, and reports each kind of change once.
pub(crate) fn rewrite(params: &mut Map<String, Value>, rules: &Rules, changes: &mut Vec<String>) {
    let mut report = |change: String| {
        if !changes.contains(&change) {
            changes.push(change);
        }
    };
    let is_thinking = params
        .get("thinking")
        .is_some_and(|thinking| thinking.get("type").is_some_and(|kind| kind == "enabled"));
    for (name, rule) in rules.below("messages.") {
        let rule = match rule {
            Rule::OnlyWith("thinking") if is_thinking => Rule::NotEmpty,
            Rule::OnlyWith(_) => continue,
            rule => rule,
        };
        if let ("images", Rule::Renamed(role), Some(Value::Array(messages))) =
            (name, rule, params.get_mut("messages"))
        {
            tool_images::hoist(messages, role)
                .into_iter()
                .for_each(&mut report);
        }
        if let ("assistant", Rule::NotEmpty, Some(Value::Array(messages))) =
            (name, rule, params.get_mut("messages"))
        {
            let count = messages.len();
            messages.retain(|message| !is_silent(message));
            if messages.len() < count {
                report(left_out(name));
            }
        }
        for message in objects(params.get_mut("messages")) {
            if let Some(change) = rewrite_message(message, name, rule) {
                report(change);
            }
        }
        if (name, rule) == (CACHE_CONTROL, Rule::Unknown) {
            for tool in objects(params.get_mut("tools")) {
                let function = tool.get_mut("function").and_then(Value::as_object_mut);
                let is_marked = function.is_some_and(|function| function.shift_remove(name).is_some());
                if tool.shift_remove(name).is_some() || is_marked {
                    report(left_out(name));
                }
            }
        }
    }
}

fn objects(list: Option<&mut Value>) -> impl Iterator<Item = &mut Map<String, Value>> {
    let list = list.and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_object_mut)
}

fn rewrite_message(message: &mut Map<String, Value>, name: &'static str, rule: Rule) -> Option<String> {
    let role = message.get("role").and_then(Value::as_str).unwrap_or_default();
    let is_role = |roles: &str| roles == role;
    let is_result = is_role("tool") || is_role("function");
    match (name, rule) {
        ("developer", Rule::Renamed(to)) if is_role("developer") => {
            message.insert("role".to_owned(), to.into());
            Some(format!("developer to {to}"))
        }
        ("text", Rule::Sent) => parts::join_texts(message),
        ("text", Rule::OneOf { values, .. }) if is_role(values) => parts::join_texts(message),
        ("text" | "developer" | "images" | "assistant", _) => None,
        ("image", Rule::Renamed(_)) => parts::wrap_images(message),
        ("filename", Rule::Sent) => parts::name_files(message),
        ("format", Rule::Unknown) => parts::leave_out_formats(message),
        ("reasoning_content", Rule::NotEmpty) if is_role("assistant") => reasoning::add(message),
        ("reasoning_content", Rule::Renamed(_)) => reasoning::move_into_content(message),
        ("file", Rule::Renamed(_)) => parts::move_file_ids(message),
        ("null", Rule::Unknown) if is_role("assistant") => {
            let count = message.len();
            message.retain(|name, value| name == "content" || !value.is_null());
            (message.len() < count).then(|| left_out("null"))
        }
        (CACHE_CONTROL, Rule::Renamed(_)) => parts::move_cache_control(message),
        (CACHE_CONTROL, Rule::Unknown) => {
            let mut is_changed = message.shift_remove(name).is_some();
            for part in parts::all(message) {
                is_changed |= part.shift_remove(name).is_some();
            }
            is_changed.then(|| left_out(name))
        }
        ("name", Rule::Unknown) if is_result => None,
        (PROVIDER_FIELDS, Rule::Unknown) => {
            let mut is_changed = message.shift_remove(name).is_some();
            for call in objects(message.get_mut("tool_calls")) {
                is_changed |= call.shift_remove(name).is_some();
            }
            is_changed.then(|| left_out(name))
        }
        (_, Rule::Unknown) => message.shift_remove(name).map(|_| left_out(name)),
        (_, Rule::OneOf { values, .. }) if !is_role(values) && !is_role("function") => {
            message.shift_remove(name).map(|_| left_out(name))
        }
        _ => None,
    }
}

fn left_out(name: &str) -> String {
    format!("messages.{name} left out")
}

/// Whether a message of the assistant says and calls nothing.
fn is_silent(message: &Value) -> bool {
    let is_missing = |name: &str| message.get(name).is_none_or(is_empty);
    message.get("role").is_some_and(|role| role == "assistant")
        && ["content", "tool_calls", "function_call"]
            .into_iter()
            .all(is_missing)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rewritten(model: &str, message: Value) -> (Value, String) {
        let (prefix, model) = model.split_once('/').unwrap();
        let mut params = Map::from_iter([("messages".to_owned(), json!([message]))]);
        let mut changes = Vec::new();
        rewrite(&mut params, &Rules::find(prefix, model), &mut changes);
        (params["messages"][0].clone(), changes.join("; "))
    }

    #[test]
    fn each_service_gets_the_messages_that_it_knows() {
        let marked = json!({"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}});
        let parts = json!([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]);
        let image = json!({"type": "image_url", "image_url": {"url": "x"}});
        #[rustfmt::skip]
        let cases = [
            ("groq/m", json!({"role": "developer", "content": "a"}), json!({"role": "system", "content": "a"}), "developer to system"),
            ("openai/m", json!({"role": "developer", "content": "a"}), json!({"role": "developer", "content": "a"}), ""),
            ("deepseek/m", json!({"role": "user", "content": parts}), json!({"role": "user", "content": "ab"}), "messages.content to string"),
            ("deepseek/m", json!({"role": "user", "content": [image, {"type": "text", "text": "a"}]}), json!({"role": "user", "content": [image, {"type": "text", "text": "a"}]}), ""),
            ("deepseek/m", json!({"role": "user", "content": []}), json!({"role": "user", "content": []}), ""),
            ("openai/m", json!({"role": "user", "content": parts}), json!({"role": "user", "content": parts}), ""),
            ("deepinfra/m", json!({"role": "tool", "content": parts}), json!({"role": "tool", "content": "ab"}), "messages.content to string"),
            ("deepinfra/m", json!({"role": "user", "content": parts}), json!({"role": "user", "content": parts}), ""),
            ("mistral/m", json!({"role": "user", "name": "n", "content": "a"}), json!({"role": "user", "content": "a"}), "messages.name left out"),
            ("mistral/m", json!({"role": "tool", "name": "n", "content": "a"}), json!({"role": "tool", "name": "n", "content": "a"}), ""),
            ("mistral/m", json!({"role": "assistant", "content": "a", "reasoning_content": "r"}), json!({"role": "assistant", "content": "a"}), "messages.reasoning_content left out"),
            ("mistral/magistral-x", json!({"role": "assistant", "content": "a", "reasoning_content": " "}), json!({"role": "assistant", "content": "a"}), "messages.reasoning_content left out"),
            ("xai/m", json!({"role": "user", "name": "n"}), json!({"role": "user", "name": "n"}), ""),
            ("xai/m", json!({"role": "assistant", "name": "n"}), json!({"role": "assistant"}), "messages.name left out"),
            ("xai/m", json!({"role": "tool", "tool_call_id": "a", "name": "n"}), json!({"role": "tool", "tool_call_id": "a"}), "messages.name left out"),
            ("groq/m", json!({"role": "assistant", "content": null, "tool_calls": null}), json!({"role": "assistant", "content": null}), "messages.null left out"),
            ("together_ai/m", json!({"role": "assistant", "thinking_blocks": [], "reasoning_content": "r"}), json!({"role": "assistant", "reasoning_content": "r"}), "messages.thinking_blocks left out"),
            ("openai/m", json!({"role": "user", "content": [marked]}), json!({"role": "user", "content": [{"type": "text", "text": "a"}]}), "messages.cache_control left out"),
            ("openrouter/m", json!({"role": "user", "content": [marked]}), json!({"role": "user", "content": [marked]}), ""),
            ("moonshot/kimi-k2.5", json!({"role": "assistant", "tool_calls": [1]}), json!({"role": "assistant", "tool_calls": [1], "reasoning_content": " "}), "messages.reasoning_content added"),
            ("groq/m", json!({"role": "assistant", "tool_calls": [{"id": "a", "provider_specific_fields": {}}]}), json!({"role": "assistant", "tool_calls": [{"id": "a"}]}), "messages.provider_specific_fields left out"),
            ("openrouter/m", json!({"role": "user", "content": "a", "cache_control": {"type": "ephemeral"}}), json!({"role": "user", "content": [marked]}), "messages.cache_control to content"),
            ("deepseek/m", json!({"role": "assistant", "tool_calls": [1]}), json!({"role": "assistant", "tool_calls": [1]}), ""),
            ("moonshot/kimi-k2.5", json!({"role": "assistant", "content": "a"}), json!({"role": "assistant", "content": "a"}), ""),
        ];
        for (model, given, expected, changes) in cases {
            let found = rewritten(model, given.clone());
            assert_eq!(found, (expected, changes.to_owned()), "{model} {given}");
        }
    }

    /// DeepSeek refuses calls that are handed back without their reasoning, if it is to think.
    #[test]
    fn calls_have_a_reasoning_where_thinking_is_enabled() {
        for (kind, expected) in [("enabled", Some(" ")), ("disabled", None)] {
            let call = json!({"role": "assistant", "tool_calls": [1]});
            let params = json!({"thinking": {"type": kind}, "messages": [call]});
            let mut params = params.as_object().unwrap().clone();
            let mut changes = Vec::new();
            rewrite(&mut params, &Rules::find("deepseek", "m"), &mut changes);
            let reasoning = params["messages"][0].get("reasoning_content");
            assert_eq!(reasoning.and_then(Value::as_str), expected, "{kind}");
            assert_eq!(changes.len(), usize::from(expected.is_some()));
        }
    }

    #[test]
    fn messages_of_an_assistant_that_say_nothing_are_left_out() {
        let user = json!({"role": "user", "content": ""});
        let call = json!({"role": "assistant", "content": null, "tool_calls": [1]});
        let refusal = json!({"role": "assistant", "content": null, "refusal": "No."});
        let silent = json!({"role": "assistant", "content": ""});
        let messages = json!([user, silent, call, refusal]);
        let mut params = Map::from_iter([("messages".to_owned(), messages)]);
        let mut changes = Vec::new();
        rewrite(&mut params, &Rules::find("mistral", "m"), &mut changes);
        assert_eq!(params["messages"], json!([user, call]));
        assert_eq!(changes, ["messages.assistant left out"]);
    }

    #[test]
    fn a_change_is_reported_once() {
        let message = json!({"role": "developer", "content": "a"});
        let mut params = Map::from_iter([
            ("messages".to_owned(), json!([message, message])),
            (
                "tools".to_owned(),
                json!([{"type": "function", "cache_control": {}}, {"function": {"cache_control": {}}}]),
            ),
        ]);
        let mut changes = Vec::new();
        rewrite(&mut params, &Rules::find("groq", "m"), &mut changes);
        changes.sort_unstable();
        assert_eq!(
            changes,
            ["developer to system", "messages.cache_control left out"]
        );
        assert_eq!(params["tools"], json!([{"type": "function"}, {"function": {}}]));
    }
}
