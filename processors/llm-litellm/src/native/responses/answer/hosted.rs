//! The tools that ran at the service, which may charge for them: <https://platform.openai.com/docs/pricing#built-in-tools>.

use serde_json::{Map, Value};

/// Calls that the caller carries out.
const OF_CALLER: [&str; 5] = [
    "apply_patch_call",
    "computer_call",
    "custom_tool_call",
    "function_call",
    "local_shell_call",
];

/// How often each of them ran, by names such as `web_search_requests`.
pub(super) fn counts(output: &[Value]) -> Map<String, Value> {
    let mut counts = Map::new();
    for item in output {
        let text = |path: &str| item.pointer(path).and_then(Value::as_str);
        let kind = text("/type").unwrap_or_default();
        // a page of a result is opened without a fee (https://platform.openai.com/docs/guides/tools-web-search)
        let is_free = kind == "web_search_call" && text("/action/type").is_some_and(|kind| kind != "search");
        let Some(tool) = kind.strip_suffix("_call") else {
            continue;
        };
        if is_free || OF_CALLER.contains(&kind) {
            continue;
        }
        let name = if tool == "mcp" {
            "mcp_calls".to_owned()
        } else {
            format!("{tool}_requests")
        };
        let count = counts.get(&name).and_then(Value::as_u64).unwrap_or_default();
        counts.insert(name, (count + 1).into());
    }
    counts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tools_are_counted() {
        let output = json!([
            {"type": "web_search_call", "action": {"type": "search"}},
            {"type": "web_search_call", "action": {"type": "open_page"}},
            {"type": "web_search_call"},
            {"type": "code_interpreter_call"},
            {"type": "mcp_call"},
            {"type": "function_call"},
            {"type": "message"},
            {},
        ]);
        let counts = Value::Object(counts(output.as_array().unwrap()));
        assert_eq!(
            counts,
            json!({"web_search_requests": 2, "code_interpreter_requests": 1, "mcp_calls": 1})
        );
    }
}
