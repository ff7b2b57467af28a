//! Reads answers that are almost JSON, as Python's `json.dumps` and careless proxies write them.

use std::fmt;

use runtime::http::Members;
use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A document in which every small defect is replaced by neutral JSON of the same length.
#[derive(Debug)]
pub(crate) struct RepairedJson {
    text: String,
    /// The byte offsets of the defects.
    defects: Vec<usize>,
}

/// What is wrong with a document, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Defect {
    what: &'static str,
    line: usize,
    column: usize,
    /// Whether the transfer may be at fault, so that the next answer may be intact.
    pub(crate) is_transient: bool,
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at line {} column {}", self.what, self.line, self.column)
    }
}

impl RepairedJson {
    pub(crate) fn new(body: &[u8]) -> Self {
        let mut text = String::with_capacity(body.len());
        let mut defects = Vec::new();
        for chunk in body.utf8_chunks() {
            text.push_str(chunk.valid());
            if !chunk.invalid().is_empty() {
                defects.push(text.len());
                text.extend(chunk.invalid().iter().map(|_| '?'));
            }
        }
        if text.starts_with('\u{feff}') {
            text.replace_range(..'\u{feff}'.len_utf8(), "   "); // a byte order mark is ignored (RFC 8259, section 8.1)
        }
        for (start, end) in invalid_tokens(text.as_bytes()) {
            defects.push(start);
            text.replace_range(start..end, &filler(end - start));
        }
        defects.sort_unstable();
        Self { text, defects }
    }

    /// The members of the document's object up to the first defect that cannot be repaired, and that defect.
    pub(crate) fn members(&self) -> (Members<'_>, Option<Defect>) {
        let mut members = Members::new();
        let mut json = serde_json::Deserializer::from_str(&self.text);
        let read = json
            .deserialize_map(PartialObject(&mut members))
            .and_then(|()| json.end());
        let defect = read.err().map(|error| Defect {
            what: "it is not JSON",
            line: error.line(),
            column: error.column(),
            is_transient: true,
        });
        (members, defect)
    }

    /// The first repaired defect in one of the values of [`members`](Self::members).
    pub(crate) fn defect_in(&self, value: &RawValue, body: &[u8]) -> Option<Defect> {
        let start = value.get().as_ptr().addr() - self.text.as_ptr().addr();
        let range = start..start + value.get().len();
        let at = *self.defects.iter().find(|at| range.contains(at))?;
        let before = body.get(..at)?;
        let line_start = before.iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
        Some(Defect {
            what: describe(body.get(at..)?),
            line: before.iter().filter(|b| **b == b'\n').count() + 1,
            column: at - line_start + 1,
            is_transient: false,
        })
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }
}

/// Names the defect that begins with these bytes.
fn describe(start: &[u8]) -> &'static str {
    let known = ["NaN", "Infinity", "-Infinity"];
    let known = known.into_iter().find(|word| start.starts_with(word.as_bytes()));
    known.unwrap_or_else(|| match start.first() {
        Some(0x80..) => "bytes that are no UTF-8",
        Some(..0x20) => "a control character",
        _ => "a word that JSON does not have",
    })
}

/// The byte ranges of control characters in strings, and of words that JSON does not have.
fn invalid_tokens(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut is_in_string = false;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        at += 1;
        match (is_in_string, byte) {
            (true, b'\\') => at += 1,
            (_, b'"') => is_in_string = !is_in_string,
            (true, ..0x20) => found.push((start, at)),
            (false, b'-' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z') => {
                let rest = bytes.get(start..).unwrap_or_default();
                let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.' | b'_');
                let length = rest.iter().position(|b| !is_part(b)).unwrap_or(rest.len());
                at = start + length;
                let word = rest.get(..length).unwrap_or_default();
                let is_number = word.iter().find(|b| **b != b'-').is_some_and(u8::is_ascii_digit);
                if !is_number && !matches!(word, b"true" | b"false" | b"null") {
                    found.push((start, at));
                }
            }
            _ => {}
        }
    }
    found
}

