//! What a file looks like, by its first line.

use documents::json::{self, Node};

use super::csv;
use super::name::Format;

/// What a batch's first line is the beginning of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guess {
    Format(Format),
    /// One JSON array of everything.
    Array,
    /// Documents over several lines.
    Pretty,
    Utf16,
    /// CSV whose lines end in CR alone.
    CarriageReturns,
    /// gzip, zip or Zstandard.
    Compressed,
    /// Something else that is no text.
    Binary,
    Nothing,
}

/// What compressed files begin with.
const COMPRESSED: [&[u8]; 3] = [b"\x1f\x8b", b"PK\x03\x04", b"\x28\xb5\x2f\xfd"];

impl Guess {
    /// From the first line that is not blank.
    pub(crate) fn of(line: &[u8]) -> Self {
        if line.starts_with(b"\xff\xfe") || line.starts_with(b"\xfe\xff") {
            return Self::Utf16;
        }
        if COMPRESSED.iter().any(|magic| line.starts_with(magic)) {
            return Self::Compressed;
        }
        if line.contains(&0) {
            return Self::Binary;
        }
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii();
        match line.first() {
            Some(b'[') => Self::Array,
            Some(b'{') => match json::parse(line) {
                Ok(Node::Object(fields)) => {
                    let has = |name| fields.get(name).is_some();
                    Self::Format(if has("body") && (has("custom_id") || has("url")) {
                        Format::OpenaiBatch
                    } else if has("messages") && !has("params") {
                        Format::Messages
                    } else {
                        Format::Inputs
                    })
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

    /// What it looks like, and what takes it.
    pub(crate) const fn advice(self) -> Option<&'static str> {
        Some(match self {
            Self::Array => {
                "it looks like a JSON array, and a batch has a document a line: `jq -c '.[]' FILE` makes one"
            }
            Self::Pretty => {
                "it looks like documents over several lines, and a batch has a document a line: `jq -c . FILE` makes one"
            }
            Self::Utf16 => "it is UTF-16: save it as UTF-8",
            Self::CarriageReturns => "its lines end in CR alone: save it with LF or CR LF",
            Self::Compressed => "it is compressed: unpack it first",
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
            ("{", Guess::Pretty),
            (r#"{ "params": {"#, Guess::Pretty),
            ("{not json", Guess::Nothing),
            ("PK\x03\x04a,b", Guess::Compressed),
            ("a,\0,b", Guess::Binary),
            ("id,text\rq1,a\r", Guess::CarriageReturns),
            ("hello", Guess::Nothing),
        ] {
            assert_eq!(Guess::of(line.as_bytes()), guess, "{line}");
        }
        assert_eq!(Guess::of(b"\xff\xfei\0d\0,\0"), Guess::Utf16);
    }
}
