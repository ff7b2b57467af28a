//! What is redacted in texts, and found in outputs.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may fail by panicking"
)]

use std::io::{self, Read};

use logging::Redactor;

/// How much of a file is searched at a time.
const CHUNK: usize = 128 * 1024;

fn redactor(secrets: &[&str]) -> Redactor {
    let redactor = Redactor::default();
    for secret in secrets {
        redactor.add("KEY", secret);
    }
    redactor
}

#[test]
fn overlapping_secrets_leave_nothing() {
    let redactor = redactor(&["abcd", "cdefgh"]);
    assert_eq!(redactor.redact("-abcdefgh-"), "-[REDACTED]-");
    assert_eq!(redactor.redact("abcdabcd"), "[REDACTED][REDACTED]");
    assert_eq!(redactor.redact("none here"), "none here");
}

#[test]
fn text_is_redacted_before_it_is_cut_and_joined() {
    let redactor = redactor(&["two\nlines-of-secret"]);
    let text = format!("{}two\nlines-of-secret", "x".repeat(990));
    let safe = redactor.safe_text(&text);
    assert!(safe.ends_with("x[REDACTED]"), "{safe}");
    assert_eq!(redactor.safe_text("a\nb\u{7f}"), "a b ");
    assert_eq!(redactor.safe_text("a\u{202e}b\u{feff}\r\nc"), "a b c");
}

#[test]
fn a_line_break_in_the_place_of_a_space_hides_nothing() {
    let redactor = redactor(&["pass phrase"]);
    for told in ["pass\nphrase", "pass\r\nphrase", "pass\tphrase", "pass phrase"] {
        assert_eq!(redactor.safe_text(told), "[REDACTED]", "{told:?}");
    }
}

#[test]
fn escapes_hide_nothing() {
    let redactor = redactor(&["hunter&2-<0123>"]);
    let json = r#"{"a":"hunter\u00262-\u003C0123>"}"#;
    let nested = serde_json::Value::from(json).to_string();
    let odd = r#"{"\u0068unter\u00262-<\u003012\u0033>":1}"#;
    for text in [json, &nested, odd] {
        assert_eq!(redactor.find(text.as_bytes()).as_deref(), Some("KEY"), "{text}");
        for before in [0, CHUNK - 20, CHUNK - 9] {
            let text = format!(r#"["\n{}",{text}]"#, "x".repeat(before));
            let found = redactor.find_in(text.as_bytes()).unwrap();
            assert_eq!(found.as_deref(), Some("KEY"), "{before}");
        }
    }
    assert_eq!(redactor.find(br#"{"a":"hunter\u00272-<0123>"}"#), None);
}

#[test]
fn the_lines_of_a_secret_are_secrets_in_texts_alone() {
    let redactor = redactor(&["-----BEGIN KEY-----\n  bGluZSBvbmU  \nx\n-----END KEY-----\n"]);
    assert_eq!(redactor.redact("at bGluZSBvbmU: x"), "at [REDACTED]: x");
    assert_eq!(
        redactor.redact("-----BEGIN KEY-----\n  bGluZSBvbmU  \nx\n-----END KEY-----"),
        "[REDACTED]"
    );
    assert_eq!(redactor.find(b"-----BEGIN KEY-----"), None);
    assert!(redactor.longest() > 50);
}

#[test]
fn no_border_hides_a_secret() {
    /// Gives a few bytes at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let end = buffer.len().min(self.1);
            self.0.read(&mut buffer[..end])
        }
    }

    let redactor = redactor(&["hunter2-0123456789"]);
    for before in [0, 1, CHUNK - 20, CHUNK - 9, CHUNK, CHUNK + 5, 2 * CHUNK - 1] {
        let text = format!("{}hunter2-0123456789.", "x".repeat(before));
        for step in [97, CHUNK, usize::MAX] {
            let found = redactor.find_in(Slow(text.as_bytes(), step)).unwrap();
            assert_eq!(found.as_deref(), Some("KEY"), "{before} {step}");
            let found = redactor
                .find_in(Slow(&text.as_bytes()[..text.len() - 2], step))
                .unwrap();
            assert_eq!(found, None, "{before} {step}");
        }
    }
    assert_eq!(Redactor::default().find_in(b"x".as_slice()).unwrap(), None);
}

#[test]
fn what_is_for_texts_alone_refuses_no_output() {
    let redactor = Redactor::default();
    redactor.add_for_texts("HTTPS_PROXY", "hunter2");
    assert_eq!(redactor.redact("my hunter2!"), "my [REDACTED]!");
    assert_eq!(redactor.find(b"my hunter2!"), None);
}

#[test]
fn short_placeholders_do_not_refuse_outputs() {
    assert_eq!(redactor(&["x"]).find(b"text"), None);
    assert_eq!(
        redactor(&["hunter2"]).find(b"my hunter2!").as_deref(),
        Some("KEY")
    );
}
