//! Answers that are nearly JSON, as Python's `json.dumps` and careless proxies write them.

use std::fmt;

use runtime::http::Members;
use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A document in which each small fault is replaced by as many bytes of JSON that mean nothing.
#[derive(Debug)]
pub(crate) struct Mended {
    text: String,
    /// Where the faults were, in bytes.
    faults: Vec<usize>,
}

/// What is wrong with a document, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    what: &'static str,
    line: usize,
    column: usize,
    /// Whether it has to do with how the document came, so that it may come better the next time.
    pub(crate) may_pass: bool,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at line {} column {}", self.what, self.line, self.column)
    }
}

impl Mended {
    pub(crate) fn of(body: &[u8]) -> Self {
        let mut text = String::with_capacity(body.len());
        let mut faults = Vec::new();
        for chunk in body.utf8_chunks() {
            text.push_str(chunk.valid());
            if !chunk.invalid().is_empty() {
                faults.push(text.len());
                text.extend(chunk.invalid().iter().map(|_| '?'));
            }
        }
        if text.starts_with('\u{feff}') {
            text.replace_range(..'\u{feff}'.len_utf8(), "   "); // of no meaning (RFC 8259, section 8.1)
        }
        for (start, end) in oddities(text.as_bytes()) {
            faults.push(start);
            text.replace_range(start..end, &nothing(end - start));
        }
        faults.sort_unstable();
        Self { text, faults }
    }

    /// The members of the document's object up to the first fault that could not be mended, and that one.
    pub(crate) fn members(&self) -> (Members<'_>, Option<Fault>) {
        let mut members = Members::new();
        let mut json = serde_json::Deserializer::from_str(&self.text);
        let read = json
            .deserialize_map(Prefix(&mut members))
            .and_then(|()| json.end());
        let fault = read.err().map(|error| Fault {
            what: "it is no JSON",
            line: error.line(),
            column: error.column(),
            may_pass: true,
        });
        (members, fault)
    }

    /// The first fault of one of its values.
    pub(crate) fn fault_in(&self, value: &RawValue, body: &[u8]) -> Option<Fault> {
        let start = value.get().as_ptr().addr() - self.text.as_ptr().addr();
        let range = start..start + value.get().len();
        let at = *self.faults.iter().find(|at| range.contains(at))?;
        let before = body.get(..at)?;
        let line_start = before.iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
        Some(Fault {
            what: named(body.get(at..)?),
            line: before.iter().filter(|b| **b == b'\n').count() + 1,
            column: at - line_start + 1,
            may_pass: false,
        })
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }
}

/// What is wrong with what begins like this.
fn named(start: &[u8]) -> &'static str {
    let known = ["NaN", "Infinity", "-Infinity"];
    let known = known.into_iter().find(|word| start.starts_with(word.as_bytes()));
    known.unwrap_or_else(|| match start.first() {
        Some(0x80..) => "bytes that are no UTF-8",
        Some(..0x20) => "a control character",
        _ => "a word that is no JSON",
    })
}

/// Bytes from and to which there is a control character in a text, or a word that JSON does not know.
fn oddities(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut is_in_text = false;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        at += 1;
        match (is_in_text, byte) {
            (true, b'\\') => at += 1,
            (_, b'"') => is_in_text = !is_in_text,
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

/// So many bytes that are a value outside of a text, and a space inside of one.
fn nothing(length: usize) -> String {
    match length {
        1 => " ".to_owned(),
        _ => format!("{:length$}", "\"\""),
    }
}

/// Reads the members of an object, and keeps them also where it comes to no end.
struct Prefix<'a, 'b>(&'b mut Members<'a>);

impl<'a> Visitor<'a> for Prefix<'a, '_> {
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

    /// The members that are read, and the fault of one of them.
    fn read(body: &[u8], name: &str) -> (Vec<(String, String)>, Option<String>) {
        let mended = Mended::of(body);
        let (members, fault) = mended.members();
        let fault = fault.or_else(|| mended.fault_in(members.get(name)?, body));
        let told = members
            .iter()
            .map(|(name, value)| (name.clone(), value.get().to_owned()));
        (told.collect(), fault.map(|fault| fault.to_string()))
    }

    #[test]
    fn small_faults_hide_nothing_else() {
        for (body, value, fault) in [
            (
                &b"{\"id\":\"p\",\n \"v\":[1.5, NaN]}"[..],
                "[1.5, \"\" ]",
                Some("NaN at line 2 column 12"),
            ),
            (
                b"{\"v\":-Infinity,\"id\":\"p\"}",
                "\"\"       ",
                Some("-Infinity at line 1 column 6"),
            ),
            (
                b"{\"v\":{\"a\":Infinity},\"id\":\"p\"}",
                "{\"a\":\"\"      }",
                Some("Infinity at line 1 column 11"),
            ),
            (
                b"{\"v\":[nan,undefined],\"id\":\"p\"}",
                "[\"\" ,\"\"       ]",
                Some("a word that is no JSON at line 1 column 7"),
            ),
            (
                b"{\"v\":\"a\xffb\",\"id\":\"p\"}",
                "\"a?b\"",
                Some("bytes that are no UTF-8 at line 1 column 8"),
            ),
            (
                b"{\"v\":\"a\nb\",\"id\":\"p\"}",
                "\"a b\"",
                Some("a control character at line 1 column 8"),
            ),
            (
                b"{\"v\":[-1.5e+3,true,false,null,\"NaN \\\" NaN\"],\"id\":\"p\",\"w\":NaN}",
                "[-1.5e+3,true,false,null,\"NaN \\\" NaN\"]",
                None,
            ),
            (b"\xef\xbb\xbf{\"v\":1,\"id\":\"p\"}", "1", None),
        ] {
            let (members, told) = read(body, "v");
            let told_value = members
                .iter()
                .find(|(name, _)| name == "v")
                .map(|(_, value)| value.as_str());
            assert_eq!(told_value, Some(value.trim_end()), "{value}");
            assert_eq!(told.as_deref(), fault, "{value}");
            assert!(
                members.contains(&("id".to_owned(), "\"p\"".to_owned())),
                "{value}"
            );
        }
    }

    #[test]
    fn what_is_cut_off_is_read_up_to_there() {
        for body in [
            &b"{\"id\":\"p\",\"v\":[1,"[..],
            b"{\"id\":\"p\",\"v\":\"x",
            b"{\"id\":\"p\"",
            b"{\"id\":\"p\"} {}",
        ] {
            let (members, fault) = read(body, "v");
            assert_eq!(members, [("id".to_owned(), "\"p\"".to_owned())]);
            assert!(fault.unwrap().starts_with("it is no JSON at line 1"));
        }
        for body in [&b""[..], b"[]", b"<html>", b"NaN"] {
            assert!(read(body, "v").0.is_empty());
        }
    }

    #[test]
    fn every_length_stays() {
        for body in [
            &b"{\"v\":N}"[..],
            b"NaN",
            b"\xef\xbb\xbf\xff{",
            b"\"\x01\xc3\"",
            "{\"ü\":nan}".as_bytes(),
        ] {
            assert_eq!(Mended::of(body).into_text().len(), body.len(), "{body:?}");
        }
    }
}
