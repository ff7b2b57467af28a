//! Names and ids in Anthropic's alphabet: <https://platform.claude.com/docs/en/api/messages#body-tools>.

use serde_json::{Map, Value};

use super::inputs::{items, text};

const LONGEST: usize = 128;

/// The tools that have another name at Anthropic.
#[derive(Debug, Default)]
pub(super) struct ToolNames {
    /// The caller's names and those that are sent.
    renamed: Vec<(String, String)>,
}

impl ToolNames {
    /// The names of the parameters' functions. Each has one of its own.
    pub(super) fn new(params: &Map<String, Value>) -> Self {
        let list = |name: &str| params.get(name).and_then(Value::as_array).into_iter().flatten();
        let tools = list("tools").filter_map(|tool| text(tool, "/function/name"));
        let functions = list("functions").filter_map(|function| text(function, "/name"));
        let names: Vec<_> = tools.chain(functions).filter(|name| !name.is_empty()).collect();
        let mut used: Vec<String> = names
            .iter()
            .filter(|name| is_valid(name))
            .map(|name| (*name).to_owned())
            .collect();
        let mut renamed: Vec<(String, String)> = Vec::new();
        for name in names {
            if is_valid(name) || renamed.iter().any(|(own, _)| own == name) {
                continue;
            }
            let mut sent = valid(name);
            for number in 2.. {
                if !used.contains(&sent) {
                    break;
                }
                let end = format!("_{number}");
                let start: String = valid(name).chars().take(LONGEST - end.len()).collect();
                sent = start + &end;
            }
            used.push(sent.clone());
            renamed.push((name.to_owned(), sent));
        }
        Self { renamed }
    }

    /// The name that is sent for a caller's.
    pub(super) fn sent(&self, name: &str) -> String {
        let renamed = self.renamed.iter().find(|(own, _)| own == name);
        match renamed {
            Some((_, sent)) => sent.clone(),
            None if is_valid(name) || name.is_empty() => name.to_owned(),
            None => valid(name), // of an earlier call, whose tool is gone
        }
    }

    /// The caller's name for one of an answer.
    pub(super) fn own<'a>(&'a self, sent: &'a str) -> &'a str {
        let renamed = self.renamed.iter().find(|(_, name)| name == sent);
        renamed.map_or(sent, |(own, _)| own)
    }

    /// How the names differ from the caller's.
    pub(super) fn changes(&self) -> impl Iterator<Item = String> {
        self.renamed.iter().map(|(own, sent)| format!("{own} to {sent}"))
    }
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

/// An id of a call.
pub(super) fn valid_id(id: &str) -> String {
    id.chars().map(|c| if is_allowed(c) { c } else { '_' }).collect()
}

/// The id of an old call of a function, by its number.
pub(super) fn function_call_id(number: usize) -> String {
    format!("function_call_{number}")
}

fn valid(name: &str) -> String {
    valid_id(name).chars().take(LONGEST).collect()
}

fn is_valid(name: &str) -> bool {
    (1..=LONGEST).contains(&name.len()) && name.chars().all(is_allowed)
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
        let names = ToolNames::new(params.as_object().unwrap());
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
        assert_eq!(valid_id("call:1.é-"), "call_1__-");
    }
}
