//! Which texts of a model's output stand for files.

use std::borrow::Cow;
use std::fmt;

use reqwest::Url;
use runtime::{ErrorCode, ProcessorError};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::assets::is_typed;
use crate::schema::{Place, Says, Schema};

/// A longer text is no address, unless it is a file itself or the schema says so.
const LONGEST_ADDRESS: usize = 16 * 1024;
/// An output without anything in it is not longer.
const LONGEST_NOTHING: usize = 4 * 1024;
/// A longer way to a text is not told: there may be a thousand, each below a name of megabytes.
const LONGEST_POINTER: usize = 16 * 1024;
/// No schema describes an output that is nested deeper.
const DEEPEST: usize = 100;

/// A text that is a file, or may be one.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) address: Address,
    /// Whether the schema says so; otherwise what comes decides.
    pub(crate) is_certain: bool,
    /// Where in the output it is (RFC 6901); `None` where that is too long to tell.
    pub(crate) pointer: Option<String>,
}

/// Where a file's content is.
#[derive(Debug)]
pub(crate) enum Address {
    /// At an `https:` URL, or one of another scheme, which is refused later.
    Remote(Url),
    /// In a `data:` URI.
    Inline(String),
    /// Nowhere: the text is no address.
    Nowhere,
}

/// Whether an output has a text that begins like any address: without one there are no files, and no schema is needed.
///
/// # Errors
///
/// Those of [`candidates`].
pub(crate) fn may_have_files(output: &str) -> Result<bool, ProcessorError> {
    let mut has_address = false;
    each_text(output, &Schema::default(), &mut |text, _, _| {
        has_address = std::str::from_utf8(text).is_ok_and(has_scheme);
        !has_address
    })?;
    Ok(has_address)
}

/// Whether there is nothing in an output: no text but blank ones, no number, and no `null`.
pub(crate) fn is_empty(output: &str) -> bool {
    fn has_nothing(value: &Value) -> bool {
        match value {
            Value::String(text) => text.trim().is_empty(),
            Value::Array(items) => items.iter().all(has_nothing),
            Value::Object(members) => members.values().all(has_nothing),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
    output.len() <= LONGEST_NOTHING && serde_json::from_str(output).is_ok_and(|output| has_nothing(&output))
}

/// Finds the candidates of an output, in its own order, but not more than one beyond `most`: of each text either the schema says
/// what it is, or, `with_uncertain` ones, the text is an address from its beginning to its end.
///
/// # Errors
///
/// `ERR_PROVIDER_RESPONSE` for an output that is nested too deeply to look through.
pub(crate) fn candidates(
    output: &str,
    schema: &Schema,
    most: usize,
    with_uncertain: bool,
) -> Result<Vec<Candidate>, ProcessorError> {
    let mut found = Vec::new();
    each_text(output, schema, &mut |text, says, pointer| {
        let candidate = Candidate::of(text, says).filter(|candidate| candidate.is_certain || with_uncertain);
        found.extend(candidate.map(|candidate| Candidate {
            pointer: (pointer.len() <= LONGEST_POINTER).then(|| pointer.to_owned()),
            ..candidate
        }));
        found.len() <= most
    })?;
    Ok(found)
}

/// Shows every text of an output, what the schema says of it, and where it is, until nobody wants to see more.
fn each_text<'a>(output: &str, schema: &'a Schema, show: Show<'a>) -> Result<(), ProcessorError> {
    let mut walk = Walk {
        schema,
        show,
        pointer: String::new(),
        has_ended: false,
    };
    let walked = serde_json::from_str(output).and_then(|raw| walk.enter(raw, &schema.output(), DEEPEST));
    walked.map_err(|error: serde_json::Error| {
        let message =
            format!("the output cannot be searched for files: it is nested deeper than {DEEPEST} levels");
        ProcessorError::new(ErrorCode::ProviderResponse, message).with_cause(error)
    })
}

/// Says whether to go on.
type Show<'a> = &'a mut dyn FnMut(&[u8], Says, &str) -> bool;

struct Walk<'a> {
    schema: &'a Schema,
    show: Show<'a>,
    /// To where it is (RFC 6901).
    pointer: String,
    has_ended: bool,
}

impl<'a> Walk<'a> {
    fn enter(&mut self, raw: &RawValue, place: &Place<'a>, deepest: usize) -> serde_json::Result<()> {
        if self.has_ended {
            return Ok(());
        }
        let mut json = serde_json::Deserializer::from_str(raw.get());
        match raw.get().as_bytes().first() {
            Some(b'"') => {
                let Text(text) = Text::deserialize(&mut json)?;
                self.has_ended = !(self.show)(&text, self.schema.says(place), &self.pointer);
                Ok(())
            }
            Some(b'[' | b'{') => {
                let deepest = deepest
                    .checked_sub(1)
                    .ok_or_else(|| serde_json::Error::custom("too deep"))?;
                json.deserialize_any(Inside {
                    walk: self,
                    place,
                    deepest,
                })
            }
            _ => Ok(()), // numbers and the like, which may be larger than can be read
        }
    }

