//! The spellings of a secret: as it is, and in JSON, URLs, HTML, Rust, Python, base64 and hex.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

/// RFC 3986 unreserved characters stay.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// What JavaScript's `encodeURIComponent` leaves.
const SCRIPT_COMPONENT: &AsciiSet = &COMPONENT
    .remove(b'!')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*');
/// What the WHATWG URL standard encodes in a query, in a path, and in a user name or password.
const QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');
const PATH: &AsciiSet = &QUERY.add(b'?').add(b'^').add(b'`').add(b'{').add(b'}');
const USER_INFO: &AsciiSet = &PATH
    .add(b'/')
    .add(b':')
    .add(b';')
    .add(b'=')
    .add(b'@')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'|');
/// What forms leave, by the WHATWG URL standard and in Java.
const FORM: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'*')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_');

/// The base64 and hex of a shorter secret occur by chance, in bytes.
const SHORTEST_ENCODED: usize = 4;
/// A shorter core of a base64 text occurs by chance.
const SHORTEST_BASE64_CORE: usize = 6;
/// A shorter line of a secret, such as a bracket, occurs in many texts.
const SHORTEST_LINE: usize = 8;

/// JSON in JSON in the Debug form of an error is three.
const DEEPEST_ESCAPES: usize = 3;

/// All forms of a secret.
pub(super) fn spellings(secret: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::from([secret.to_owned()]);
    let mut latest = forms.clone();
    for _ in 0..DEEPEST_ESCAPES {
        latest = latest.iter().flat_map(|form| escapes(form)).collect();
        forms.extend(latest.iter().cloned());
    }
    forms.extend(percent(secret));
    forms.extend(html(secret));
    forms.insert(secret.split_whitespace().collect::<Vec<_>>().join(" "));
    if secret.len() >= SHORTEST_ENCODED {
        forms.extend(base64(secret.as_bytes()));
        forms.extend(hex(secret.as_bytes()));
    }
    forms
}

/// The longer lines of a secret with several lines.
pub(super) fn lines(secret: &str) -> BTreeSet<String> {
    let secret = secret.trim();
    if !secret.contains('\n') {
        return BTreeSet::new();
    }
    let lines = secret.lines().map(str::trim);
    lines
        .filter(|line| line.len() >= SHORTEST_LINE)
        .map(str::to_owned)
        .collect()
}

/// Backslash escapes, as JSON writers, Rust's `{:?}` and Python's `repr` spell them.
fn escapes(text: &str) -> BTreeSet<String> {
    let json = inner(&serde_json::Value::from(text).to_string());
    let is_not_ascii = |c: char| !c.is_ascii();
    let bare = text
        .replace('\\', "\\\\")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
        .replace('\t', "\\t");
    BTreeSet::from([
        json.replace('/', "\\/"),
        escaped(&json, is_not_ascii, false),
        escaped(&json, is_not_ascii, true),
        escaped(&json, |c| "&<>".contains(c), false), // Go
        escaped(
            &json.replace("\\\"", "\\u0022"),
            |c| is_not_ascii(c) || "&<>+'`".contains(c),
            true,
        ), // .NET
        json,
        inner(&format!("{text:?}")),
        text.escape_default().to_string(),
        bare.replace('\'', "\\'"),
        bare,
    ])
}

/// JSON with more characters as `\uXXXX` than need it.
fn escaped(json: &str, is_escaped: impl Fn(char) -> bool, upper: bool) -> String {
    let mut escaped = String::new();
    for c in json.chars() {
        if !is_escaped(c) {
            escaped.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            let digits = format!("{unit:04x}");
            escaped.push_str("\\u");
            escaped.push_str(&if upper { digits.to_uppercase() } else { digits });
        }
    }
    escaped
}

fn percent(text: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::new();
    for set in [COMPONENT, SCRIPT_COMPONENT, QUERY, PATH, USER_INFO, FORM] {
        let upper = utf8_percent_encode(text, set).to_string();
        let lower = lower_escapes(&upper);
        forms.insert(upper.replace("%20", "+"));
        forms.insert(lower.replace("%20", "+"));
        forms.insert(upper);
        forms.insert(lower);
    }
    forms
}

