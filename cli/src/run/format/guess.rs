//! What a file looks like, by its first line.

use documents::json::{self, Members, Node};

use super::csv;
use super::name::Format;

/// The fields of an inputs document, and of a line of a batch.
const OF_INPUTS: [&str; 6] = ["schema", "model", "params", "files", "mode", "label"];
/// The first bytes of files that are no text, and what they are.
const NO_TEXT: [(&[u8], Guess); 7] = [
    (b"\x1f\x8b", Guess::Packed),
    (b"\x28\xb5\x2f\xfd", Guess::Packed), // Zstandard
    (b"BZh", Guess::Packed),
    (b"\xfd7zXZ", Guess::Packed),
    (b"PK\x03\x04", Guess::Zip),
    (b"\xff\xfe", Guess::Utf16),
    (b"\xfe\xff", Guess::Utf16),
];

/// What a batch's first line is the beginning of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guess {
    Format(Format),
    /// One JSON array of everything.
    Array,
    /// Documents over several lines.
    Pretty,
    /// Documents with a comma after each.
    Items,
    /// JSON objects with fields of the caller's own.
    Rows,
    /// Compressed.
    Packed,
    /// An archive, or a spreadsheet, which is one.
    Zip,
    Utf16,
    /// CSV whose lines end in CR alone.
    CarriageReturns,
    /// Something else that is no text.
    Binary,
    Nothing,
}

impl Guess {
    /// From the first line that is not blank.
    pub(crate) fn of(line: &[u8]) -> Self {
        if let Some((_, guess)) = NO_TEXT.iter().find(|(start, _)| line.starts_with(start)) {
            return *guess;
        }
        if line.contains(&0) {
            return Self::Binary;
        }
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii();
        match line.first() {
            Some(b'[') => Self::Array,
            Some(b'{') => match json::parse(line) {
                Ok(Node::Object(fields)) => Self::of_object(&fields),
                _ if line
                    .strip_suffix(b",")
                    .is_some_and(|line| json::parse(line).is_ok()) =>
                {
                    Self::Items
                }
                // `{`, or `{"params": {`
                _ if line.ends_with(b"{") || line.ends_with(b",") || line.ends_with(b"[") => Self::Pretty,
                _ => Self::Nothing,
            },
            Some(_) if line.contains(&b'\r') && !line.contains(&b'"') => Self::CarriageReturns,
            Some(_) if csv::delimiter(line).is_some() => Self::Format(Format::Csv),
            _ => Self::Nothing,
        }
    }

    fn of_object(fields: &Members<'_>) -> Self {
        let has = |name: &str| fields.get(name).is_some();
        if has("body") && (has("custom_id") || has("url")) {
            Self::Format(Format::OpenaiBatch)
        } else if has("messages") && !has("params") {
            Self::Format(Format::Messages)
        } else if fields.keys().next().is_none() || OF_INPUTS.into_iter().any(has) {
            Self::Format(Format::Inputs)
        } else {
            Self::Rows
        }
    }

    /// What it looks like, and what takes it.
    pub(crate) const fn advice(self) -> Option<&'static str> {
        Some(match self {
            Self::Array => {
                "it looks like a JSON array, and a batch has a document a line: `jq -c '.[]' FILE` makes one"
            }
            Self::Pretty => {
                "it looks like documents over several lines, and a batch has a document a line: `jq -c . FILE` makes one"
            }
            Self::Items => {
                "it looks like the items of a JSON array, and a batch has a document a line without a comma: `sed 's/,$//' FILE` makes one"
            }
            Self::Rows => {
                "it looks like JSON objects of your own: give the request that they fill in with --template request.json"
            }
            Self::Packed => "it looks like a compressed file: unpack it, or pipe what is in it to --batch -",
            Self::Zip => "it looks like a spreadsheet or a zip archive: save the table as CSV, or unpack it",
            Self::Utf16 => {
                "it looks like UTF-16, and a batch is UTF-8: `iconv -f UTF-16 -t UTF-8 FILE` makes one"
            }
            Self::CarriageReturns => "its lines end in CR alone: save it with LF or CR LF",
            Self::Binary => "it is not text",
            Self::Format(Format::Csv) => {
                "it looks like CSV: give the request that its columns fill in with --template request.json"
            }
            Self::Format(Format::OpenaiBatch) => {
                "it looks like a batch file of OpenAI: --format openai-batch takes it"
            }
            Self::Format(Format::Messages) => {
                "it looks like requests for chat completions: --format messages takes them"
            }
            Self::Format(Format::Inputs) => "it looks like inputs documents: --format inputs takes them",
            Self::Nothing => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_line_says_what_the_file_is() {
        for (line, guess) in [
            (r#"{"params":{"messages":[]}}"#, Guess::Format(Format::Inputs)),
            ("{}", Guess::Format(Format::Inputs)),
            (r#"{"model":"m","messages":[]}"#, Guess::Format(Format::Messages)),
            (
                r#"{"custom_id":"a","body":{"messages":[]}}"#,
                Guess::Format(Format::OpenaiBatch),
            ),
            ("\u{feff}id,text\r", Guess::Format(Format::Csv)),
            ("id\ttext", Guess::Format(Format::Csv)),
            ("[", Guess::Array),
            (r#"[{"params":{}},"#, Guess::Array),
            (r#"{"params":{}},"#, Guess::Items),
            (r#"{"prompt":"hi","id":1}"#, Guess::Rows),
            (r#"{"model":"m"}"#, Guess::Format(Format::Inputs)),
            ("PK\u{3}\u{4}a,b", Guess::Zip),
            ("{", Guess::Pretty),
            (r#"{ "params": {"#, Guess::Pretty),
            ("{not json", Guess::Nothing),
            ("a,\0,b", Guess::Binary),
            ("id,text\rq1,a\r", Guess::CarriageReturns),
            ("hello", Guess::Nothing),
        ] {
            assert_eq!(Guess::of(line.as_bytes()), guess, "{line}");
        }
        assert_eq!(Guess::of(b"\xff\xfei\0d\0,\0"), Guess::Utf16);
    }
}
