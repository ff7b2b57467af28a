//! What a line of a batch is: an inputs document, or a line of another format that becomes one.

mod csv;
mod guess;
mod labelled;
mod messages;
mod name;
mod openai_batch;
mod rows;
mod template;

use std::borrow::Cow;

use documents::Error;
use documents::inputs::parse_json;
use documents::json::Node;
use serde_json::{Map, Value};

pub(crate) use csv::Records;
pub(crate) use guess::Guess;
use labelled::{Labelled, take_label};
pub(crate) use name::Format;
pub(crate) use rows::Rows;
pub(crate) use template::Template;

/// Makes an inputs document of each line.
#[derive(Debug)]
pub(crate) enum Reader {
    InputsLines,
    OpenaiBatchLines,
    MessagesLines,
    Rows(Box<Rows>),
}

impl Reader {
    /// What is between fields, where the lines are records of CSV below a header.
    pub(crate) const fn delimiter(&self) -> Option<u8> {
        match self {
            Self::Rows(rows) => rows.delimiter(),
            _ => None,
        }
    }

    /// The JSON document of a line: the line itself, or what the template makes of it.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS`.
    pub(crate) fn document<'a>(&self, line: &'a [u8]) -> Result<Cow<'a, [u8]>, Error> {
        match self {
            Self::Rows(rows) => rows.fill(line).map(Cow::Owned),
            _ => Ok(Cow::Borrowed(line)),
        }
    }

    /// The columns of a line that is a row.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS`.
    pub(crate) fn row(&self, line: &[u8]) -> Result<Option<Map<String, Value>>, Error> {
        match self {
            Self::Rows(rows) => rows.row(line).map(Some),
            _ => Ok(None),
        }
    }

    /// Reads the document of a line.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` that names the field or the position, and repeats no value. The inputs themselves are not checked yet.
    pub(crate) fn read<'a>(&self, document: &'a [u8]) -> Result<Labelled<'a>, Error> {
        let document = parse_json(document)?;
        match (self, document) {
            (Self::OpenaiBatchLines, document) => openai_batch::read(document),
            (Self::MessagesLines, document) => messages::read(document),
            (Self::InputsLines | Self::Rows(_), Node::Object(mut fields)) => Ok(Labelled {
                label: take_label(&mut fields, "label")?,
                inputs: Node::Object(fields),
            }),
            (Self::InputsLines | Self::Rows(_), inputs) => Ok(Labelled { label: None, inputs }),
        }
    }
}

#[cfg(test)]
mod tests {
    use documents::inputs::normalize;

    use super::*;

    fn hash(reader: &Reader, line: &str) -> String {
        let labelled = reader.read(line.as_bytes()).unwrap();
        normalize(labelled.inputs).unwrap().hashes.inputs_sha256
    }

    #[test]
    fn a_label_is_no_part_of_the_inputs() {
        let labelled = r#"{"label":"first","params":{"a":1}}"#;
        assert_eq!(
            Reader::InputsLines
                .read(labelled.as_bytes())
                .unwrap()
                .label
                .as_deref(),
            Some("first")
        );
        let plain = r#"{"params":{"a":1}}"#;
        assert_eq!(
            hash(&Reader::InputsLines, labelled),
            hash(&Reader::InputsLines, plain)
        );
        let error = Reader::InputsLines.read(br#"{"label":7}"#).unwrap_err();
        assert_eq!(error.message(), "/label is not a string");
    }

    #[test]
    fn a_line_of_openai_is_an_inputs_document() {
        let line = r#"{"custom_id":"q-1","method":"POST","url":"/v1/chat/completions",
            "body":{"messages":[],"model":"gpt-4o-mini","top_p":1}}"#;
        let labelled = Reader::OpenaiBatchLines.read(line.as_bytes()).unwrap();
        assert_eq!(labelled.label.as_deref(), Some("q-1"));
        let inputs = r#"{"model":"gpt-4o-mini","params":{"messages":[],"top_p":1}}"#;
        assert_eq!(
            hash(&Reader::OpenaiBatchLines, line),
            hash(&Reader::InputsLines, inputs)
        );
    }

    #[test]
    fn nothing_of_a_line_is_dropped() {
        for (line, message) in [
            (r#"[]"#, "the line is not a JSON object"),
            (r#"{"custom_id":"a"}"#, "/body is missing"),
            (r#"{"body":[]}"#, "/body is not an object"),
            (r#"{"body":{},"custom_id":1}"#, "/custom_id is not a string"),
            (r#"{"body":{},"method":"GET"}"#, "/method is not \"POST\""),
            (
                r#"{"body":{},"url":"/v1/embeddings"}"#,
                "/url is not \"/v1/chat/completions\", the only one that can be asked",
            ),
            (
                r#"{"body":{},"metadata":{}}"#,
                "/metadata is not a field of such a line; it has custom_id, method, url and body",
            ),
        ] {
            let error = Reader::OpenaiBatchLines.read(line.as_bytes()).unwrap_err();
            assert_eq!(error.message(), message);
        }
    }

    #[test]
    fn a_request_is_an_inputs_document() {
        let line = r#"{"model":"m","label":"a","messages":[],"top_p":1}"#;
        let labelled = Reader::MessagesLines.read(line.as_bytes()).unwrap();
        assert_eq!(labelled.label.as_deref(), Some("a"));
        let inputs = r#"{"model":"m","params":{"messages":[],"top_p":1}}"#;
        assert_eq!(
            hash(&Reader::MessagesLines, line),
            hash(&Reader::InputsLines, inputs)
        );
        for (line, message) in [
            (r#"{"model":"m"}"#, "/messages is missing"),
            (
                r#"{"messages":[],"mode":"real"}"#,
                "/mode is a field of an inputs document, which has messages in params",
            ),
        ] {
            let error = Reader::MessagesLines.read(line.as_bytes()).unwrap_err();
            assert_eq!(error.message(), message);
        }
    }
}
