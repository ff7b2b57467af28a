//! How much memory a value takes, about.

use serde_json::{Map, Value};

/// That of a value without its text or its items.
pub(crate) const EACH: usize = 200;

/// The size of a value, in bytes.
pub(crate) fn of(value: &Value) -> usize {
    EACH + match value {
        Value::String(text) => text.len() * 3 / 2, // it has room to grow
        Value::Array(items) => items.iter().map(of).sum(),
        Value::Object(members) => of_members(members),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

/// The size of the members of an object, in bytes.
pub(crate) fn of_members(members: &Map<String, Value>) -> usize {
    let sizes = members.iter().map(|(name, value)| name.len() + of(value));
    sizes.sum()
}
