//! Text of documents on its way to a terminal: nothing in it may steer that.

use std::fmt::{self, Write as _};

use logging::steers;
use serde::Serialize;

/// Shows a text with its control characters, and those that change the direction of writing, as `\u{..}`.
pub(crate) struct Printable<'a>(pub(crate) &'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| {
            if steers(c) {
                write!(f, "{}", c.escape_unicode())
            } else {
                f.write_char(c)
            }
        })
    }
}

/// A text of several lines, which stay with their tabs; what else would steer a terminal is spelt out.
pub(crate) fn printable_lines(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) && c != '\n' && c != '\t' {
            let _ = write!(printable, "{}", c.escape_unicode()); // writing to a String cannot fail
        } else {
            printable.push(c);
        }
    }
    printable
}

/// One line of JSON, without its newline, in which such characters are escaped too.
///
/// # Errors
///
/// Those of the value.
pub(crate) fn json_line(value: &impl Serialize) -> serde_json::Result<String> {
    let line = serde_json::to_string(value)?;
    if !line.contains(steers) {
        return Ok(line);
    }
    let mut escaped = String::with_capacity(line.len() + 16);
    for c in line.chars() {
        if steers(c) {
            // all of them are below U+FFFF, and JSON has them in strings only
            let _ = write!(escaped, "\\u{:04x}", u32::from(c)); // writing to a String cannot fail
        } else {
            escaped.push(c);
        }
    }
    Ok(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "a\u{1b}[2J\u{9b}1m\n\u{202e}é";

    #[test]
    fn what_steers_a_terminal_is_spelt_out() {
        assert_eq!(
            Printable(HOSTILE).to_string(),
            r"a\u{1b}[2J\u{9b}1m\u{a}\u{202e}é"
        );
    }

    #[test]
    fn only_lines_and_tabs_reach_a_terminal() {
        assert_eq!(
            printable_lines("a\tb\n\u{1b}[2J\u{202e}"),
            "a\tb\n\\u{1b}[2J\\u{202e}"
        );
    }

    #[test]
    fn escaped_json_is_the_same_value() {
        let line = json_line(&HOSTILE).unwrap();
        assert_eq!(line, r#""a\u001b[2J\u009b1m\n\u202eé""#);
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), HOSTILE);
    }
}
