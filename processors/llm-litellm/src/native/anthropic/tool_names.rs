//! Names and ids in Anthropic's alphabet: <https://platform.claude.com/docs/en/api/messages#body-tools>.

use serde_json::{Map, Value};

use super::inputs::{items, text};
use crate::native::call_id;
use crate::native::tool_names::{Alphabet, ToolNames};

const LONGEST: usize = 128;

const ALPHABET: Alphabet = Alphabet {
    nearest: valid,
    longest: LONGEST,
};

/// The names of the parameters' functions. Tools without a function are the services' own, and keep theirs.
pub(super) fn tool_names(params: &Map<String, Value>) -> ToolNames {
    let list = |name: &str| params.get(name).and_then(Value::as_array).into_iter().flatten();
    let tools = list("tools").filter_map(|tool| text(tool, "/function/name"));
    let functions = list("functions").filter_map(|function| text(function, "/name"));
    let taken = list("tools").filter_map(|tool| text(tool, "/name"));
    ToolNames::new(tools.chain(functions), taken, ALPHABET)
}

/// The tools without a function or a name are the services' own.
pub(super) fn has_tools(params: &Map<String, Value>) -> bool {
    let has_items = |name: &str| {
        params
            .get(name)
            .and_then(Value::as_array)
            .is_some_and(|list| !list.is_empty())
    };
    has_items("tools") || has_items("functions")
}

/// The names of the functions that messages call, each once.
pub(super) fn called(messages: &[Value]) -> Vec<&str> {
    let mut names = Vec::new();
    for message in messages {
        let calls = items(message, "tool_calls").iter();
        let calls = calls.filter_map(|call| text(call, "/function/name"));
        for name in calls.chain(text(message, "/function_call/name")) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// An id of a call. Two ids stay two.
pub(super) fn valid_id(id: &str) -> String {
    call_id::valid(id, is_allowed, LONGEST)
}

/// The id of an old call of a function, by its number.
pub(super) fn function_call_id(number: usize) -> String {
    format!("function_call_{number}")
}

fn valid(name: &str) -> String {
    let chars = name.chars().take(LONGEST);
    chars.map(|c| if is_allowed(c) { c } else { '_' }).collect()
}

const fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_name_has_one_of_its_own() {
        let long = "x".repeat(130);
        let params = json!({"tools": [
            {"function": {"name": "a/b"}}, {"function": {"name": "a_b"}}, {"function": {"name": "a.b"}},
            {"function": {"name": long}}, {"function": {"name": "a/b"}}, {"function": {}}, {"name": "c d"},
        ], "functions": [{"name": "é"}]});
        let names = tool_names(params.as_object().unwrap());
        for (own, sent) in [
            ("a/b", "a_b_2"),
            ("a_b", "a_b"),
            ("a.b", "a_b_3"),
            (&long, &long[..128]),
            ("é", "_"),
        ] {
            assert_eq!(names.sent(own), sent);
            assert_eq!(names.own(sent), own);
        }
        assert_eq!(names.sent("gone/now"), "gone_now");
        assert_eq!(names.own("c d"), "c d");
        assert_eq!(names.changes().count(), 4);
        assert_eq!(valid_id("call_1"), "call_1");
        assert_ne!(valid_id("call.1"), valid_id("call_1"));
    }
}
