//! What holds for any text and any secret.

use proptest::prelude::*;
use serde_json::Value;

use crate::redact::{REDACTED, Redactor};

/// A quoted text without its quotes.
fn inner(quoted: &str) -> String {
    quoted[1..quoted.len() - 1].to_owned()
}

proptest! {
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
}