    /// The same for what is below a place, under this name or number.
    fn enter_below(
        &mut self,
        name: &str,
        raw: &RawValue,
        place: &Place<'a>,
        deepest: usize,
    ) -> serde_json::Result<()> {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
        let entered = self.enter(raw, place, deepest);
        self.pointer.truncate(length);
        entered
    }
}

impl Candidate {
    fn of(text: &[u8], says: Says) -> Option<Self> {
        // half a surrogate pair is no part of an address
        let text = std::str::from_utf8(text).ok();
        match says {
            Says::Text => None,
            Says::File => match text.filter(|text| has_scheme(text)) {
                Some(text) => Some(Self {
                    address: Address::of(text),
                    is_certain: true,
                    pointer: None,
                }),
                None => {
                    tracing::warn!("file_without_address"); // such as the empty text of some models
                    None
                }
            },
            Says::Nothing => text.filter(|text| is_address(text)).map(|text| Self {
                address: Address::of(text),
                is_certain: false,
                pointer: None,
            }),
        }
    }
}

/// Whether a text begins as an address has to (RFC 3986, section 3.1).
pub(crate) fn has_scheme(text: &str) -> bool {
    let scheme = text.trim_start().split_once(':').map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    })
}

/// Whether a text is an address as a whole, and does not only begin like one.
fn is_address(text: &str) -> bool {
    let is_written_out = !text.contains(|c: char| c.is_whitespace() || c.is_control());
    match Address::of(text) {
        Address::Remote(url) => {
            is_written_out && text.len() <= LONGEST_ADDRESS && matches!(url.scheme(), "http" | "https")
        }
        Address::Inline(uri) => is_typed(&uri), // an SVG, for example, may have spaces
        Address::Nowhere => false,
    }
}

impl Address {
    fn of(text: &str) -> Self {
        let start = text.trim_start();
        let scheme = start.get(..5).unwrap_or_default();
        if scheme.eq_ignore_ascii_case("data:") {
            return Self::Inline(start.to_owned()); // which may end with a line's end
        }
        Url::parse(text.trim()).map_or(Self::Nowhere, Self::Remote)
    }
}

/// What is inside of a list or an object, one after the other.
struct Inside<'a, 'b> {
    walk: &'a mut Walk<'b>,
    place: &'a Place<'b>,
    deepest: usize,
}

