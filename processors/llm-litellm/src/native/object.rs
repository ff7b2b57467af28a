//! Objects in JSON. A member by `json!` takes four times as much of the binary.

use serde_json::{Map, Value};

/// An object of these members.
pub(crate) fn object<const N: usize>(mut members: [(&str, Value); N]) -> Value {
    collect(&mut members)
}

fn collect(members: &mut [(&str, Value)]) -> Value {
    let mut object = Map::new();
    for (name, value) in members {
        put(&mut object, name, value.take());
    }
    object.into()
}

/// Adds a member, or replaces it.
pub(crate) fn put(object: &mut Map<String, Value>, name: &str, value: Value) {
    object.insert(name.to_owned(), value);
}

/// Adds a member to an object, or replaces it; anything else stays as it is.
pub(crate) fn set(object: &mut Value, name: &str, value: Value) {
    if let Value::Object(members) = object {
        put(members, name, value);
    }
}

/// The items of a list member; none if it is missing or no list.
pub(crate) fn list<'a>(object: &'a Value, name: &str) -> &'a [Value] {
    let list = object.get(name).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}
