//! Names and ids in the alphabets that Bedrock has for them.

use serde_json::{Map, Value};

use crate::native::call_id;
use crate::native::tool_names::{Alphabet, ToolNames};

/// The longest name of a tool, and the longest id of a call.
const LONGEST: usize = 64;

const ALPHABET: Alphabet = Alphabet {
    nearest: tool,
    longest: LONGEST,
};

/// The names of the parameters' functions. Tools of Converse itself keep theirs.
pub(super) fn tools(params: &Map<String, Value>) -> ToolNames {
    let list = |name: &str| params.get(name).and_then(Value::as_array).into_iter().flatten();
    let tools = list("tools").chain(list("functions"));
    let names = tools.filter_map(|tool| tool.get("function").unwrap_or(tool).get("name")?.as_str());
    let own = ["/toolSpec/name", "/systemTool/name"];
    let taken =
        list("tools").filter_map(move |tool| own.iter().find_map(|path| tool.pointer(path)?.as_str()));
    ToolNames::new(names, taken, ALPHABET)
}

/// The name of a tool: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolSpecification.html>.
fn tool(name: &str) -> String {
    let replaced = replaced(name, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    let is_begun = replaced.starts_with(|first: char| first.is_ascii_alphabetic());
    let begin = if is_begun { "" } else { "a" };
    begin.chars().chain(replaced.chars()).take(LONGEST).collect()
}

/// The id of a call: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolUseBlock.html>. Two ids stay two.
pub(super) fn call(id: &str) -> String {
    let is_valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':' | '-');
    call_id::valid(id, is_valid, LONGEST)
}

/// The name of a document, without its extension:
/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html>.
pub(super) fn document(filename: Option<&str>) -> String {
    let filename = filename.unwrap_or_default();
    let stem = filename.rsplit_once('.').map_or(filename, |(stem, _)| stem);
    let words: Vec<_> = replaced(stem, |c| {
        c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '(' | ')' | '[' | ']')
    })
    .split(['_', ' '])
    .filter(|word| !word.is_empty())
    .map(str::to_owned)
    .collect();
    let name: String = words.join(" ").chars().take(LONGEST).collect();
    if name.trim().is_empty() {
        "document".to_owned()
    } else {
        name
    }
}

fn replaced(name: &str, is_valid: impl Fn(char) -> bool) -> String {
    let chars = name.chars();
    chars.map(|c| if is_valid(c) { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_tool_has_a_name_of_its_own() {
        let params = json!({"tools": [
            {"type": "function", "function": {"name": "a.b"}}, {"type": "function", "function": {"name": "a_b"}},
            {"name": "a b", "input_schema": {}}, {"toolSpec": {"name": "c_d"}},
        ], "functions": [{"name": "c d"}]});
        let names = tools(params.as_object().unwrap());
        for (own, sent) in [
            ("a.b", "a_b_2"),
            ("a_b", "a_b"),
            ("a b", "a_b_3"),
            ("c d", "c_d_2"),
        ] {
            assert_eq!(names.sent(own), sent);
            assert_eq!(names.own(sent), own);
        }
        assert_eq!(names.own("c_d"), "c_d");
    }

    #[test]
    fn names_are_made_valid() {
        assert_eq!(tool("get.weather"), "get_weather");
        assert_eq!(tool("1st"), "a1st");
        assert_eq!(tool(&"é".repeat(70)).len(), LONGEST);
        assert_eq!(call("call:1"), "call:1");
        assert_ne!(call("a/1"), call("a|1"));
        assert_eq!(call(&"é".repeat(70)).len(), LONGEST);
        assert_eq!(document(Some("My file_v2 (1).final.pdf")), "My file v2 (1) final");
        for none in [None, Some(""), Some("é.pdf")] {
            assert_eq!(document(none), "document");
        }
    }
}
