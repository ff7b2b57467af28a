//! Names and ids in the alphabets that Bedrock has for them.

use runtime::Hasher;

/// The longest name of a tool, and the longest id of a call.
const LONGEST: usize = 64;
/// How much of a hash tells apart what would be the same after a change.
const HASH: usize = 8;

/// The name of a tool: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolSpecification.html>.
pub(super) fn tool(name: &str) -> String {
    let replaced = replaced(name, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if replaced.starts_with(|first: char| first.is_ascii_alphabetic()) {
        replaced
    } else {
        format!("a{replaced}")
    }
}

/// The id of a call: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolUseBlock.html>. Two ids stay two.
pub(super) fn call(id: &str) -> String {
    let replaced = replaced(id, |c| {
        c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':' | '-')
    });
    if replaced == id && id.len() <= LONGEST {
        return replaced;
    }
    let mut hasher = Hasher::default();
    hasher.update(id.as_bytes());
    let hash = hasher.finish();
    let start = replaced.get(..LONGEST - HASH - 1).unwrap_or(&replaced);
    format!("{start}_{}", hash.get(..HASH).unwrap_or(&hash))
}

/// The name of a document, without its extension:
/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html>.
pub(super) fn document(filename: Option<&str>) -> String {
    let filename = filename.unwrap_or_default();
    let stem = filename.rsplit_once('.').map_or(filename, |(stem, _)| stem);
    let words: Vec<_> = replaced(stem, |c| {
        c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '(' | ')' | '[' | ']')
    })
    .split(['_', ' '])
    .filter(|word| !word.is_empty())
    .map(str::to_owned)
    .collect();
    let name: String = words.join(" ").chars().take(LONGEST).collect();
    if name.trim().is_empty() {
        "document".to_owned()
    } else {
        name
    }
}

fn replaced(name: &str, is_valid: impl Fn(char) -> bool) -> String {
    let chars = name.chars();
    chars.map(|c| if is_valid(c) { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_valid() {
        assert_eq!(tool("get.weather"), "get_weather");
        assert_eq!(tool("1st"), "a1st");
        assert_eq!(call("call:1"), "call:1");
        assert_ne!(call("a/1"), call("a|1"));
        assert_eq!(call(&"é".repeat(70)).len(), LONGEST);
        assert_eq!(document(Some("My file_v2 (1).final.pdf")), "My file v2 (1) final");
        for none in [None, Some(""), Some("é.pdf")] {
            assert_eq!(document(none), "document");
        }
    }
}
