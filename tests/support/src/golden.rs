//! Golden files: what a user finds on disk, except two values that are never the same.

use std::path::Path;

use crate::finished::Finished;

/// The documents that hold what varies, by file name.
const MASKED: [&str; 3] = ["receipt.json", "determinism.json", ENVELOPE];

/// The name under which stdout is kept.
const ENVELOPE: &str = "envelope.json";

impl Finished {
    /// Fails unless stdout (as `envelope.json`) and every file below the artifacts directory are those of this directory, byte
    /// for byte but for the values of `timestamp_utc` and `duration_ms`; `SNAPSHOTS=overwrite` makes them so.
    #[track_caller]
    pub fn assert_golden(&self, dir: &Path) -> &Self {
        let mut files = self.files();
        files.insert(ENVELOPE.into(), self.stdout.clone().into_bytes());
        for (path, bytes) in &mut files {
            let name = path.rsplit('/').next().unwrap_or_default();
            if MASKED.contains(&name) {
                let text = std::str::from_utf8(bytes).expect("a document is UTF-8");
                *bytes = mask(text).into_bytes();
            }
        }
        runtime::testing::assert_golden(&files, dir);
        self
    }
}

/// Replaces the two values, once they are seen to have the right form.
fn mask(document: &str) -> String {
    let is_time = |value: &str| value.len() == 22 && value.starts_with("\"20") && value.ends_with("Z\"");
    let is_count = |value: &str| value.bytes().all(|b| b.is_ascii_digit());
    let masked = mask_field(document, "timestamp_utc", is_time);
    mask_field(&masked, "duration_ms", is_count)
}

fn mask_field(document: &str, name: &str, is_right: impl Fn(&str) -> bool) -> String {
    let key = format!("\"{name}\":");
    let mut parts = document.split(&key);
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find([',', '}']).expect("the value ends");
        let (value, rest) = part.split_at(end);
        assert!(is_right(value), "{name} is {value}");
        masked.push_str(&format!("{key}\"[{name}]\"{rest}"));
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_values_are_masked_and_nothing_else() {
        assert_eq!(
            mask(r#"{"duration_ms":12,"mode":"mock","timestamp_utc":"2026-11-02T00:00:00Z"}"#),
            r#"{"duration_ms":"[duration_ms]","mode":"mock","timestamp_utc":"[timestamp_utc]"}"#
        );
    }

    #[test]
    #[should_panic(expected = "duration_ms is -1")]
    fn a_wrong_value_is_not_masked() {
        mask(r#"{"duration_ms":-1}"#);
    }
}
