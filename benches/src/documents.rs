//! The inputs documents, and the request that the real one becomes.

use std::fmt::Write as _;

pub(crate) const SMALL: &str = r#"{"params":{"messages":[{"role":"user","content":"hi"}]}}"#;

pub(crate) const REAL: &str = r#"{"mode":"real","params":{"messages":[{"role":"user","content":"hi"}]}}"#;

pub(crate) const REQUEST: &str =
    r#"{"model":"openai/gpt-4o-mini","messages":[{"role":"user","content":"hi"}]}"#;

/// For the probe.
pub(crate) const LARGE: &str = r#"{"params":{"do":"file","size":1073741824}}"#;

/// Records of every JSON type, with keys out of order, numbers in several spellings, escapes and UTF-8.
pub(crate) fn four_megabytes() -> String {
    const END: &str = r#"],"messages":[{"content":"hi","role":"user"}]}}"#;
    let mut document = String::from(r#"{"params":{"data":["#);
    for number in 0u32.. {
        let comma = if number == 0 { "" } else { "," };
        let mut record = String::new();
        let _ = write!(
            record,
            r#"{comma}{{"name":"Zoë the {number}th, \"quoted\"\n","id":{number},"share":{}.{number},"tiny":{number}e-9,"tags":["red","gr\u00fcn",null],"in":{{"z":true,"a":-{number}.5}}}}"#,
            number % 97
        ); // writing to a String cannot fail
        if document.len() + record.len() + END.len() > 4_000_000 {
            break;
        }
        document.push_str(&record);
    }
    document.push_str(END);
    document
}
