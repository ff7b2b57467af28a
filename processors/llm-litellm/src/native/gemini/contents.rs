//! The messages of a conversation as `contents`: <https://ai.google.dev/api/caching#Content>.

use runtime::ProcessorError;
use serde_json::{Map, Value, json};

use super::media::{Media, Resolution};
use super::model::Model;
use super::names::wrong;
use super::object::set;
use super::service::Service;
use super::{signature, tool_result};
use crate::native::interface::Call;
use crate::native::part::{Part, PartKind};
use crate::native::tool_call::ToolCall;

/// A conversation.
#[derive(Debug)]
pub(super) struct Conversation<'a> {
    model: Model<'a>,
    service: Service,
    turns: Vec<(Speaker, Vec<Value>)>,
    /// The parts of `systemInstruction`.
    pub(super) system: Vec<Value>,
    /// The id and the name of each call.
    calls: Vec<(&'a str, &'a str)>,
    /// The highest resolution of a part.
    pub(super) resolution: Option<Resolution>,
    pub(super) changes: Vec<String>,
}

/// Whose parts make one content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speaker {
    User,
    Model,
    Tools,
}

impl<'a> Conversation<'a> {
    /// The conversation of a call.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` with the JSON pointer of what Gemini cannot take.
    pub(super) fn new(call: &Call<'a>, service: Service) -> Result<Self, ProcessorError> {
        let mut conversation = Self {
            model: Model::new(call.model),
            service,
            turns: Vec::new(),
            system: Vec::new(),
            calls: Vec::new(),
            resolution: None,
            changes: Vec::new(),
        };
        let messages = call.params.get("messages").and_then(Value::as_array);
        for (index, message) in messages.into_iter().flatten().enumerate() {
            conversation.add(message, index)?;
        }
        conversation.add_missing();
        Ok(conversation)
    }

    /// The contents, and whether one of them has a resolution of its own.
    pub(super) fn into_contents(self) -> (Value, bool) {
        let has_resolution = self.resolution.is_some() && self.model.is_gemini_3();
        let contents = self.turns.into_iter().map(|(speaker, parts)| {
            let role = if speaker == Speaker::Model {
                "model"
            } else {
                "user"
            };
            json!({"role": role, "parts": parts})
        });
        (contents.collect(), has_resolution)
    }

    fn add(&mut self, message: &'a Value, index: usize) -> Result<(), ProcessorError> {
        let pointer = format!("/params/messages/{index}");
        if message.get("cache_control").is_some() {
            self.change("cache_control left out");
        }
        let role = message.get("role").and_then(Value::as_str);
        let is_result = matches!(role, Some("tool" | "function"));
        if message
            .get("name")
            .is_some_and(|name| !name.is_null() && !is_result)
        {
            self.change("messages[].name left out");
        }
        match role {
            Some("system" | "developer") if self.model.takes_system_instruction() => {
                let text = self.text(message, &pointer)?;
                self.system.push(json!({ "text": text }));
            }
            Some("system" | "developer") => {
                let text = self.text(message, &pointer)?;
                self.change("system to user");
                self.extend(Speaker::User, vec![json!({ "text": text })]);
            }
            Some("user") => {
                let parts = self.parts(message, &pointer)?;
                self.extend(Speaker::User, parts);
            }
            Some("assistant") => {
                let parts = self.answer(message, &pointer)?;
                self.extend(Speaker::Model, parts);
            }
            Some("tool" | "function") => {
                let name = self.name_of_result(message).ok_or_else(|| {
                    wrong(
                        &format!("messages/{index}/tool_call_id"),
                        "is the id of no call before it; give the message of the assistant that made the call, or the name of the function",
                    )
                })?;
                let parts = tool_result::parts(message, name, (self.model, self.service), &pointer)?;
                self.extend(Speaker::Tools, parts);
            }
            _ => {
                return Err(wrong(
                    &format!("messages/{index}/role"),
                    "is none of system, developer, user, assistant and tool",
                ));
            }
        }
        Ok(())
    }

