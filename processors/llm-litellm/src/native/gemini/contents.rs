//! The messages of a conversation as `contents`: <https://ai.google.dev/api/caching#Content>.

use runtime::ProcessorError;
use serde_json::Value;

use super::content::ContentReader;
use super::media::Resolution;
use super::model::Model;
use super::names::wrong;
use super::service::Service;
use super::{assistant, signature, tool_result};
use crate::native::interface::Call;
use crate::native::object::object;

/// The members of a message that are read, but for an assistant's.
const MEMBERS: [&str; 4] = ["role", "content", "name", "cache_control"];
const RESULT_MEMBERS: [&str; 5] = ["role", "content", "name", "cache_control", "tool_call_id"];

/// A conversation.
#[derive(Debug)]
pub(super) struct Conversation<'a> {
    reader: ContentReader<'a>,
    turns: Vec<(Speaker, Vec<Value>)>,
    /// The results since the last call, with the number of the call.
    results: Vec<(Option<usize>, Vec<Value>)>,
    /// The parts of `systemInstruction`.
    pub(super) system: Vec<Value>,
    /// The id and the name of each call.
    calls: Vec<(&'a str, &'a str)>,
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
            reader: ContentReader::new(Model::new(call.model), service),
            turns: Vec::new(),
            results: Vec::new(),
            system: Vec::new(),
            calls: Vec::new(),
        };
        let messages = call.params.get("messages").and_then(Value::as_array);
        for (index, message) in messages.into_iter().flatten().enumerate() {
            conversation.add(message, index)?;
        }
        conversation.end_results();
        conversation.add_missing();
        Ok(conversation)
    }

    /// The highest resolution of a part.
    pub(super) fn resolution(&self) -> Option<Resolution> {
        self.reader.resolution
    }

    /// How it differs from the messages.
    pub(super) fn take_changes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.reader.changes)
    }

    /// The contents.
    pub(super) fn into_contents(self) -> Value {
        let mut contents = Vec::new();
        for (speaker, parts) in self.turns {
            let role = if speaker == Speaker::Model {
                "model"
            } else {
                "user"
            };
            contents.push(object([("role", role.into()), ("parts", parts.into())]));
        }
        contents.into()
    }

    fn add(&mut self, message: &'a Value, index: usize) -> Result<(), ProcessorError> {
        let pointer = format!("/params/messages/{index}");
        if message.get("cache_control").is_some() {
            self.reader.change("cache_control left out");
        }
        let role = message.get("role").and_then(Value::as_str);
        if role == Some("developer") {
            self.reader.change("developer to system");
        }
        let is_result = matches!(role, Some("tool" | "function"));
        if message
            .get("name")
            .is_some_and(|name| !name.is_null() && !is_result)
        {
            self.reader.change("messages[].name left out");
        }
        if matches!(role, Some("user" | "assistant")) {
            self.end_results();
        }
        match role {
            Some("system" | "developer") => {
                self.reader.leave_out_others("messages[]", message, &MEMBERS);
                if let Some(text) = self.reader.text(message, &pointer)? {
                    self.add_system(object([("text", text.into())]));
                }
            }
            Some("user") => {
                self.reader.leave_out_others("messages[]", message, &MEMBERS);
                let parts = self.reader.parts(message, &pointer)?;
                self.extend(Speaker::User, parts);
            }
            Some("assistant") => {
                let answered = assistant::read(message, &pointer, &mut self.reader)?;
                self.calls.extend(answered.calls);
                self.extend(Speaker::Model, answered.parts);
            }
            Some("tool" | "function") => {
                self.reader
                    .leave_out_others("messages[]", message, &RESULT_MEMBERS);
                let call = self.call_of_result(message);
                let name = call.and_then(|call| self.calls.get(call)).map(|(_, name)| *name);
                let own = message.get("name").and_then(Value::as_str);
                let name = name.or(own.filter(|name| !name.is_empty()));
                let name = name.ok_or_else(|| {
                    wrong(
                        &format!("messages/{index}/tool_call_id"),
                        "is the id of no call before it; give the message of the assistant that made the call, or the name of the function",
                    )
                })?;
                let parts = tool_result::parts(message, name, &mut self.reader, &pointer)?;
                self.results.push((call, parts));
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

    /// Gemini knows one instruction, which is before the conversation, and some models know none.
    fn add_system(&mut self, text: Value) {
        if !self.reader.model.takes_system_instruction() {
            self.reader.change("system to user");
            self.end_results();
            self.extend(Speaker::User, vec![text]);
            return;
        }
        if !self.turns.is_empty() {
            self.reader.change("later system to systemInstruction");
        }
        self.system.push(text);
    }

    /// The number of the latest call with the id of a result.
    fn call_of_result(&self, message: &Value) -> Option<usize> {
        let id = message.get("tool_call_id").and_then(Value::as_str);
        let id = signature::without(id.filter(|id| !id.is_empty())?);
        self.calls
            .iter()
            .rposition(|(known, _)| signature::without(known) == id)
    }

    /// Models that know no ids of calls tell the results of one function apart by their order.
    fn end_results(&mut self) {
        let results = std::mem::take(&mut self.results);
        let calls = || results.iter().map(|(call, _)| *call);
        let have_calls = calls().all(|call| call.is_some());
        let first = calls().min().flatten().filter(|_| have_calls);
        let Some(first) = first.filter(|_| !self.reader.model.is_gemini_3()) else {
            for (_, parts) in results {
                self.extend(Speaker::Tools, parts);
            }
            return;
        };
        let mut by_call = Vec::new();
        by_call.resize_with(self.calls.len().saturating_sub(first), Vec::new);
        for (call, parts) in results {
            if let Some(place) = call.and_then(|call| by_call.get_mut(call - first)) {
                place.extend(parts);
            }
        }
        for parts in by_call {
            self.extend(Speaker::Tools, parts);
        }
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
                parts.push(object([("text", " ".into())]));
                self.reader.change("messages[].content text added");
            }
        }
        if self.turns.is_empty() {
            let text = if self.system.is_empty() { " " } else { "." };
            let part = object([("text", text.into())]);
            self.turns.push((Speaker::User, vec![part]));
            self.reader.change("user message added");
        }
    }
}
