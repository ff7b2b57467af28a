//! Members of a body that more than one parameter may give.

use serde_json::{Map, Value};

/// Sets a member, and reports another value that it replaces.
pub(crate) fn set(members: &mut Map<String, Value>, name: &str, value: Value, changes: &mut Vec<String>) {
    if members.get(name).is_some_and(|known| *known != value) {
        changes.push(format!("{name} of other parameters left out"));
    }
    members.insert(name.to_owned(), value);
}
