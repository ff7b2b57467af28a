//! Texts that come in pieces.

use serde_json::value::RawValue;

use crate::output::Text;

/// What a list of texts makes when they are put together; `None` for any other output.
pub(crate) fn joined(output: &str) -> Option<String> {
    let pieces: Vec<&RawValue> = serde_json::from_str(output).ok()?;
    // as one text of JSON: the halves of a surrogate pair may be in two pieces
    let mut whole = String::with_capacity(output.len());
    whole.push('"');
    for piece in pieces {
        whole.push_str(piece.get().strip_prefix('"')?.strip_suffix('"')?);
    }
    whole.push('"');
    let text: Text<'_> = serde_json::from_str(&whole).ok()?;
    Some(text.to_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_put_together_without_anything_between() {
        for (output, expected) in [
            (r#"["a", " \"b\"\n", "", "ü"]"#, Some("a \"b\"\nü")),
            (r#"["\ud83d","\ude00"]"#, Some("😀")),
            (r#"["\ud83d","x"]"#, Some("\u{fffd}\u{fffd}\u{fffd}x")),
            ("[]", Some("")),
            (r#"["a",1]"#, None),
            (r#"["a",["b"]]"#, None),
            (r#"["a",null]"#, None),
            (r#""a""#, None),
            (r#"{"a":"b"}"#, None),
            ("null", None),
        ] {
            assert_eq!(joined(output).as_deref(), expected, "{output}");
        }
    }
}
