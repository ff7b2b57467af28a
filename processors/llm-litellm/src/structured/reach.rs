//! How much a schema comes to where every reference in it is followed.

use std::collections::HashMap;

use serde_json::Value;

/// Counts the subschemas that a check can pass through, each as often as references lead to it: a chain of definitions that
/// name the next one twice doubles with each link, and so do the errors that a validator collects. A reference that leads back to where it
/// came from counts once: how often it is followed is the instance's to say.
pub(super) fn of(schema: &Value) -> u64 {
    let mut anchors = HashMap::new();
    find_anchors(schema, &mut anchors);
    let mut reach = Reach {
        root: schema,
        anchors,
        known: HashMap::new(),
    };
    reach.of(schema)
}

struct Reach<'a> {
    root: &'a Value,
    anchors: HashMap<&'a str, &'a Value>,
    /// By the place in memory; 1 as long as it is being counted.
    known: HashMap<*const Value, u64>,
}

impl<'a> Reach<'a> {
    fn of(&mut self, schema: &'a Value) -> u64 {
        let place: *const Value = schema;
        if let Some(count) = self.known.get(&place) {
            return *count;
        }
        self.known.insert(place, 1);
        let count = match schema {
            Value::Array(items) => items
                .iter()
                .fold(1_u64, |sum, item| sum.saturating_add(self.of(item))),
            Value::Object(members) => members.iter().fold(1_u64, |sum, (name, member)| {
                let target = match name.as_str() {
                    "$ref" | "$dynamicRef" | "$recursiveRef" => self.target(member),
                    _ => Some(member),
                };
                sum.saturating_add(target.map_or(1, |target| self.of(target)))
            }),
            _ => 0,
        };
        self.known.insert(place, count);
        count
    }

    /// What a reference within the document leads to.
    fn target(&self, reference: &Value) -> Option<&'a Value> {
        let fragment = reference.as_str()?.split_once('#')?.1;
        match fragment.is_empty() || fragment.starts_with('/') {
            true => self.root.pointer(fragment),
            false => self.anchors.get(fragment).copied(),
        }
    }
}

fn find_anchors<'a>(schema: &'a Value, anchors: &mut HashMap<&'a str, &'a Value>) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| find_anchors(item, anchors)),
        Value::Object(members) => {
            let named = ["$anchor", "$dynamicAnchor"].map(|key| members.get(key).and_then(Value::as_str));
            for name in named.into_iter().flatten() {
                anchors.insert(name, schema);
            }
            members.values().for_each(|member| find_anchors(member, anchors));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_are_followed_and_end() {
        assert_eq!(of(&json!({})), 1);
        assert_eq!(
            of(&json!({"type": "object", "properties": {"a": {}, "b": {}}})),
            4
        );
        let twice =
            json!({"$defs": {"x": {"items": {}}}, "allOf": [{"$ref": "#/$defs/x"}, {"$ref": "#/$defs/x"}]});
        assert_eq!(of(&twice), 1 + (1 + 2) + (1 + 2 * (1 + 2)));
        let anchored = json!({"$defs": {"x": {"$anchor": "x", "items": {}}}, "$ref": "#x"});
        assert_eq!(of(&anchored), 1 + (1 + 2) + 2);
        assert_eq!(of(&json!({"$ref": "#"})), 2);
        assert_eq!(of(&json!({"$ref": "other.json"})), 2);
    }

    #[test]
    fn a_doubling_has_no_end() {
        let defs: serde_json::Map<_, _> = (0..100)
            .map(|n| {
                let next = json!({"$ref": format!("#/$defs/d{}", n + 1)});
                (format!("d{n}"), json!({"allOf": [next, next]}))
            })
            .collect();
        assert_eq!(of(&json!({"$defs": defs, "$ref": "#/$defs/d0"})), u64::MAX);
    }
}
