//! Objects in JSON.

use serde_json::Value;

/// Sets a member of an object; anything else stays as it is.
pub(super) fn set(object: &mut Value, name: &str, value: impl Into<Value>) {
    if let Value::Object(members) = object {
        members.insert(name.to_owned(), value.into());
    }
}
