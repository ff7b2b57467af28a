//! The executions of a batch, which are known by their names (`docs/spec.md#batches`).

/// The digits of what a line asks.
const KEY: usize = 16;
/// Those digits in earlier versions, which had the line's number before them.
const EARLIER_KEY: usize = 8;
/// The number among equal lines has no more digits than this.
const NUMBER: usize = 10;

/// Whether an execution id is that of a line of this batch.
pub(crate) fn is_line_of(id: &str, batch: &str) -> bool {
    id.strip_prefix(batch)
        .and_then(|rest| rest.strip_prefix('-'))
        .is_some_and(is_line)
}

/// The name of the batch that an execution id would be a line of.
pub(crate) fn batch_of(id: &str) -> Option<&str> {
    let ends = id.rmatch_indices('-').take(2);
    let parts = ends.filter_map(|(at, _)| Some((id.get(..at)?, id.get(at + 1..)?)));
    let found = parts.filter(|(batch, line)| !batch.is_empty() && is_line(line));
    found.last().map(|(batch, _)| batch)
}

/// Whether this is what follows on a batch's name.
fn is_line(text: &str) -> bool {
    match text.split_once('-') {
        None => is_hex(text, KEY),
        Some((key, number)) if is_hex(key, KEY) => is_number(number),
        Some((number, key)) => is_number(number) && is_hex(key, EARLIER_KEY),
    }
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_number(text: &str) -> bool {
    (1..=NUMBER).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_known_by_their_names() {
        for line in ["00000000000000ab", "00000000000000ab-2", "12-0123abcd"] {
            let id = format!("q-1-{line}");
            assert!(is_line_of(&id, "q-1"), "{id}");
            assert!(!is_line_of(&id, "q"), "{id}");
            assert_eq!(batch_of(&id), Some("q-1"));
        }
        for id in [
            "q",
            "q-1",
            "q-00000000000000ab-",
            "q-00000000000000AB",
            "q-00000000000000ab-x",
            "q-0123abcd",
            "01933f5e-8a4b-7c21-9d3e-5f6a7b8c9d0e",
        ] {
            assert!(!is_line_of(id, "q"), "{id}");
            assert_eq!(batch_of(id), None, "{id}");
        }
    }
}
