//! The messages: <https://platform.claude.com/docs/en/api/messages#body-messages>.

use runtime::ProcessorError;
use serde_json::Value;

use super::assistant::Assistant;
use super::calls::Calls;
use super::claude::Claude;
use super::content::{blocks, text_block};
use super::inputs::{cache, text, wrong};
use super::tool_names::{function_call_id, valid_id};
use crate::native::object::{object, put};
use crate::native::tool_names::ToolNames;
use crate::native::unknown_members::Known;

/// What messages have beside OpenAI's members. Some of the fields say how an answer came about, or the same as others.
const KNOWN: Known = Known {
    of_messages: &[
        "cache_control",
        "is_error",
        "prefix",
        "provider_specific_fields",
        "provider_specific_fields.code_interpreter_results",
        "provider_specific_fields.compaction_blocks",
        "provider_specific_fields.context_management",
        "provider_specific_fields.input_transformations",
        "provider_specific_fields.mcp_tool_calls",
        "provider_specific_fields.server_tool_calls",
        "provider_specific_fields.stop_details",
        "provider_specific_fields.stop_reason",
        "provider_specific_fields.thinking_blocks",
        "provider_specific_fields.tool_results",
        "provider_specific_fields.web_search_calls",
        "provider_specific_fields.web_search_results",
        "reasoning_content",
        "refusal",
        "thinking_blocks",
    ],
    of_parts: &["cache_control", "citations", "image_url.format", "file.format"],
    of_calls: &["cache_control", "caller"],
};

/// Stands before a system message that a model can only have as a user's.
const SYSTEM_NOTE: &str = "The next instruction is the system's and not the user's:";

/// The conversation in Anthropic's form.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    /// The system messages before the first other one. Later ones stay where they are: the prompts before them are cached.
    pub(super) system: Vec<Value>,
    pub(super) turns: Vec<Turn>,
    /// System messages that have no place yet.
    pending: Vec<Value>,
    takes_later_system: bool,
    pub(super) changes: Vec<String>,
    calls: Calls,
    /// How many old calls of functions there were, which have no ids.
    function_calls: usize,
}

/// Messages of one role in a row, which are one message to Anthropic.
#[derive(Debug)]
pub(super) struct Turn {
    role: &'static str,
    content: Vec<Value>,
}

impl Conversation {
    /// # Errors
    ///
    /// `ERR_INPUTS` with the JSON pointer of what Anthropic cannot take.
    pub(super) fn new(messages: &[Value], model: Claude, names: &ToolNames) -> Result<Self, ProcessorError> {
        let mut conversation = Self {
            takes_later_system: model.takes_later_system(),
            ..Self::default()
        };
        KNOWN.report_others(messages, &mut conversation.changes);
        for (index, message) in messages.iter().enumerate() {
            let pointer = format!("/params/messages/{index}");
            let is_last = index + 1 == messages.len();
            match text(message, "/role") {
                Some("system") => conversation.add_system(message, &pointer)?,
                Some("developer") => {
                    conversation.note("developer to system");
                    conversation.add_system(message, &pointer)?;
                }
                Some("user") => {
                    let mut blocks = blocks(message.get("content"), &format!("{pointer}/content"))?;
                    if let Some(last) = blocks.last_mut() {
                        cache(last, message);
                    }
                    if !conversation.takes_later_system {
                        conversation.place_system();
                    }
                    conversation.add("user", blocks, index);
                }
                Some("tool" | "function") => {
                    let result = conversation.result(message, &pointer)?;
                    conversation.push("user", vec![result]);
                }
                Some("assistant") => {
                    let assistant =
                        Assistant::new(message, &pointer, names, &mut conversation.function_calls)?;
                    conversation.place_system();
                    let blocks = assistant.blocks(is_last, &mut conversation.changes);
                    let last = conversation.turns.last();
                    let last = last.filter(|turn| turn.role == "assistant");
                    let known = last.map(|turn| turn.content.as_slice()).unwrap_or_default();
                    let blocks = conversation.calls.new_blocks(blocks, known, &pointer)?;
                    conversation.add("assistant", blocks, index);
                }
                _ => {
                    return Err(wrong(
                        &format!("{pointer}/role"),
                        "is none of system, developer, user, assistant and tool",
                    ));
                }
            }
        }
        conversation.place_system();
        conversation.trim_end();
        conversation.changes.extend(conversation.calls.changes());
        if conversation.turns.is_empty() {
            let what = "has nothing but system messages and empty ones; add a message of the user";
            return Err(wrong("/params/messages", what));
        }
        Ok(conversation)
    }

