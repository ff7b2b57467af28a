//! The schemas of functions, as each service takes them.

use serde_json::{Map, Value};

/// They say what the schema is, and nothing of the arguments.
const MEMBERS: [&str; 2] = ["$schema", "$id"];

/// Leaves out the name and the version of each schema: the rule `tools.schema-`.
pub(crate) fn leave_out_names(params: &mut Map<String, Value>) -> Option<String> {
    let mut is_changed = false;
    let tools = params.get_mut("tools").and_then(Value::as_array_mut);
    for tool in tools.into_iter().flatten() {
        let schema = tool.pointer_mut("/function/parameters");
        let Some(schema) = schema.and_then(Value::as_object_mut) else {
            continue;
        };
        for name in MEMBERS {
            is_changed |= schema.shift_remove(name).is_some();
        }
    }
    is_changed.then(|| "tools.schema left out".to_owned())
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
        let change = leave_out_names(&mut params);
        assert_eq!(change.as_deref(), Some("tools.schema left out"));
        assert_eq!(Value::from(params.clone()), expected);
        assert_eq!(leave_out_names(&mut params), None);
    }
}
