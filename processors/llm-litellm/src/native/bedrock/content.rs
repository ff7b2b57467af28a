//! The blocks of a message: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html>.

use runtime::ProcessorError;
use serde_json::{Value, json};

use super::media::{AUDIO, Description, Documents};
use super::model::Model;
use crate::models::Fact;
use crate::native::part::{Part, PartKind, Source};

/// What is told of calls and results that are texts.
pub(super) const WITHOUT_TOOLS: &str = "tool calls to text, as there are no tools";

/// What surrounds a content.
#[derive(Debug)]
pub(super) struct Blocks<'a> {
    pub(super) model: Model<'a>,
    /// How the blocks differ from the messages.
    pub(super) changes: Vec<String>,
    documents: Documents,
}

impl<'a> Blocks<'a> {
    pub(super) fn new(model: Model<'a>) -> Self {
        Self {
            model,
            changes: Vec::new(),
            documents: Documents::default(),
        }
    }

    /// Tells a change once.
    pub(super) fn note(&mut self, change: &str) {
        if !self.changes.iter().any(|known| known == change) {
            self.changes.push(change.to_owned());
        }
    }

    /// The blocks of a message's content. `is_guarded` is whether a guardrail has to look at its texts.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` with the JSON pointer of a part that Bedrock cannot take.
    pub(super) fn convert(
        &mut self,
        message: &Value,
        pointer: &str,
        is_guarded: bool,
    ) -> Result<Vec<Value>, ProcessorError> {
        let is_answer = message.get("role").is_some_and(|role| role == "assistant");
        let mut blocks = Vec::new();
        let mut is_without_texts = false;
        for part in Part::all(message.get("content"), &format!("{pointer}/content"))? {
            match self.block(&part, is_guarded)? {
                None if matches!(part.kind, PartKind::Other(_)) => {
                    if !is_answer {
                        self.note("messages.content thinking left out");
                    }
                }
                Some(block) => blocks.push(block),
                None => is_without_texts = true,
            }
            blocks.extend(self.cache_point(part.raw));
        }
        if blocks.is_empty() {
            return Ok(blocks);
        }
        if is_without_texts {
            self.note("empty texts left out");
        }
        let is_marked = blocks.last().is_some_and(|last| last.get("cachePoint").is_some());
        if !is_marked {
            blocks.extend(self.cache_point(message));
        }
        Ok(blocks)
    }

    /// `None` for a text that Bedrock refuses, as it says nothing, and for thinking, which is in members of the message.
    fn block(&mut self, part: &Part<'_>, is_guarded: bool) -> Result<Option<Value>, ProcessorError> {
        let text = |name: &str| part.raw.get(name).and_then(Value::as_str).unwrap_or_default();
        let block = match part.kind {
            PartKind::Text(text) if text.trim().is_empty() => return Ok(None),
            PartKind::Text(text) if is_guarded => guarded(text),
            PartKind::Text(text) => json!({ "text": text }),
            PartKind::Image(source) => {
                if part
                    .raw
                    .pointer("/image_url/detail")
                    .is_some_and(|detail| !detail.is_null())
                {
                    self.note("image_url.detail left out");
                }
                self.media(part, &source, "/image_url/format", None)?
            }
            PartKind::File { source, filename } => self.media(part, &source, "/file/format", filename)?,
            PartKind::Audio { data, format } => {
                self.check(part, AUDIO)?;
                json!({"audio": {"format": format, "source": {"bytes": data}}})
            }
            PartKind::Other("guarded_text") => guarded(text("text")),
            PartKind::Other("grounding_source" | "query") => json!({ "text": text("text") }),
            PartKind::Other("refusal") if !text("refusal").trim().is_empty() => {
                self.note("messages.refusal to content");
                json!({ "text": text("refusal") })
            }
            PartKind::Other("document" | "image") if part.raw.get("source").is_some() => {
                let block = self.documents.anthropic(part.raw);
                block.map_err(|what| part.refuse(what))?
            }
            PartKind::Other("video_url") => {
                let url = part
                    .raw
                    .pointer("/video_url/url")
                    .or_else(|| part.raw.get("video_url"));
                let source = Source::parse(url.and_then(Value::as_str).unwrap_or_default());
                self.media(part, &source, "/video_url/format", None)?
            }
            PartKind::Other("thinking" | "redacted_thinking") => return Ok(None),
            PartKind::Other(_) => {
                return Err(part.refuse(
                    "is no text, image, document, video or sound, and Bedrock takes nothing else; leave it out",
                ));
            }
        };
        Ok(Some(block))
    }

    /// `format` is the path of what says the type, whatever the source says.
    fn media(
        &mut self,
        part: &Part<'_>,
        source: &Source<'_>,
        format: &str,
        filename: Option<&str>,
    ) -> Result<Value, ProcessorError> {
        let description = Description {
            name: filename,
            citations: part.member("citations"),
            ..Description::default()
        };
        let format = part.raw.pointer(format).and_then(Value::as_str);
        let media = self.documents.media(source, format, description);
        let (kind, block) = media.map_err(|what| part.refuse(what))?;
        self.check(part, kind)?;
        Ok(json!({ kind: block }))
    }

    fn check(&self, part: &Part<'_>, kind: &str) -> Result<(), ProcessorError> {
        if kind == AUDIO && self.model.lacks(Fact::Audio) {
            return Err(part.refuse("is a sound, and this model hears none; leave it out, or give its words"));
        }
        Ok(())
    }

    /// What a mark for caching becomes: <https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html>.
    pub(super) fn cache_point(&mut self, marked: &Value) -> Option<Value> {
        let mark = marked.get("cache_control").filter(|mark| mark.is_object())?;
        if !self.model.may_cache() {
            self.note("cache_control left out, as the model does not cache");
            return None;
        }
        let time = mark.get("ttl").filter(|time| !time.is_null());
        let known = time.filter(|time| self.model.takes_cache_time() && (**time == "5m" || **time == "1h"));
        if time.is_some() && known.is_none() {
            self.note("cache_control.ttl left out");
        }
        let point = match known {
            Some(time) => json!({"type": "default", "ttl": time}),
            None => json!({"type": "default"}),
        };
        Some(json!({ "cachePoint": point }))
    }
}

/// <https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-converse-api.html>.
fn guarded(text: &str) -> Value {
    json!({"guardContent": {"text": {"text": text}}})
}
