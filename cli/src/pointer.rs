//! JSON pointers (RFC 6901) into documents, without a change to what they name: not even to the digits of a number.

use std::collections::HashMap;

use serde_json::value::RawValue;

/// Whether a text is a pointer: empty, or `/` and names; `~` only as `~0` and `~1`.
pub(crate) fn is_pointer(text: &str) -> bool {
    (text.is_empty() || text.starts_with('/'))
        && text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']))
}

/// What it names in a document, if that is JSON and has it.
pub(crate) fn find<'a>(document: &'a [u8], pointer: &str) -> Option<&'a RawValue> {
    let mut value: &RawValue = serde_json::from_slice(document).ok()?;
    for name in pointer.split('/').skip(1) {
        value = member(value, name)?;
    }
    Some(value)
}

/// What one name of a pointer, as it is written there, names in a value.
pub(crate) fn member<'a>(value: &'a RawValue, name: &str) -> Option<&'a RawValue> {
    let name = &*name.replace("~1", "/").replace("~0", "~");
    let json = value.get();
    if json.starts_with('{') {
        let mut members: HashMap<String, &RawValue> = serde_json::from_str(json).ok()?;
        return members.remove(name);
    }
    let is_index = name == "0" || !name.starts_with(['0', '+']);
    let index: usize = name.parse().ok().filter(|_| is_index)?;
    let items: Vec<&RawValue> = serde_json::from_str(json).ok()?;
    items.get(index).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_names_a_part_as_it_is_written() {
        let document = br#"{"a":[{"b":"x"},12345678901234567890.10],"c/d":{"~":null},"":1}"#;
        for (pointer, expected) in [
            ("/a/0/b", r#""x""#),
            ("/a/1", "12345678901234567890.10"),
            ("/c~1d/~0", "null"),
            ("/", "1"),
        ] {
            assert!(is_pointer(pointer));
            assert_eq!(find(document, pointer).unwrap().get(), expected, "{pointer}");
        }
        for pointer in ["/b", "/a/2", "/a/00", "/a/+1", "/a/-", "/a/0/b/c"] {
            assert!(find(document, pointer).is_none(), "{pointer}");
        }
        assert!(!is_pointer("a") && !is_pointer("/~2"));
        assert!(find(b"no JSON", "").is_none());
    }
}