/// `%2F` as `%2f`.
fn lower_escapes(upper: &str) -> String {
    let mut digits = 0;
    upper
        .chars()
        .map(|c| {
            if c == '%' {
                digits = 2;
            } else if digits > 0 {
                digits -= 1;
                return c.to_ascii_lowercase();
            }
            c
        })
        .collect()
}

fn html(text: &str) -> BTreeSet<String> {
    let amp = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    BTreeSet::from([
        amp.replace('"', "&quot;").replace('\'', "&#39;"),
        amp.replace('"', "&#34;").replace('\'', "&#39;"),
        amp.replace('"', "&quot;").replace('\'', "&#x27;"),
        amp.replace('"', "&quot;").replace('\'', "&apos;"),
        amp.replace('"', "&quot;"),
        amp,
    ])
}

/// The whole encoding, and its core at each of the three offsets that a secret can have in a longer text, such as the
/// `user:password` of basic authentication: what does not depend on the text around it.
fn base64(secret: &[u8]) -> BTreeSet<String> {
    let mut forms = BTreeSet::new();
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        forms.insert(engine.encode(secret));
        for (before, tainted) in [(0, 0), (1, 2), (2, 3)] {
            let mut bytes = vec![0; before];
            bytes.extend_from_slice(secret);
            let whole = bytes.len() * 8 / 6;
            let encoded = engine.encode(&bytes);
            if let Some(core) = encoded.get(tainted..whole)
                && core.len() >= SHORTEST_BASE64_CORE
            {
                forms.insert(core.to_owned());
            }
        }
    }
    forms
}

fn hex(secret: &[u8]) -> [String; 2] {
    let lower = documents::hash::hex(secret);
    [lower.to_uppercase(), lower]
}

/// A quoted text without its quotes.
fn inner(quoted: &str) -> String {
    quoted
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(quoted)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_secrets_are_found_in_every_spelling() {
        let secret = "q\"b\\s\nü/ +&'<z";
        let forms = spellings(secret);
        let found = |text: &str| forms.iter().any(|form| text.contains(form.as_str()));
        let json = serde_json::Value::from(secret).to_string();
        for text in [
            secret.to_owned(),
            json.clone(),
            serde_json::Value::from(json.as_str()).to_string(),
            r#"q\"b\\s\n\u00fc\/ +&'<z"#.replace("\\/", "/"),
            r#"q\"b\\s\nü\/ +&'<z"#.to_owned(),
            format!("{secret:?}"),
            "q%22b%5Cs%0A%C3%BC%2F%20%2B%26%27%3Cz".to_owned(),
            "q%22b%5cs%0a%c3%bc%2f%20%2b%26%27%3cz".to_owned(),
            "q%22b%5Cs%0A%C3%BC%2F+%2B%26%27%3Cz".to_owned(),
            r#"q\"b\\s\nü/ +\u0026'\u003cz"#.to_owned(),
            r#"q\u0022b\\s\n\u00FC/ \u002B\u0026\u0027\u003Cz"#.to_owned(),
            "q%22b\\s%0A%C3%BC/%20+&'%3Cz".to_owned(),
            "q%22b%5Cs%0A%C3%BC%2F%20+&'%3Cz".to_owned(),
            "q&quot;b\\s\nü/ +&amp;&#x27;&lt;z".to_owned(),
            STANDARD_NO_PAD.encode(format!("user:{secret}")),
            STANDARD_NO_PAD.encode(format!("use:{secret}!")),
            URL_SAFE_NO_PAD.encode(format!("us:{secret}!!")),
            documents::hash::hex(secret.as_bytes()),
        ] {
            assert!(found(&text), "{text}");
        }
        assert!(!found("q b s"));
    }

    #[test]
    fn urls_escape_other_characters_in_each_part() {
        let forms = spellings("a~b c{d:e@f");
        for text in [
            "a%7Eb+c%7Bd%3Ae%40f",
            "a~b%20c%7Bd:e@f",
            "a~b%20c%7Bd%3Ae%40f",
            "a~b%20c{d:e@f",
        ] {
            assert!(forms.contains(text), "{text}");
        }
    }
}