impl<'de> Visitor<'de> for Inside<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let place = self.walk.schema.item(self.place);
        let mut number = 0_usize;
        while let Some(item) = items.next_element()? {
            let entered = self
                .walk
                .enter_below(&number.to_string(), item, &place, self.deepest);
            entered.map_err(A::Error::custom)?;
            number += 1;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(Text(name)) = members.next_key()? {
            let name = String::from_utf8_lossy(&name);
            let place = self.walk.schema.member(self.place, &name);
            let entered = self
                .walk
                .enter_below(&name, members.next_value()?, &place, self.deepest);
            entered.map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

/// A text as its bytes: JSON may have half a surrogate pair, which UTF-8 cannot.
pub(crate) struct Text<'a>(Cow<'a, [u8]>);

impl Text<'_> {
    /// With a replacement character for what UTF-8 cannot have.
    pub(crate) fn to_lossy(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl<'de> Visitor<'de> for Bytes {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(bytes)))
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(bytes.to_owned())))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema(output: serde_json::Value) -> Schema {
        Schema::from_document(json!({"components": {"schemas": {"Output": output}}}))
    }

    fn found(output: &str, schema: &Schema) -> Vec<String> {
        let told = |candidate: &Candidate| {
            let address = match &candidate.address {
                Address::Remote(url) => url.to_string(),
                Address::Inline(uri) => uri.clone(),
                Address::Nowhere => "nowhere".to_owned(),
            };
            format!("{}{address}", if candidate.is_certain { "" } else { "?" })
        };
        candidates(output, schema, 1000, true)
            .unwrap()
            .iter()
            .map(told)
            .collect()
    }

    #[test]
    fn whole_addresses_are_found_in_the_order_of_the_output() {
        assert_eq!(
            found(r#""https://h/a.png""#, &Schema::default()),
            ["?https://h/a.png"]
        );
        assert_eq!(
            found(
                r#"{"z":["https://h/1","data:text/plain,x"],"a":{"b":"http://h/2","n":[1,1e400,-1,true,null,"\ud800"]},"z":"https:\/\/h\/3"}"#,
                &Schema::default()
            ),
            [
                "?https://h/1",
                "?data:text/plain,x",
                "?http://h/2",
                "?https://h/3"
            ]
        );
    }

    #[test]
    fn texts_that_only_begin_like_one_are_none() {
        for text in [
            "https://example.com is a site",
            "https:",
            "https://",
            "see https://h/a",
            " https://h/a",
            "https://h/a\\n",
            "data: the plural of datum",
            "data:nothing",
            "data: the plural, of datum",
            "data:,hello",
            "ftp://h/a",
            "file:///etc/passwd",
            "data",
            "dätä:,x",
            "https://h/\\ud800",
            "",
        ] {
            assert_eq!(
                found(&format!("\"{text}\""), &Schema::default()),
                [""; 0],
                "{text}"
            );
        }
        assert_eq!(found("null", &Schema::default()), [""; 0]);
    }

    #[test]
    fn what_the_schema_says_counts_whatever_the_text_looks_like() {
        let files = schema(json!({"type": "object", "properties": {
            "a": {"items": {"type": "string", "format": "uri"}}, "t": {"type": "string"},
        }}));
        assert_eq!(
            found(
                r#"{"t":"https://h/text","a":["https://h/my file.png"," https://h/b ","s3://h/c","not one","data:,\nx","","h\ud800"],"x":"https://h/x"}"#,
                &files
            ),
            [
                "https://h/my%20file.png",
                "https://h/b",
                "s3://h/c",
                "data:,\nx",
                "?https://h/x"
            ]
        );
    }

    #[test]
    fn without_a_scheme_there_is_no_address() {
        for (output, expected) in [
            (r#""a text""#, false),
            (r#"["a","b: c","1:2"]"#, true),
            (r#"["a b: c","1:2",":"]"#, false),
            (r#"{"data:":1,"x":{"y":[null,"s3:x"]}}"#, true),
            ("7", false),
        ] {
            assert_eq!(may_have_files(output).unwrap(), expected, "{output}");
        }
    }

    #[test]
    fn nothing_is_nothing() {
        for output in ["[]", "{}", r#""""#, r#"[[], {"images":[" "]}]"#] {
            assert!(is_empty(output), "{output}");
        }
        for output in ["null", "[null]", "0", "false", r#"["a"]"#, "\"\\ud800\"", "["] {
            assert!(!is_empty(output), "{output}");
        }
    }

    #[test]
    fn a_file_in_the_text_may_have_spaces_if_it_has_a_type() {
        let svg = r##"data:image/svg+xml;utf8,<svg width='1' fill='#f00'/> "##;
        assert_eq!(
            found(&json!([svg]).to_string(), &Schema::default()),
            [format!("?{svg}")]
        );
    }

    #[test]
    fn pointers_lead_to_the_texts_they_are_of() {
        let output = json!({"a/b": ["https://h/0", 7, ["x", "https://h/1"]], "m~n": {"": "https://h/2"}, "ü": "https://h/3"});
        let found = candidates(&output.to_string(), &Schema::default(), 10, true).unwrap();
        let pointers: Vec<_> = found
            .iter()
            .filter_map(|found| found.pointer.as_deref())
            .collect();
        assert_eq!(pointers, ["/a~1b/0", "/a~1b/2/1", "/m~0n/", "/ü"]);
        for (number, pointer) in pointers.iter().enumerate() {
            assert_eq!(
                output.pointer(pointer),
                Some(&json!(format!("https://h/{number}")))
            );
        }
        let sole = candidates(r#""https://h/""#, &Schema::default(), 10, true).unwrap();
        assert_eq!(sole[0].pointer.as_deref(), Some(""));
        let long = json!({"n".repeat(LONGEST_POINTER): "https://h/"}).to_string();
        assert_eq!(
            candidates(&long, &Schema::default(), 10, true).unwrap()[0].pointer,
            None
        );
    }

    #[test]
    fn there_is_an_end_to_it() {
        let many = json!(vec!["https://h/a"; 100]).to_string();
        assert_eq!(candidates(&many, &Schema::default(), 10, true).unwrap().len(), 11);
        assert!(
            candidates(&many, &Schema::default(), 10, false)
                .unwrap()
                .is_empty()
        );
        let deep = |levels: usize| format!("{}\"https://h/a\"{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(
            candidates(&deep(DEEPEST), &Schema::default(), 10, true)
                .unwrap()
                .len(),
            1
        );
        let error = candidates(&deep(DEEPEST + 1), &Schema::default(), 10, true).unwrap_err();
        assert_eq!(error.code(), ErrorCode::ProviderResponse);
        assert!(candidates(&deep(100_000), &Schema::default(), 10, true).is_err());
    }
}
