//! The JSON Schema of structured outputs:
//! <https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations>.

use crate::native::object::put;
use std::collections::HashMap;

use serde_json::{Map, Value};

/// Keywords that Anthropic refuses. What they ask for goes into the description, as in Anthropic's own SDKs.
const REFUSED: [&str; 26] = [
    "minItems",
    "maxItems",
    "uniqueItems",
    "contains",
    "minContains",
    "maxContains",
    "prefixItems",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minProperties",
    "maxProperties",
    "patternProperties",
    "propertyNames",
    "dependentRequired",
    "dependentSchemas",
    "unevaluatedProperties",
    "unevaluatedItems",
    "if",
    "then",
    "else",
    "not",
];

const FORMATS: [&str; 10] = [
    "date-time",
    "time",
    "date",
    "duration",
    "email",
    "hostname",
    "uri",
    "ipv4",
    "ipv6",
    "uuid",
];

/// The schema as Anthropic takes it: objects are closed, `oneOf` is `anyOf`, and what is refused becomes a description.
pub(crate) fn constrained(schema: &Value) -> Value {
    let Value::Object(members) = schema else {
        return schema.clone();
    };
    let mut result = Map::new();
    let mut moved = Map::new();
    for (name, value) in members {
        match (name.as_str(), value) {
            ("properties" | "$defs" | "definitions", Value::Object(schemas)) => {
                let schemas = schemas
                    .iter()
                    .map(|(name, schema)| (name.clone(), constrained(schema)));
                put(&mut result, name, Value::Object(schemas.collect()));
            }
            ("items", _) => {
                put(&mut result, name, constrained(value));
            }
            ("anyOf" | "oneOf" | "allOf", Value::Array(schemas)) => {
                let to = if name == "oneOf" { "anyOf" } else { name };
                let schemas = schemas.iter().map(constrained);
                match result.get_mut(to) {
                    Some(Value::Array(known)) => known.extend(schemas),
                    _ => {
                        put(&mut result, to, schemas.collect());
                    }
                }
            }
            // the values imply the type
            ("type", Value::Array(_)) if members.contains_key("enum") => {}
            _ if is_refused(name, value) => {
                if value != &Value::Bool(false) {
                    put(&mut moved, name, value.clone());
                }
            }
            _ => {
                put(&mut result, name, value.clone());
            }
        }
    }
    if !moved.is_empty() {
        let moved = Value::Object(moved);
        let description = match result.get("description").and_then(Value::as_str) {
            Some(text) => format!("{text} {moved}"),
            None => moved.to_string(),
        };
        put(&mut result, "description", description.into());
    }
    if is_object(&result) {
        put(&mut result, "additionalProperties", false.into());
    }
    result.into()
}

fn is_refused(name: &str, value: &Value) -> bool {
    match name {
        "minItems" => !matches!(value.as_u64(), Some(0 | 1)),
        "format" => value.as_str().is_some_and(|format| !FORMATS.contains(&format)),
        _ => REFUSED.contains(&name),
    }
}

fn is_object(schema: &Map<String, Value>) -> bool {
    match schema.get("type") {
        Some(Value::String(name)) => name == "object",
        Some(Value::Array(names)) => names.iter().any(|name| name == "object"),
        _ => false,
    }
}

/// Whether an object in it may have members that it does not name. Structured outputs know no such objects.
pub(crate) fn has_open_object(schema: &Value) -> bool {
    match schema {
        Value::Array(schemas) => schemas.iter().any(has_open_object),
        Value::Object(members) => is_open(members) || members.values().any(has_open_object),
        _ => false,
    }
}

fn is_open(schema: &Map<String, Value>) -> bool {
    let has_names = schema
        .get("properties")
        .and_then(Value::as_object)
        .is_some_and(|names| !names.is_empty());
    match schema.get("additionalProperties") {
        Some(Value::Bool(is_open)) => is_object(schema) && *is_open,
        Some(Value::Object(_)) => is_object(schema),
        _ => is_object(schema) && !has_names && !schema.contains_key("$ref"),
    }
}

/// Whether a definition in it refers to itself, also by way of others. Structured outputs know no recursion.
pub(crate) fn is_recursive(schema: &Value) -> bool {
    let mut all = Vec::new();
    references(schema, &mut all);
    all.contains(&"#") || has_circle(&targets(schema))
}