/// Neutral JSON of this length: a space in a string, and an empty string in place of a word.
fn filler(length: usize) -> String {
    if length == 1 {
        return " ".to_owned();
    }
    format!("{:length$}", "\"\"")
}

/// Collects the members of an object, even of one that is cut off.
struct PartialObject<'a, 'b>(&'b mut Members<'a>);

impl<'a> Visitor<'a> for PartialObject<'a, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some((name, value)) = members.next_entry()? {
            self.0.insert(name, value);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The members that are read, and the defect in one of them.
    fn read(body: &[u8], name: &str) -> (Vec<(String, String)>, Option<String>) {
        let repaired = RepairedJson::new(body);
        let (members, defect) = repaired.members();
        let defect = defect.or_else(|| repaired.defect_in(members.get(name)?, body));
        let read = members
            .iter()
            .map(|(name, value)| (name.clone(), value.get().to_owned()));
        (read.collect(), defect.map(|defect| defect.to_string()))
    }

    #[test]
    fn small_defects_hide_nothing_else() {
        #[rustfmt::skip]
        let cases = [
            (&b"{\"id\":\"p\",\n \"v\":[1.5, NaN]}"[..], "[1.5, \"\" ]", Some("NaN at line 2 column 12")),
            (b"{\"v\":-Infinity,\"id\":\"p\"}", "\"\"       ", Some("-Infinity at line 1 column 6")),
            (b"{\"v\":{\"a\":Infinity},\"id\":\"p\"}", "{\"a\":\"\"      }", Some("Infinity at line 1 column 11")),
            (b"{\"v\":[nan,undefined],\"id\":\"p\"}", "[\"\" ,\"\"       ]", Some("a word that JSON does not have at line 1 column 7")),
            (b"{\"v\":\"a\xffb\",\"id\":\"p\"}", "\"a?b\"", Some("bytes that are no UTF-8 at line 1 column 8")),
            (b"{\"v\":\"a\nb\",\"id\":\"p\"}", "\"a b\"", Some("a control character at line 1 column 8")),
            (b"{\"v\":[-1.5e+3,true,false,null,\"NaN \\\" NaN\"],\"id\":\"p\",\"w\":NaN}", "[-1.5e+3,true,false,null,\"NaN \\\" NaN\"]", None),
            (b"\xef\xbb\xbf{\"v\":1,\"id\":\"p\"}", "1", None),
        ];
        for (body, value, defect) in cases {
            let (members, read_defect) = read(body, "v");
            let read_value = members.iter().find(|(name, _)| name == "v");
            assert_eq!(
                read_value.map(|(_, value)| value.as_str()),
                Some(value.trim_end())
            );
            assert_eq!(read_defect.as_deref(), defect, "{value}");
            assert!(
                members.contains(&("id".to_owned(), "\"p\"".to_owned())),
                "{value}"
            );
        }
    }

    #[test]
    fn a_truncated_document_is_read_up_to_its_end() {
        for body in [
            &b"{\"id\":\"p\",\"v\":[1,"[..],
            b"{\"id\":\"p\",\"v\":\"x",
            b"{\"id\":\"p\"",
            b"{\"id\":\"p\"} {}",
        ] {
            let (members, defect) = read(body, "v");
            assert_eq!(members, [("id".to_owned(), "\"p\"".to_owned())]);
            assert!(defect.unwrap().starts_with("it is not JSON at line 1"));
        }
        for body in [&b""[..], b"[]", b"<html>", b"NaN"] {
            assert!(read(body, "v").0.is_empty());
        }
    }

    #[test]
    fn repairs_keep_the_length() {
        for body in [
            &b"{\"v\":N}"[..],
            b"NaN",
            b"\xef\xbb\xbf\xff{",
            b"\"\x01\xc3\"",
            "{\"ü\":nan}".as_bytes(),
        ] {
            assert_eq!(RepairedJson::new(body).into_text().len(), body.len(), "{body:?}");
        }
    }
}
