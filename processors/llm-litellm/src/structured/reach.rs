//! The size of a schema with every reference in it followed.

use std::collections::HashMap;

use serde_json::Value;

/// Counts the subschemas that a check can visit, each as often as references lead to it: in a chain of definitions that each name
/// the next one twice, the count doubles with each link, as do the errors that a validator collects. A recursive reference counts
/// once, as the instance decides how often it is followed.
pub(super) fn count(schema: &Value) -> u64 {
    let mut anchors = HashMap::new();
    find_anchors(schema, &mut anchors);
    let mut reach = Reach {
        root: schema,
        anchors,
        counts: HashMap::new(),
    };
    reach.count(schema)
}

struct Reach<'a> {
    root: &'a Value,
    anchors: HashMap<&'a str, &'a Value>,
    /// The counts by address in memory; 1 while a schema is being counted.
    counts: HashMap<*const Value, u64>,
}

impl<'a> Reach<'a> {
    fn count(&mut self, schema: &'a Value) -> u64 {
        let address: *const Value = schema;
        if let Some(count) = self.counts.get(&address) {
            return *count;
        }
        self.counts.insert(address, 1);
        let count = match schema {
            Value::Array(items) => items
                .iter()
                .fold(1_u64, |sum, item| sum.saturating_add(self.count(item))),
            Value::Object(members) => members.iter().fold(1_u64, |sum, (name, member)| {
                let target = match name.as_str() {
                    "$ref" | "$dynamicRef" | "$recursiveRef" => self.target(member),
                    _ => Some(member),
                };
                sum.saturating_add(target.map_or(1, |target| self.count(target)))
            }),
            _ => 0,
        };
        self.counts.insert(address, count);
        count
    }

    /// The target of a reference within the document.
    fn target(&self, reference: &Value) -> Option<&'a Value> {
        let fragment = reference.as_str()?.split_once('#')?.1;
        if fragment.is_empty() || fragment.starts_with('/') {
            return self.root.pointer(fragment);
        }
        self.anchors.get(fragment).copied()
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
        assert_eq!(count(&json!({})), 1);
        assert_eq!(
            count(&json!({"type": "object", "properties": {"a": {}, "b": {}}})),
            4
        );
        let twice =
            json!({"$defs": {"x": {"items": {}}}, "allOf": [{"$ref": "#/$defs/x"}, {"$ref": "#/$defs/x"}]});
        assert_eq!(count(&twice), 1 + (1 + 2) + (1 + 2 * (1 + 2)));
        let anchored = json!({"$defs": {"x": {"$anchor": "x", "items": {}}}, "$ref": "#x"});
        assert_eq!(count(&anchored), 1 + (1 + 2) + 2);
        assert_eq!(count(&json!({"$ref": "#"})), 2);
        assert_eq!(count(&json!({"$ref": "other.json"})), 2);
    }

    #[test]
    fn exponential_growth_saturates() {
        let defs: serde_json::Map<_, _> = (0..100)
            .map(|n| {
                let next = json!({"$ref": format!("#/$defs/d{}", n + 1)});
                (format!("d{n}"), json!({"allOf": [next, next]}))
            })
            .collect();
        assert_eq!(count(&json!({"$defs": defs, "$ref": "#/$defs/d0"})), u64::MAX);
    }
}
