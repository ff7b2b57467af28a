//! CSV (RFC 4180), with `,`, `;` or tab between fields.

/// Between fields, where a header has it.
const DELIMITERS: [u8; 3] = *b",;\t";

/// Where in a record a reader is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// At the beginning of a field.
    #[default]
    Start,
    Plain,
    Quoted,
    /// After a quote in a quoted field, which ends it or is the first of two that are one.
    AfterQuote,
}

impl State {
    const fn after(self, byte: u8, delimiter: u8) -> Self {
        match (self, byte) {
            (Self::Start, b'"') | (Self::AfterQuote, b'"') => Self::Quoted,
            (Self::Quoted, b'"') => Self::AfterQuote,
            (Self::Quoted, _) => Self::Quoted,
            (_, byte) if byte == delimiter => Self::Start,
            _ => Self::Plain,
        }
    }
}

/// Finds the ends of records: a quoted field may have lines.
#[derive(Debug)]
pub(crate) struct Records {
    delimiter: u8,
    state: State,
}

impl Records {
    pub(crate) fn new(delimiter: u8) -> Self {
        Self {
            delimiter,
            state: State::Start,
        }
    }

    /// Takes a further line, with its newline; whether the record goes on after it.
    pub(crate) fn goes_on_after(&mut self, line: &[u8]) -> bool {
        for byte in line {
            self.state = self.state.after(*byte, self.delimiter);
        }
        self.state == State::Quoted
    }
}

/// The delimiter that a header has most often, outside of quotes; `None` without any.
pub(super) fn delimiter(header: &[u8]) -> Option<u8> {
    let mut counts = DELIMITERS.map(|delimiter| (0_usize, delimiter));
    let mut is_quoted = false;
    for byte in header {
        is_quoted ^= *byte == b'"';
        if let Some((count, _)) = counts.iter_mut().find(|(_, it)| it == byte && !is_quoted) {
            *count += 1;
        }
    }
    let (count, delimiter) = counts.into_iter().rev().max_by_key(|(count, _)| *count)?;
    (count > 0).then_some(delimiter)
}

/// The fields of a record.
///
/// # Errors
///
/// Which field is wrong, without its value.
pub(super) fn fields(record: &[u8], delimiter: u8) -> Result<Vec<String>, String> {
    let record = record.strip_suffix(b"\n").unwrap_or(record);
    let record = record.strip_suffix(b"\r").unwrap_or(record);
    let mut fields = vec![Vec::new()];
    let mut state = State::Start;
    for byte in record {
        let count = fields.len();
        let after = state.after(*byte, delimiter);
        if state == State::AfterQuote && after == State::Plain {
            return Err(format!("field {count} goes on after its closing quote"));
        }
        let Some(field) = fields.last_mut() else { break };
        match (state, after) {
            (State::Start, State::Quoted) | (State::Quoted, State::AfterQuote) => {}
            (_, State::Start) => fields.push(Vec::new()),
            _ => field.push(*byte),
        }
        state = after;
    }
    if state == State::Quoted {
        return Err(format!("field {} has no closing quote", fields.len()));
    }
    let text =
        |(index, field)| String::from_utf8(field).map_err(|_| format!("field {} is not UTF-8", index + 1));
    fields.into_iter().enumerate().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_may_hold_anything_in_quotes() {
        for (record, expected) in [
            ("a,b\r\n", vec!["a", "b"]),
            ("", vec![""]),
            (",", vec!["", ""]),
            (
                r#""a,b","say ""hi""","two
lines",5" pipe"#,
                vec!["a,b", r#"say "hi""#, "two\nlines", r#"5" pipe"#],
            ),
            (r#""",x"#, vec!["", "x"]),
        ] {
            assert_eq!(fields(record.as_bytes(), b',').unwrap(), expected);
        }
        for (record, message) in [
            (r#"a,"b"#, "field 2 has no closing quote"),
            (r#""a"b"#, "field 1 goes on after its closing quote"),
        ] {
            assert_eq!(fields(record.as_bytes(), b',').unwrap_err(), message);
        }
    }

    #[test]
    fn a_record_goes_on_in_a_quoted_field_alone() {
        for (line, goes_on) in [
            ("a,\"b\n", true),
            ("a,\"b\"\n", false),
            ("5\" pipe,a\n", false),
            ("\"a \"\"b\n", true),
        ] {
            assert_eq!(
                Records::new(b',').goes_on_after(line.as_bytes()),
                goes_on,
                "{line}"
            );
        }
    }

    #[test]
    fn a_header_shows_its_delimiter() {
        for (header, expected) in [
            ("a,b", Some(b',')),
            ("a;b;\"c,d,e,f\"", Some(b';')),
            ("a\tb", Some(b'\t')),
            ("a", None),
        ] {
            assert_eq!(delimiter(header.as_bytes()), expected, "{header}");
        }
    }
}
