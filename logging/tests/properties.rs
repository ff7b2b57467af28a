//! What holds for any text and any secret.

#![allow(clippy::indexing_slicing, reason = "a test may fail by panicking")]

use proptest::prelude::*;
use serde_json::Value;

use logging::{REDACTED, Redactor};

/// A quoted text without its quotes.
fn inner(quoted: &str) -> String {
    quoted[1..quoted.len() - 1].to_owned()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))] // a secret has hundreds of forms

    #[test]
    fn a_secret_is_gone_from_any_text(secret in "[ -~\u{e9}\n\t]{1,24}", before in "[^a-zA-Z0-9]{0,8}") {
        prop_assume!(!secret.trim().is_empty() && !REDACTED.contains(secret.trim()));
        let redactor = Redactor::default();
        redactor.add("KEY", &secret);
        let json = |text: &str| Value::from(text).to_string();
        let debug = |text: &str| format!("{text:?}");
        let spellings = [
            secret.clone(),
            inner(&json(&secret)),
            inner(&json(&json(&secret))),
            inner(&debug(&json(&json(&secret)))),
            inner(&debug(&secret)),
            inner(&debug(&debug(&secret))),
        ];
        for spelling in spellings {
            let redacted = redactor.redact(&format!("{before} {spelling} "));
            prop_assert!(!redacted.contains(&spelling) || REDACTED.contains(&spelling), "{redacted:?}");
            prop_assert!(redacted.contains(REDACTED));
            if secret.trim().len() >= 4 {
                prop_assert!(redactor.find(spelling.as_bytes()).is_some());
            }
        }
    }

    #[test]
    fn overlapping_secrets_are_redacted_as_by_a_plain_search(
        secrets in proptest::collection::vec("[ab]{1,6}", 1..5),
        text in "[ab ]{0,60}", // no encoding of these secrets consists of these letters
    ) {
        let redactor = Redactor::default();
        let mut ranges = Vec::new();
        for secret in &secrets {
            redactor.add("KEY", secret);
            let starts = (0..text.len()).filter(|start| text[*start..].starts_with(secret));
            ranges.extend(starts.map(|start| (start, start + secret.len())));
        }
        ranges.sort_unstable();
        let (mut expected, mut end) = (String::new(), 0);
        for (from, to) in ranges {
            if from >= end {
                expected += &text[end..from];
                expected += REDACTED;
            }
            end = end.max(to);
        }
        expected += &text[end..];
        prop_assert_eq!(redactor.redact(&text), expected);
        let is_found = secrets.iter().any(|secret| secret.len() >= 4 && text.contains(secret.as_str()));
        prop_assert_eq!(redactor.find(text.as_bytes()).is_some(), is_found);
    }
}
