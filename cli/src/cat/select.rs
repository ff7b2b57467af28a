//! What a JSON pointer names in a document.

use anyhow::Context as _;
use serde_json::value::RawValue;

use crate::pointer::member;

/// What the pointer (RFC 6901) names: a text as it is, anything else as its JSON is written, so that no number changes.
///
/// # Errors
///
/// For what is no JSON, and for a pointer that names nothing in it.
pub(super) fn select(document: &[u8], pointer: &str) -> anyhow::Result<String> {
    let mut value: &RawValue = serde_json::from_slice(document).context("it is no JSON")?;
    for (depth, name) in pointer.split('/').enumerate().skip(1) {
        value = member(value, name).with_context(|| {
            let name = name.replace("~1", "/").replace("~0", "~");
            let above: Vec<_> = pointer.split('/').take(depth).collect();
            format!(
                "{} has no {name:?}",
                if depth == 1 { "it".into() } else { above.join("/") }
            )
        })?;
    }
    Ok(match serde_json::from_str::<String>(value.get()) {
        Ok(text) => text,
        Err(_) => value.get().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"{"a":[{"b":"x\ny"},12345678901234567890.10],"c/d":{"~":null},"":1}"#;

    #[test]
    fn pointers_name_what_they_name() {
        for (pointer, expected) in [
            ("/a/0/b", "x\ny"),
            ("/a/1", "12345678901234567890.10"),
            ("/c~1d/~0", "null"),
            ("/", "1"),
            ("/a/0", r#"{"b":"x\ny"}"#),
        ] {
            assert_eq!(
                select(DOCUMENT.as_bytes(), pointer).unwrap(),
                expected,
                "{pointer}"
            );
        }
        assert_eq!(select(DOCUMENT.as_bytes(), "").unwrap(), DOCUMENT);
        for pointer in ["/b", "/a/2", "/a/00", "/a/-", "/a/0/b/c", "/c"] {
            assert!(select(DOCUMENT.as_bytes(), pointer).is_err(), "{pointer}");
        }
    }
}