/// The positions of the definitions that each definition refers to.
fn targets(schema: &Value) -> Vec<Vec<usize>> {
    let mut positions: HashMap<String, usize> = HashMap::new();
    let mut found = Vec::new();
    for name in ["$defs", "definitions"] {
        let definitions = schema.get(name).and_then(Value::as_object);
        for (key, definition) in definitions.into_iter().flatten() {
            positions.insert(format!("#/{name}/{key}"), found.len());
            let mut own = Vec::new();
            references(definition, &mut own);
            found.push(own);
        }
    }
    let known = |own: Vec<&str>| {
        own.iter()
            .filter_map(|name| positions.get(*name).copied())
            .collect()
    };
    found.into_iter().map(known).collect()
}

/// Whether something is left when again and again what nothing refers to is taken away.
fn has_circle(targets: &[Vec<usize>]) -> bool {
    let mut referring = vec![0_usize; targets.len()];
    let mut change = |at: usize, by: isize| {
        let count = referring.get_mut(at)?;
        *count = count.saturating_add_signed(by);
        (*count == 0).then_some(at)
    };
    for target in targets.iter().flatten() {
        change(*target, 1);
    }
    let mut free: Vec<usize> = (0..targets.len()).filter(|at| change(*at, 0).is_some()).collect();
    let mut next = 0;
    while let Some(at) = free.get(next).copied() {
        for target in targets.get(at).into_iter().flatten() {
            free.extend(change(*target, -1));
        }
        next += 1;
    }
    next < targets.len()
}

fn references<'a>(schema: &'a Value, found: &mut Vec<&'a str>) {
    match schema {
        Value::Array(schemas) => schemas.iter().for_each(|schema| references(schema, found)),
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|schema| references(schema, found));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_refused_becomes_a_description() {
        #[rustfmt::skip]
        let cases = [
            (json!({"type": "string", "minLength": 3, "description": "A name."}), json!({"type": "string", "description": "A name. {\"minLength\":3}"})),
            (json!({"type": "array", "minItems": 1, "uniqueItems": false, "items": {"type": "integer", "minimum": 1}}),
             json!({"type": "array", "minItems": 1, "items": {"type": "integer", "description": "{\"minimum\":1}"}})),
            (json!({"type": "array", "minItems": 2}), json!({"type": "array", "description": "{\"minItems\":2}"})),
            (json!({"type": ["string", "null"], "enum": ["a", null]}), json!({"enum": ["a", null]})),
            (json!({"type": "string", "format": "iri"}), json!({"type": "string", "description": "{\"format\":\"iri\"}"})),
            (json!({"type": "string", "format": "date"}), json!({"type": "string", "format": "date"})),
            (json!({"oneOf": [{"type": "null"}], "anyOf": [{"type": "object"}]}), json!({"anyOf": [{"type": "null"}, {"type": "object", "additionalProperties": false}]})),
            (json!({"type": "object", "properties": {"not": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"maxLength": 2}}}),
             json!({"type": "object", "properties": {"not": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"description": "{\"maxLength\":2}"}}, "additionalProperties": false})),
            (json!(true), json!(true)),
        ];
        for (given, expected) in cases {
            assert_eq!(constrained(&given), expected);
        }
    }

    #[test]
    fn open_objects_are_found() {
        for open in [
            json!({"type": "object"}),
            json!({"type": "object", "additionalProperties": {"type": "string"}}),
            json!({"type": "object", "properties": {"a": {"type": ["object", "null"], "additionalProperties": true}}}),
            json!({"type": "array", "items": {"anyOf": [{"type": "object", "properties": {}}]}}),
        ] {
            assert!(has_open_object(&open), "{open}");
        }
        for closed in [
            json!({"type": "object", "properties": {"a": {"type": "string"}}}),
            json!({"type": "object", "additionalProperties": false}),
            json!({"type": "string"}),
        ] {
            assert!(!has_open_object(&closed), "{closed}");
        }
    }

    #[test]
    fn recursion_is_found() {
        let node = |target: &str| json!({"$ref": "#/$defs/a", "$defs": {"a": {"items": {"$ref": target}}, "b": {"properties": {"x": {"$ref": "#/$defs/c"}}}, "c": {}}});
        assert!(is_recursive(&node("#/$defs/a")));
        assert!(is_recursive(&node("#")));
        assert!(!is_recursive(&node("#/$defs/b")));
        let by_way =
            json!({"definitions": {"a": {"$ref": "#/definitions/b"}, "b": [{"$ref": "#/definitions/a"}]}});
        assert!(is_recursive(&by_way));
        assert!(!is_recursive(&json!({"$defs": []})));
    }
}
