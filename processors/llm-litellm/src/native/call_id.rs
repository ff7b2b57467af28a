//! Ids of calls for services that take few characters in them.

use runtime::Hasher;

/// How much of a hash tells apart what would be the same after a change.
const HASH: usize = 8;

/// The id in the service's alphabet, no longer than `longest`. Two ids stay two.
pub(crate) fn valid(id: &str, is_valid: impl Fn(char) -> bool, longest: usize) -> String {
    if id.len() <= longest && id.chars().all(&is_valid) {
        return id.to_owned();
    }
    let mut hasher = Hasher::default();
    hasher.update(id.as_bytes());
    let hash = hasher.finish();
    let hash = hash.get(..HASH).unwrap_or(&hash);
    let start = id.chars().take(longest.saturating_sub(HASH + 1));
    let start: String = start.map(|c| if is_valid(c) { c } else { '_' }).collect();
    format!("{start}_{hash}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_ids_stay_two() {
        let valid = |id: &str| valid(id, |c| c.is_ascii_alphanumeric() || c == '_', 20);
        assert_eq!(valid("call_1"), "call_1");
        assert!(valid("call.1").starts_with("call_1_"));
        assert_ne!(valid("call.1"), valid("call:1"));
        assert_ne!(valid(&"a".repeat(21)), valid(&"a".repeat(22)));
        assert_eq!(valid(&"é".repeat(21)).len(), 20);
    }
}
