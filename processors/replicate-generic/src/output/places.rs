//! The subschemas that apply to the values of an output, each set of them found once: an output may have a million values.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::schema::{Schema, StringType, Subschemas};

/// A set of subschemas, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(usize);

/// The sets that have been found so far.
#[derive(Debug)]
pub(super) struct Places<'a> {
    schema: &'a Schema,
    known: Vec<Known<'a>>,
    /// By the addresses of the subschemas.
    numbers: HashMap<Vec<*const Value>, usize>,
}

/// A set, and where it leads.
#[derive(Debug)]
struct Known<'a> {
    subschemas: Subschemas<'a>,
    string_type: StringType,
    properties: Vec<&'a Map<String, Value>>,
    items: Option<Place>,
    /// The members that `properties` name.
    members: HashMap<String, Place>,
    /// Any other member.
    others: Option<Place>,
}

impl<'a> Places<'a> {
    pub(super) fn new(schema: &'a Schema) -> Self {
        Self {
            schema,
            known: Vec::new(),
            numbers: HashMap::new(),
        }
    }

    /// That of the whole output.
    pub(super) fn output(&mut self) -> Place {
        self.enter(self.schema.output())
    }

    /// That of the items of a list.
    pub(super) fn items(&mut self, list: Place) -> Place {
        let Some(known) = self.known.get(list.0) else {
            return list;
        };
        if let Some(items) = known.items {
            return items;
        }
        let items = self.enter(self.schema.items(&known.subschemas));
        if let Some(known) = self.known.get_mut(list.0) {
            known.items = Some(items);
        }
        items
    }

    /// That of a member of an object.
    pub(super) fn member(&mut self, object: Place, name: &str) -> Place {
        let Some(known) = self.known.get(object.0) else {
            return object;
        };
        if let Some(member) = known.members.get(name) {
            return *member;
        }
        let is_named = known.properties.iter().any(|named| named.contains_key(name));
        if let Some(others) = known.others.filter(|_| !is_named) {
            return others;
        }
        let member = self.enter(self.schema.member(&known.subschemas, name));
        if let Some(known) = self.known.get_mut(object.0) {
            if is_named {
                known.members.insert(name.to_owned(), member);
            } else {
                known.others = Some(member);
            }
        }
        member
    }

    /// What is declared for a string there.
    pub(super) fn string_type(&self, place: Place) -> StringType {
        let known = self.known.get(place.0);
        known.map_or(StringType::Unknown, |known| known.string_type)
    }

    fn enter(&mut self, subschemas: Subschemas<'a>) -> Place {
        let addresses = subschemas.0.iter().map(|schema| std::ptr::from_ref(*schema));
        let mut addresses: Vec<_> = addresses.collect();
        addresses.sort_unstable();
        let number = self.numbers.entry(addresses).or_insert_with(|| {
            let properties = subschemas.0.iter().filter_map(|schema| {
                let properties = schema.get("properties")?;
                properties.as_object()
            });
            self.known.push(Known {
                string_type: subschemas.string_type(),
                properties: properties.collect(),
                subschemas,
                items: None,
                members: HashMap::new(),
                others: None,
            });
            self.known.len() - 1
        });
        Place(*number)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_place_that_refers_to_itself_is_found_once() {
        let itself = json!({"$ref": "#/components/schemas/Output"});
        let file = json!({"type": "string", "format": "uri"});
        let mut branches = vec![itself.clone(); 13];
        branches.push(json!({"items": itself, "properties": {"f": file}, "additionalProperties": itself}));
        let document = json!({"components": {"schemas": {"Output": {"anyOf": branches}}}});
        let schema = Schema::from_document(document);
        let mut places = Places::new(&schema);
        let output = places.output();
        let (mut at, mut member) = (output, output);
        for n in 0..1_000 {
            at = places.items(at);
            member = places.member(member, &n.to_string());
            let named = places.member(at, "f");
            assert_eq!(places.string_type(named), StringType::File);
        }
        // the output, its items, its members, and the file
        assert_eq!(places.known.len(), 4);
        assert!(places.known.iter().all(|known| known.members.len() <= 1));
    }
}
