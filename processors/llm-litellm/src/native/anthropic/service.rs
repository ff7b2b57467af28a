//! The services that have the API.

use percent_encoding::utf8_percent_encode;
use runtime::ProcessorError;
use serde_json::Value;

use super::inputs::items;
use crate::native::interface::Call;
use crate::native::model_path::SEGMENT;
use crate::native::part::{Part, PartKind, Source};

/// A service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    /// Anthropic's own.
    Anthropic,
    /// Vertex AI, of Google Cloud:
    /// <https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude>.
    Vertex,
}

impl Service {
    /// Its prefix in the table of models.
    pub(super) const fn prefix(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::Vertex => "vertex_ai",
        }
    }

    /// What follows the base address.
    pub(super) fn path(self, call: &Call<'_>) -> String {
        match self {
            Self::Anthropic => "/messages".to_owned(),
            Self::Vertex => {
                let method = if call.is_stream() {
                    "streamRawPredict"
                } else {
                    "rawPredict"
                };
                format!(
                    "/publishers/anthropic/models/{}:{method}",
                    utf8_percent_encode(call.model, SEGMENT)
                )
            }
        }
    }

    /// Refuses files at an address where the service fetches none.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` with the JSON pointer of the part.
    pub(super) fn check(self, messages: &[Value]) -> Result<(), ProcessorError> {
        if self == Self::Anthropic {
            return Ok(());
        }
        for (index, message) in messages.iter().enumerate() {
            if items(message, "content").is_empty() {
                continue;
            }
            let pointer = format!("/params/messages/{index}/content");
            for part in Part::all(message.get("content"), &pointer)? {
                let is_at_address = matches!(
                    part.kind,
                    PartKind::Image(Source::Url(_))
                        | PartKind::File {
                            source: Source::Url(_),
                            ..
                        }
                );
                if is_at_address {
                    return Err(part.refuse(
                        "is at an address, and Vertex AI fetches none for Claude; give the file itself, as a data URI or a file of the inputs",
                    ));
                }
            }
        }
        Ok(())
    }
}