    fn note(&mut self, change: &str) {
        if !self.changes.iter().any(|known| known == change) {
            self.changes.push(change.to_owned());
        }
    }

    fn add_system(&mut self, message: &Value, pointer: &str) -> Result<(), ProcessorError> {
        let pointer = format!("{pointer}/content");
        let mut blocks = blocks(message.get("content"), &pointer)?;
        if blocks.iter().any(|block| text(block, "/type") != Some("text")) {
            return Err(wrong(
                &pointer,
                "is not only text, and a system message can be nothing else; move the rest into a message of the user",
            ));
        }
        if let Some(last) = blocks.last_mut() {
            cache(last, message);
        }
        if self.turns.is_empty() {
            self.system.append(&mut blocks);
        } else {
            self.pending.append(&mut blocks);
        }
        Ok(())
    }

    /// Places system messages after the turn of the user that they follow or precede
    /// (<https://platform.claude.com/docs/en/build-with-claude/mid-conversation-system-messages>). Where there is none, and for
    /// models that take none there, they become the user's.
    fn place_system(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        if pending.is_empty() {
            return;
        }
        if self.takes_later_system && self.turns.last().is_some_and(|turn| turn.role == "user") {
            self.turns.push(Turn {
                role: "system",
                content: pending,
            });
            return;
        }
        self.note("system to user");
        self.push("user", vec![text_block(SYSTEM_NOTE)]);
        self.push("user", pending);
    }

    /// Adds a message of the inputs; an empty one is left out, as Anthropic refuses it.
    fn add(&mut self, role: &'static str, content: Vec<Value>, index: usize) {
        if content.is_empty() {
            self.changes.push(format!("messages/{index} left out"));
        }
        self.push(role, content);
    }

    fn push(&mut self, role: &'static str, content: Vec<Value>) {
        if content.is_empty() {
            return;
        }
        if self.turns.last().is_none_or(|turn| turn.role != role) {
            self.turns.push(Turn {
                role,
                content: Vec::new(),
            });
        }
        if let Some(turn) = self.turns.last_mut() {
            turn.content.extend(content);
        }
    }

    /// <https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use#handling-tool-use-and-tool-result-content-blocks>
    fn result(&self, message: &Value, pointer: &str) -> Result<Value, ProcessorError> {
        let id = match (text(message, "/tool_call_id"), text(message, "/role")) {
            (Some(id), _) if !id.is_empty() => self.calls.sent(&valid_id(id)),
            (_, Some("function")) => function_call_id(self.function_calls),
            _ => {
                return Err(wrong(
                    &format!("{pointer}/tool_call_id"),
                    "is missing; give the id of the call that this is the result of",
                ));
            }
        };
        let content: Value = match message.get("content") {
            Some(Value::String(text)) => text.as_str().into(),
            content => blocks(content, &format!("{pointer}/content"))?.into(),
        };
        let mut result = object([
            ("type", "tool_result".into()),
            ("tool_use_id", id.into()),
            ("content", content),
        ]);
        if let (Some(Value::Bool(true)), Some(result)) = (message.get("is_error"), result.as_object_mut()) {
            put(result, "is_error", true.into());
        }
        cache(&mut result, message);
        Ok(result)
    }

    /// Claude goes on from the last message if it is the assistant's, which must not end with white space.
    fn trim_end(&mut self) {
        let Some(turn) = self.turns.last_mut().filter(|turn| turn.role == "assistant") else {
            return;
        };
        if let Some(Value::String(text)) = turn.content.last_mut().and_then(|last| last.get_mut("text")) {
            let end = text.trim_end().len();
            if end < text.len() {
                text.truncate(end);
                self.changes
                    .push("white space at the end of messages left out".to_owned());
            }
        }
    }

    /// The turns as JSON.
    pub(super) fn messages(self) -> Value {
        let turns = self.turns.into_iter();
        turns
            .map(|turn| object([("role", turn.role.into()), ("content", turn.content.into())]))
            .collect()
    }
}
