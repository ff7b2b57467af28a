//! Tools as each service takes them. The rules' names begin with `tools.`:
//!
//! | rule | what becomes of the tools |
//! |---|---|
//! | `schema-` | the name and the version of a function's schema are left out |
//! | `strict-` | `strict` is left out of functions |

use serde_json::{Map, Value};

use super::rules::{Rule, Rules};

const TOOLS: &str = "tools";
/// They say what a schema is, and nothing of the arguments.
const OF_SCHEMA: [&str; 2] = ["$schema", "$id"];

/// Changes the tools as the rules have it, and reports each kind of change once.
pub(crate) fn rewrite(params: &mut Map<String, Value>, rules: &Rules, changes: &mut Vec<String>) {
    for (name, rule) in rules.below("tools.") {
        let change: fn(&mut Value) -> bool = match (name, rule) {
            ("schema", Rule::Unknown) => leave_out_names,
            ("strict", Rule::Unknown) => leave_out_strict,
            _ => continue,
        };
        let tools = params.get_mut(TOOLS).and_then(Value::as_array_mut);
        let count = tools
            .into_iter()
            .flatten()
            .filter_map(|tool| change(tool).then_some(()))
            .count();
        if count > 0 {
            changes.push(format!("tools.{name} left out"));
        }
    }
}

fn leave_out_names(tool: &mut Value) -> bool {
    let schema = tool.pointer_mut("/function/parameters");
    let Some(schema) = schema.and_then(Value::as_object_mut) else {
        return false;
    };
    let removed = OF_SCHEMA.map(|name| schema.shift_remove(name).is_some());
    removed.contains(&true)
}

fn leave_out_strict(tool: &mut Value) -> bool {
    let function = tool.get_mut("function").and_then(Value::as_object_mut);
    function.is_some_and(|function| function.shift_remove("strict").is_some())
}

/// Adds a tool, unless there is one of its type already.
pub(crate) fn add(params: &mut Map<String, Value>, tool: Value) {
    match params.get_mut(TOOLS) {
        Some(Value::Array(tools)) => {
            if tools.iter().all(|known| known.get("type") != tool.get("type")) {
                tools.push(tool);
            }
        }
        // anything else is wrong, which the service says
        Some(other) if !other.is_null() => {}
        _ => {
            params.insert(TOOLS.to_owned(), Value::Array(vec![tool]));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_schemas_lose_their_names() {
        let properties = json!({"$id": {"type": "string"}});
        let given = json!({"tools": [
            {"function": {"parameters": {"$id": "x", "$schema": "y", "properties": properties}}}, {"type": "other"}, 7,
        ]});
        let expected = json!({"tools": [{"function": {"parameters": {"properties": properties}}}, {"type": "other"}, 7]});
        let mut params = given.as_object().unwrap().clone();
        let rules = Rules::find("mistral", "m");
        let mut changes = Vec::new();
        rewrite(&mut params, &rules, &mut changes);
        rewrite(&mut params, &rules, &mut changes);
        assert_eq!(changes, ["tools.schema left out"]);
        assert_eq!(Value::from(params), expected);
    }

    #[test]
    fn functions_are_not_strict_where_no_service_enforces_it() {
        let given = json!({"tools": [
            {"type": "function", "function": {"name": "f", "strict": true, "parameters": {"properties": {"strict": {}}}}},
        ]});
        let expected = json!({"tools": [
            {"type": "function", "function": {"name": "f", "parameters": {"properties": {"strict": {}}}}},
        ]});
        for (prefix, expected, changed) in [("xai", &expected, 1), ("openai", &given, 0)] {
            let mut params = given.as_object().unwrap().clone();
            let mut changes = Vec::new();
            rewrite(&mut params, &Rules::find(prefix, "m"), &mut changes);
            assert_eq!(
                (&Value::from(params), changes.len()),
                (expected, changed),
                "{prefix}"
            );
        }
    }

    #[test]
    fn a_tool_is_added_once() {
        let search = json!({"type": "browser_search"});
        let function = json!({"type": "function"});
        for (given, expected) in [
            (json!({}), json!({"tools": [search]})),
            (json!({"tools": null}), json!({"tools": [search]})),
            (json!({"tools": [function]}), json!({"tools": [function, search]})),
            (json!({"tools": [search]}), json!({"tools": [search]})),
            (json!({"tools": "x"}), json!({"tools": "x"})),
        ] {
            let mut params = given.as_object().unwrap().clone();
            add(&mut params, search.clone());
            assert_eq!(Value::from(params), expected, "{given}");
        }
    }
}