    /// The name of the function that was called, by the id of its latest call.
    fn name_of_result(&self, message: &'a Value) -> Option<&'a str> {
        let text = |name: &str| {
            message
                .get(name)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
        };
        let id = text("tool_call_id");
        let call = id.and_then(|id| {
            let mut calls = self.calls.iter().rev();
            let id = signature::without(id);
            calls.find(|(known, _)| signature::without(known) == id)
        });
        call.map(|(_, name)| *name).or_else(|| text("name"))
    }

    /// The joined texts of a message.
    fn text(&mut self, message: &'a Value, pointer: &str) -> Result<String, ProcessorError> {
        let mut joined = String::new();
        for part in Part::all(message.get("content"), &format!("{pointer}/content"))? {
            let PartKind::Text(text) = part.kind else {
                return Err(part.refuse("is not a text, and Gemini takes nothing else from the system"));
            };
            self.note_cache(&part);
            joined.push_str(text);
        }
        Ok(joined)
    }

    /// The parts of a message's content; empty texts of a list are left out.
    fn parts(&mut self, message: &'a Value, pointer: &str) -> Result<Vec<Value>, ProcessorError> {
        let mut parts = Vec::new();
        for part in Part::all(message.get("content"), &format!("{pointer}/content"))? {
            self.note_cache(&part);
            match part.kind {
                PartKind::Text("") if !part.raw.is_string() => {}
                PartKind::Text(text) => parts.push(json!({ "text": text })),
                PartKind::Other("thinking" | "redacted_thinking") => {
                    self.change("messages[].content thinking left out");
                }
                _ => parts.extend(self.media(&part)?),
            }
        }
        Ok(parts)
    }

    fn media(&mut self, part: &Part<'_>) -> Result<Option<Value>, ProcessorError> {
        let Some(media) = Media::parse(part)? else {
            return Ok(None);
        };
        self.resolution = self.resolution.max(media.resolution);
        Ok(Some(media.into_part(self.model.is_gemini_3())))
    }

    /// The parts of an answer: thoughts, text, images, calls, and what the service's own tools did.
    fn answer(&mut self, message: &'a Value, pointer: &str) -> Result<Vec<Value>, ProcessorError> {
        let list = |path: &str| {
            message
                .pointer(path)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
        };
        let mut parts = Vec::new();
        // the signature of a thought is that of the part after it, and other services have their own
        if let Some(reasoning) = message.get("reasoning_content").and_then(Value::as_str) {
            parts.push(json!({"thought": true, "text": reasoning}));
        } else if list("/thinking_blocks").next().is_some() {
            self.change("messages[].thinking_blocks left out");
        }
        let thoughts = parts.len();
        parts.extend(self.parts(message, pointer)?);
        for (index, image) in list("/images").enumerate() {
            for part in Part::all(Some(&json!([image])), &format!("{pointer}/images/{index}"))? {
                parts.extend(self.media(&part)?);
            }
        }
        let answered = parts.len();
        for call in ToolCall::all(message, pointer)? {
            let mut function = json!({"name": call.name, "args": call.arguments});
            if self.model.is_gemini_3() && !call.id.is_empty() {
                set(&mut function, "id", signature::without(call.id));
            }
            let mut part = json!({ "functionCall": function });
            if let Some(signature) = signature::of_call(call.raw) {
                set(&mut part, "thoughtSignature", signature);
            } else if self.model.is_gemini_3() && parts.len() == answered {
                set(&mut part, "thoughtSignature", signature::placeholder());
                self.change("thoughtSignature added");
            }
            self.calls.push((call.id, call.name));
            parts.push(part);
        }
        for invocation in list("/provider_specific_fields/server_side_tool_invocations") {
            parts.extend(invocations(invocation));
        }
        // each signature belongs to one part
        let is_used = |signature: &&Value| {
            parts
                .iter()
                .any(|part| part.get("thoughtSignature") == Some(*signature))
        };
        let signatures = list("/provider_specific_fields/thought_signatures").filter(|known| !is_used(known));
        let signatures: Vec<_> = signatures.cloned().collect();
        let unsigned = parts.iter_mut().take(answered).skip(thoughts);
        for (part, signature) in unsigned.zip(signatures) {
            set(part, "thoughtSignature", signature);
        }
        Ok(parts)
    }

    fn extend(&mut self, speaker: Speaker, parts: Vec<Value>) {
        match self.turns.last_mut() {
            _ if parts.is_empty() => {}
            Some((last, known)) if *last == speaker => known.extend(parts),
            _ => self.turns.push((speaker, parts)),
        }
    }

    /// Adds a text to what has none, as LiteLLM does, since models refuse it.
    fn add_missing(&mut self) {
        for (speaker, parts) in &mut self.turns {
            if *speaker == Speaker::User && parts.iter().all(|part| part.get("text").is_none()) {
                parts.push(json!({"text": " "}));
                self.changes.push("messages[].content text added".to_owned());
            }
        }
        if self.turns.is_empty() {
            let text = if self.system.is_empty() { " " } else { "." };
            self.turns.push((Speaker::User, vec![json!({ "text": text })]));
            self.change("user message added");
        }
    }

    /// Gemini caches what it has seen before by itself.
    fn note_cache(&mut self, part: &Part<'_>) {
        if part.member("cache_control").is_some() {
            self.change("cache_control left out");
        }
    }

    fn change(&mut self, change: &str) {
        if !self.changes.iter().any(|known| known == change) {
            self.changes.push(change.to_owned());
        }
    }
}

/// The parts for what a tool of the service did.
fn invocations(invocation: &Value) -> Vec<Value> {
    let pick = |names: &[(&str, &str)]| -> Map<String, Value> {
        let members = names.iter().filter_map(|(name, to)| {
            let value = invocation.get(*name).filter(|value| !value.is_null())?;
            Some(((*to).to_owned(), value.clone()))
        });
        members.collect()
    };
    let part = |name: &str, members: Map<String, Value>, signature: &str| {
        let mut part = json!({ name: members });
        if let Some(signature) = invocation.get(signature) {
            set(&mut part, "thoughtSignature", signature.clone());
        }
        part
    };
    let call = pick(&[("tool_type", "toolType"), ("id", "id"), ("args", "args")]);
    let mut parts = vec![part("toolCall", call, "thought_signature")];
    if invocation.get("response").is_some() {
        let response = pick(&[("tool_type", "toolType"), ("id", "id"), ("response", "response")]);
        parts.push(part("toolResponse", response, "response_thought_signature"));
    }
    parts
}
