//! JSON schemas as Gemini takes them: <https://ai.google.dev/api/generate-content#FIELDS.response_json_schema>.

use serde_json::{Map, Value};

use crate::native::object::{object, put};

/// Members whose values are no schemas.
const VALUES: [&str; 5] = ["const", "default", "enum", "example", "examples"];

/// The schema, in which no `$ref` has anything beside it that does not begin with `$`; adds what it changes.
pub(super) fn convert(schema: &Value, changes: &mut Vec<String>) -> Value {
    match schema {
        Value::Array(items) => items.iter().map(|item| convert(item, changes)).collect(),
        Value::Object(members) => {
            let mut converted = Map::new();
            for (name, value) in members {
                let value = if VALUES.contains(&name.as_str()) {
                    value.clone()
                } else {
                    convert(value, changes)
                };
                put(&mut converted, name, value);
            }
            alone(converted, changes)
        }
        other => other.clone(),
    }
}

/// The schema of a function's parameters, which has to be one of an object.
pub(super) fn of_parameters(schema: &Value, changes: &mut Vec<String>) -> Value {
    const ROOTS: [&str; 5] = ["type", "$ref", "anyOf", "oneOf", "allOf"];
    let mut schema = convert(schema, changes);
    if let Value::Object(members) = &mut schema
        && !ROOTS.iter().any(|name| members.contains_key(*name))
    {
        put(members, "type", "object".into());
        change(changes, "tools[].function.parameters.type added");
    }
    schema
}

/// Moves a reference into a list of its own, if it is not alone.
fn alone(mut members: Map<String, Value>, changes: &mut Vec<String>) -> Value {
    let is_alone = members.keys().all(|name| name.starts_with('$'));
    let is_reference = members.get("$ref").is_some_and(Value::is_string);
    if is_reference
        && !is_alone
        && !members.contains_key("anyOf")
        && let Some(reference) = members.shift_remove("$ref")
    {
        let reference = object([("$ref", reference)]);
        put(&mut members, "anyOf", vec![reference].into());
        change(changes, "$ref to anyOf");
    }
    members.into()
}

fn change(changes: &mut Vec<String>, change: &str) {
    if !changes.iter().any(|known| known == change) {
        changes.push(change.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_stand_alone() {
        let mut changes = Vec::new();
        let schema = json!({"type": "object", "$defs": {"A": {"enum": [{"$ref": "x", "b": 1}]}}, "properties": {
            "z": {"$ref": "#/$defs/A", "description": "d"}, "a": {"$ref": "#/$defs/A"}, "$ref": {"type": "string"},
            "l": {"type": "array", "items": {"description": "e", "$ref": "#/$defs/A"}}}});
        assert_eq!(
            convert(&schema, &mut changes).to_string(),
            json!({"type": "object", "$defs": {"A": {"enum": [{"$ref": "x", "b": 1}]}}, "properties": {
                "z": {"description": "d", "anyOf": [{"$ref": "#/$defs/A"}]}, "a": {"$ref": "#/$defs/A"}, "$ref": {"type": "string"},
                "l": {"type": "array", "items": {"description": "e", "anyOf": [{"$ref": "#/$defs/A"}]}}}})
            .to_string()
        );
        assert_eq!(changes, ["$ref to anyOf"]);
    }

    #[test]
    fn parameters_are_an_object() {
        let mut changes = Vec::new();
        assert_eq!(of_parameters(&json!({}), &mut changes), json!({"type": "object"}));
        let union = json!({"anyOf": [{"type": "object"}]});
        assert_eq!(of_parameters(&union, &mut changes), union);
        assert_eq!(changes, ["tools[].function.parameters.type added"]);
    }
}
