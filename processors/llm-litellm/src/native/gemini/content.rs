//! What a message contains, as parts: <https://ai.google.dev/api/caching#Part>.

use runtime::ProcessorError;
use serde_json::Value;

use super::media::{Media, Resolution};
use super::model::Model;
use super::service::Service;
use crate::blank::is_blank;
use crate::native::object::object;
use crate::native::part::{Part, PartKind};

/// Reads contents, and collects what they have in common.
#[derive(Debug)]
pub(super) struct ContentReader<'a> {
    pub(super) model: Model<'a>,
    pub(super) service: Service,
    /// The highest resolution of a part.
    pub(super) resolution: Option<Resolution>,
    pub(super) changes: Vec<String>,
}

impl<'a> ContentReader<'a> {
    pub(super) fn new(model: Model<'a>, service: Service) -> Self {
        Self {
            model,
            service,
            resolution: None,
            changes: Vec::new(),
        }
    }

    /// The joined texts of a message; `None` without a content.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` with the JSON pointer of a part that is no text.
    pub(super) fn text(&mut self, message: &Value, pointer: &str) -> Result<Option<String>, ProcessorError> {
        let mut joined: Option<String> = None;
        for part in self.read(message, pointer)? {
            let PartKind::Text(text) = part.kind else {
                return Err(part.refuse("is not a text, and Gemini takes nothing else from the system"));
            };
            joined.get_or_insert_default().push_str(text);
        }
        Ok(joined)
    }

    /// The parts of a message's content; empty texts of a list are left out.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` with the JSON pointer of a part that Gemini cannot take.
    pub(super) fn parts(&mut self, message: &Value, pointer: &str) -> Result<Vec<Value>, ProcessorError> {
        let mut parts = Vec::new();
        for part in self.read(message, pointer)? {
            match part.kind {
                PartKind::Text("") if !part.raw.is_string() => {}
                PartKind::Text(text) => parts.push(object([("text", text.into())])),
                PartKind::Other("thinking" | "redacted_thinking") => {
                    self.change("messages[].content thinking left out");
                }
                PartKind::Other("refusal") => {
                    let refusal = part.raw.get("refusal").and_then(Value::as_str);
                    parts.extend(refusal.map(|refusal| object([("text", refusal.into())])));
                    self.change("messages[].content refusal to text");
                }
                _ => parts.extend(self.media(&part)?),
            }
        }
        Ok(parts)
    }

    /// A part that is no text; `None` for one that is.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` for a part that Gemini cannot take.
    pub(super) fn media(&mut self, part: &Part<'_>) -> Result<Option<Value>, ProcessorError> {
        let Some(media) = Media::parse(part)? else {
            return Ok(None);
        };
        self.resolution = self.resolution.max(media.resolution);
        Ok(Some(media.into_part(self.model.is_gemini_3())))
    }

    /// The parts of a content in OpenAI's form. Gemini caches what it has seen before by itself.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` with the JSON pointer of a part that is not OpenAI's.
    pub(super) fn read<'m>(
        &mut self,
        message: &'m Value,
        pointer: &str,
    ) -> Result<Vec<Part<'m>>, ProcessorError> {
        let parts = Part::all(message.get("content"), &format!("{pointer}/content"))?;
        if parts.iter().any(|part| part.member("cache_control").is_some()) {
            self.change("cache_control left out");
        }
        Ok(parts)
    }

    /// Reports the members of an object that say something, and that nobody reads. `path` is what the object is.
    pub(super) fn leave_out_others(&mut self, path: &str, object: &Value, known: &[&str]) {
        for (name, value) in object.as_object().into_iter().flatten() {
            if !known.contains(&name.as_str()) && !is_blank(value) {
                self.change(&format!("{path}.{name} left out"));
            }
        }
    }

    pub(super) fn change(&mut self, change: &str) {
        if !self.changes.iter().any(|known| known == change) {
            self.changes.push(change.to_owned());
        }
    }
}
