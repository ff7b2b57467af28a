//! Finds the files of a model's output.

mod places;
mod token;
mod walk;

use runtime::ProcessorError;
use serde_json::Value;

use crate::file_source::{FileSource, has_scheme, is_address};
use crate::schema::{Schema, StringType};
use walk::visit_strings;

/// An output without content is not longer.
const LONGEST_EMPTY: usize = 4 * 1024;
/// A longer JSON pointer is left out: there may be a thousand, each with a name of megabytes.
const LONGEST_POINTER: usize = 16 * 1024;

/// A string that is, or may be, the address of a file.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) source: FileSource,
    /// Whether the schema declares it a file; otherwise the download decides.
    pub(crate) is_certain: bool,
    /// Where in the output it is (RFC 6901); `None` if that is too long.
    pub(crate) pointer: Option<String>,
}

/// Whether an output has a string that begins like an address: without one there are no files, and no schema is needed.
///
/// # Errors
///
/// Those of [`candidates`].
pub(crate) fn may_have_files(output: &str) -> Result<bool, ProcessorError> {
    let mut has_address = false;
    visit_strings(output, &Schema::default(), &mut |text, _, _| {
        has_address = std::str::from_utf8(text).is_ok_and(has_scheme);
        !has_address
    })?;
    Ok(has_address)
}

/// Whether an output has no content: nothing but blank strings, empty lists and empty objects.
pub(crate) fn is_empty(output: &str) -> bool {
    fn is_blank(value: &Value) -> bool {
        match value {
            Value::String(text) => text.trim().is_empty(),
            Value::Array(items) => items.iter().all(is_blank),
            Value::Object(members) => members.values().all(is_blank),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
    output.len() <= LONGEST_EMPTY && serde_json::from_str(output).is_ok_and(|output| is_blank(&output))
}

/// Finds the candidates of an output in its own order, at most one more than `limit`. A string is one if the schema declares it a
/// file or, `with_uncertain`, if it is an address as a whole and the schema does not declare it text.
///
/// # Errors
///
/// `ERR_PROVIDER_RESPONSE` for an output that is nested too deeply.
pub(crate) fn candidates(
    output: &str,
    schema: &Schema,
    limit: usize,
    with_uncertain: bool,
) -> Result<Vec<Candidate>, ProcessorError> {
    let mut found = Vec::new();
    visit_strings(output, schema, &mut |text, declared, pointer| {
        let text = std::str::from_utf8(text).unwrap_or_default(); // half a surrogate pair is not part of an address
        let is_certain = declared == StringType::File;
        let is_candidate = match declared {
            StringType::File => has_scheme(text),
            StringType::Text => false,
            StringType::Unknown => with_uncertain && is_address(text),
        };
        if is_candidate {
            found.push(Candidate {
                source: FileSource::parse(text),
                is_certain,
                pointer: (pointer.len() <= LONGEST_POINTER).then(|| pointer.to_owned()),
            });
        } else if is_certain {
            tracing::warn!("file_without_address"); // some models leave the string empty
        }
        found.len() <= limit
    })?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use runtime::ErrorCode;
    use serde_json::json;
    use support::cpu_time;

    use super::walk::MAX_DEPTH;
    use super::*;

    fn schema(output: serde_json::Value) -> Schema {
        Schema::from_document(json!({"components": {"schemas": {"Output": output}}}))
    }

    fn found(output: &str, schema: &Schema) -> Vec<String> {
        let describe = |candidate: &Candidate| {
            let address = match &candidate.source {
                FileSource::Remote(url) => url.to_string(),
                FileSource::DataUri(uri) => uri.clone(),
                FileSource::Invalid => "invalid".to_owned(),
            };
            format!("{}{address}", if candidate.is_certain { "" } else { "?" })
        };
        candidates(output, schema, 1000, true)
            .unwrap()
            .iter()
            .map(describe)
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
    fn strings_that_only_begin_like_an_address_are_skipped() {
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
    fn the_schema_decides_whatever_the_string_looks_like() {
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
    fn blank_values_are_empty() {
        for output in ["[]", "{}", r#""""#, r#"[[], {"images":[" "]}]"#] {
            assert!(is_empty(output), "{output}");
        }
        for output in ["null", "[null]", "0", "false", r#"["a"]"#, "\"\\ud800\"", "["] {
            assert!(!is_empty(output), "{output}");
        }
    }

    #[test]
    fn a_data_uri_with_a_media_type_may_have_spaces() {
        let svg = r##"data:image/svg+xml;utf8,<svg width='1' fill='#f00'/> "##;
        assert_eq!(
            found(&json!([svg]).to_string(), &Schema::default()),
            [format!("?{svg}")]
        );
    }

    #[test]
    fn pointers_lead_to_their_strings() {
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
    fn count_and_depth_are_limited() {
        let many = json!(vec!["https://h/a"; 100]).to_string();
        assert_eq!(candidates(&many, &Schema::default(), 10, true).unwrap().len(), 11);
        assert!(
            candidates(&many, &Schema::default(), 10, false)
                .unwrap()
                .is_empty()
        );
        let deep = |levels: usize| format!("{}\"https://h/a\"{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(
            candidates(&deep(MAX_DEPTH), &Schema::default(), 10, true)
                .unwrap()
                .len(),
            1
        );
        let error = candidates(&deep(MAX_DEPTH + 1), &Schema::default(), 10, true).unwrap_err();
        assert_eq!(error.code(), ErrorCode::ProviderResponse);
        assert!(candidates(&deep(100_000), &Schema::default(), 10, true).is_err());
    }

    #[test]
    fn a_deep_output_takes_no_longer_than_a_flat_one() {
        let itself = json!({"$ref": "#/components/schemas/Output"});
        let schema = schema(json!({"anyOf": vec![json!({"items": itself, "type": "array"}); 14]}));
        let item = format!("{}1{},", "[".repeat(10), "]".repeat(10)).repeat(1_000) + "1";
        let fastest = |levels: usize| {
            let output = format!("{}{item}{}", "[".repeat(levels), "]".repeat(levels));
            let run = || {
                let (found, took) = cpu_time(|| candidates(&output, &schema, 10, true));
                assert!(found.unwrap().is_empty());
                took
            };
            (0..3).map(|_| run()).min().unwrap()
        };
        let (flat, deep) = (fastest(1), fastest(89));
        // a reading for each level would be eight times as long
        assert!(deep < flat * 4, "{flat:?} and {deep:?}");
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for output in ["", "[", "{\"a\"", "{1:2}", "[1 2]", "\"a", "]", "{\"a\":}"] {
            assert!(
                candidates(output, &Schema::default(), 10, true).is_err(),
                "{output}"
            );
        }
    }
}
