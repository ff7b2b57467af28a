//! Reads a few members of a JSON object.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

/// The members of an object as raw JSON; of a duplicate key the last one, as in most programs.
pub type Members<'a> = BTreeMap<String, &'a RawValue>;

/// Reads a member; `None` if it is missing or has another type.
#[must_use]
pub fn member<'a, T: Deserialize<'a>>(members: &Members<'a>, name: &str) -> Option<T> {
    serde_json::from_str(members.get(name)?.get()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_read_leniently() {
        let members: Members<'_> = serde_json::from_str(r#"{"a":1,"b":[1e400],"a":2}"#).unwrap();
        assert_eq!(member(&members, "a"), Some(2));
        assert_eq!(member::<String>(&members, "a"), None);
        assert_eq!(member::<Vec<f64>>(&members, "b"), None);
        assert_eq!(member::<u8>(&members, "c"), None);
    }
}
