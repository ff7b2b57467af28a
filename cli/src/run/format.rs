//! What a line of a batch is: an inputs document, or a line of another format that becomes one.

mod labelled;
mod openai_batch;

use clap::ValueEnum;
use documents::Error;
use documents::inputs::parse_json;
use documents::json::Node;

use labelled::{Labelled, take_label};

/// The format of a batch's lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Inputs documents, each perhaps with a label
    Inputs,
    /// Requests for chat completions as in OpenAI's batch files
    OpenaiBatch,
}

impl Format {
    /// Reads a line.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` that names the field or the position, and repeats no value. The inputs themselves are not checked yet.
    pub(crate) fn read(self, line: &[u8]) -> Result<Labelled<'_>, Error> {
        let document = parse_json(line)?;
        match (self, document) {
            (Self::OpenaiBatch, document) => openai_batch::read(document),
            (Self::Inputs, Node::Object(mut fields)) => Ok(Labelled {
                label: take_label(&mut fields, "label")?,
                inputs: Node::Object(fields),
            }),
            (Self::Inputs, inputs) => Ok(Labelled { label: None, inputs }),
        }
    }
}

#[cfg(test)]
mod tests {
    use documents::inputs::normalize;

    use super::*;

    fn hash(format: Format, line: &str) -> String {
        let labelled = format.read(line.as_bytes()).unwrap();
        normalize(labelled.inputs).unwrap().hashes.inputs_sha256
    }

    #[test]
    fn a_label_is_no_part_of_the_inputs() {
        let labelled = r#"{"label":"first","params":{"a":1}}"#;
        assert_eq!(
            Format::Inputs.read(labelled.as_bytes()).unwrap().label.as_deref(),
            Some("first")
        );
        let plain = r#"{"params":{"a":1}}"#;
        assert_eq!(hash(Format::Inputs, labelled), hash(Format::Inputs, plain));
        let error = Format::Inputs.read(br#"{"label":7}"#).unwrap_err();
        assert_eq!(error.message(), "/label is not a string");
    }

    #[test]
    fn a_line_of_openai_is_an_inputs_document() {
        let line = r#"{"custom_id":"q-1","method":"POST","url":"/v1/chat/completions",
            "body":{"messages":[],"model":"gpt-4o-mini","top_p":1}}"#;
        let labelled = Format::OpenaiBatch.read(line.as_bytes()).unwrap();
        assert_eq!(labelled.label.as_deref(), Some("q-1"));
        let inputs = r#"{"model":"gpt-4o-mini","params":{"messages":[],"top_p":1}}"#;
        assert_eq!(hash(Format::OpenaiBatch, line), hash(Format::Inputs, inputs));
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
            let error = Format::OpenaiBatch.read(line.as_bytes()).unwrap_err();
            assert_eq!(error.message(), message);
        }
    }
}
