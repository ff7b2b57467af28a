//! The conversation: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html>.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use runtime::ProcessorError;
use serde_json::{Value, json};

use super::content::Blocks;
use super::inputs::wrong;
use super::model::Model;
use super::names;
use crate::native::tool_call::ToolCall;
use crate::native::tool_names::ToolNames;

/// What stands for a text where one is needed.
const PLACEHOLDER: &str = ".";

/// System messages and all others, whose roles alternate.
#[derive(Debug)]
pub(super) struct Conversation<'a> {
    pub(super) system: Vec<Value>,
    pub(super) messages: Vec<Value>,
    pub(super) blocks: Blocks<'a>,
    pub(super) changes: Vec<String>,
    tool_names: &'a ToolNames,
    /// Whether there are tools, without which calls and results are refused.
    has_tools: bool,
}

impl<'a> Conversation<'a> {
    /// # Errors
    ///
    /// `ERR_INPUTS` with the JSON pointer of what Bedrock cannot take.
    pub(super) fn new(
        messages: &[Value],
        model: Model<'a>,
        tool_names: &'a ToolNames,
        has_tools: bool,
        has_guardrail: bool,
    ) -> Result<Self, ProcessorError> {
        let mut conversation = Self {
            system: Vec::new(),
            messages: Vec::new(),
            blocks: Blocks::new(model),
            changes: Vec::new(),
            tool_names,
            has_tools,
        };
        let is_user = |message: &Value| message.get("role").is_some_and(|role| role == "user");
        let last_users = messages
            .iter()
            .rev()
            .take_while(|message| is_user(message))
            .count();
        for (index, message) in messages.iter().enumerate() {
            let pointer = format!("/params/messages/{index}");
            let is_guarded =
                has_guardrail && index + last_users >= messages.len() && !has_guarded_text(message);
            conversation.add(message, &pointer, is_guarded)?;
        }
        conversation.complete();
        Ok(conversation)
    }

    fn add(&mut self, message: &Value, pointer: &str, is_guarded: bool) -> Result<(), ProcessorError> {
        let role = message
            .get("role")
            .and_then(Value::as_str)
            .ok_or_else(|| wrong(&format!("{pointer}/role"), "is not a string"))?;
        let content = message.get("content");
        let content_pointer = format!("{pointer}/content");
        let is_text = content.is_some_and(Value::is_string);
        match role {
            "system" | "developer" => {
                let blocks = self.blocks.convert(content, &content_pointer, false)?;
                if !self.messages.is_empty() && !blocks.is_empty() {
                    self.note("system messages to the beginning");
                }
                self.system.extend(blocks);
                if is_text {
                    self.system.extend(self.blocks.cache_point(message));
                }
            }
            "user" => {
                let mut blocks = self.blocks.convert(content, &content_pointer, is_guarded)?;
                if is_text {
                    blocks.extend(self.blocks.cache_point(message));
                }
                self.push("user", blocks);
            }
            "assistant" => self.add_answer(message, pointer)?,
            "tool" | "function" => self.add_result(message, pointer)?,
            _ => {
                return Err(wrong(
                    &format!("{pointer}/role"),
                    "is none of system, user, assistant and tool",
                ));
            }
        }
        Ok(())
    }

    /// Adds to the last message, if it has the same role.
    fn push(&mut self, role: &str, blocks: Vec<Value>) {
        if blocks.is_empty() {
            return;
        }
        let last = self.messages.last_mut();
        let same = last.filter(|last| last.get("role").is_some_and(|value| value == role));
        match same.and_then(|last| last.get_mut("content")?.as_array_mut()) {
            Some(content) => content.extend(blocks),
            None => self.messages.push(json!({"role": role, "content": blocks})),
        }
    }

    fn note(&mut self, change: &str) {
        if !self.changes.iter().any(|known| known == change) {
            self.changes.push(change.to_owned());
        }
    }

    fn add_answer(&mut self, message: &Value, pointer: &str) -> Result<(), ProcessorError> {
        let thoughts = thoughts(message);
        let mut blocks = Vec::new();
        if self.blocks.model.is_claude() {
            blocks.extend(thoughts);
        } else if !thoughts.is_empty() {
            self.note("thinking_blocks left out");
        }
        let content = message.get("content");
        blocks.extend(
            self.blocks
                .convert(content, &format!("{pointer}/content"), false)?,
        );
        if content.is_some_and(Value::is_string) {
            blocks.extend(self.blocks.cache_point(message));
        }
        for call in ToolCall::all(message, pointer)? {
            if self.has_tools {
                let id = names::call(call.id);
                let name = self.tool_names.sent(call.name);
                blocks.push(json!({"toolUse": {"toolUseId": id, "name": name, "input": call.arguments}}));
                blocks.extend(self.blocks.cache_point(call.raw));
            } else {
                self.note("tool calls to text, as there are no tools");
                let arguments = Value::Object(call.arguments);
                blocks.push(json!({"text": format!("Call {}: {}({arguments})", call.id, call.name)}));
            }
        }
        self.push("assistant", blocks);
        Ok(())
    }

    /// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolResultBlock.html>.
    fn add_result(&mut self, message: &Value, pointer: &str) -> Result<(), ProcessorError> {
        let text = |name: &str| message.get(name).and_then(Value::as_str);
        let id = text("tool_call_id").or_else(|| text("name"));
        let id = id.ok_or_else(|| wrong(&format!("{pointer}/tool_call_id"), "is not a string"))?;
        let mut content =
            self.blocks
                .convert(message.get("content"), &format!("{pointer}/content"), false)?;
        // a mark inside of a result is one of the message
        let has_mark = content.iter().any(|block| block.get("cachePoint").is_some());
        content.retain(|block| block.get("cachePoint").is_none());
        let blocks = if self.has_tools {
            let results = message.get("search_results").and_then(Value::as_array);
            let results =
                results.map(|results| results.iter().map(|result| json!({ "searchResult": result })));
            let result = match results {
                Some(results) => {
                    json!({"toolUseId": names::call(id), "content": results.collect::<Vec<_>>(), "status": "success"})
                }
                None => json!({"toolUseId": names::call(id), "content": content}),
            };
            let mut blocks = vec![json!({ "toolResult": result })];
            let point = self.blocks.cache_point(message);
            blocks.extend(point.or_else(|| has_mark.then(|| json!({"cachePoint": {"type": "default"}}))));
            blocks
        } else {
            self.note("tool calls to text, as there are no tools");
            content.insert(0, json!({"text": format!("Result of call {id}:")}));
            content
        };
        self.push("user", blocks);
        Ok(())
    }

    /// Mends what Bedrock would refuse: a document without a text, and Claude's own beginning of an answer that ends in a space.
    fn complete(&mut self) {
        for message in &mut self.messages {
            let Some(content) = message.get_mut("content").and_then(Value::as_array_mut) else {
                continue;
            };
            let has = |name: &str| content.iter().any(|block| block.get(name).is_some());
            if has("document") && !has("text") && !has("guardContent") {
                content.push(json!({ "text": PLACEHOLDER }));
            }
        }
        let last = self.messages.last_mut().filter(|_| self.blocks.model.is_claude());
        let last = last.filter(|last| last.get("role").is_some_and(|role| role == "assistant"));
        let text = last
            .and_then(|last| last.get_mut("content")?.as_array_mut())
            .and_then(|content| content.iter_mut().rev().find_map(|block| block.get_mut("text")));
        if let Some(Value::String(text)) = text {
            text.truncate(text.trim_end().len());
        }
    }
}

fn has_guarded_text(message: &Value) -> bool {
    let parts = message.get("content").and_then(Value::as_array);
    let mut parts = parts.into_iter().flatten();
    parts.any(|part| part.get("type").is_some_and(|kind| kind == "guarded_text"))
}

/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ReasoningContentBlock.html>. A thought without a
/// signature is refused.
fn thoughts(message: &Value) -> Vec<Value> {
    let blocks = message.get("thinking_blocks").and_then(Value::as_array);
    let blocks = blocks.into_iter().flatten().filter_map(|block| {
        let text = |name: &str| block.get(name).and_then(Value::as_str);
        if let Some(data) = text("data") {
            return Some(json!({"reasoningContent": {"redactedContent": wrapped(data)}}));
        }
        let (thinking, signature) = (
            text("thinking")?,
            text("signature").filter(|text| !text.is_empty())?,
        );
        Some(json!({"reasoningContent": {"reasoningText": {"text": thinking, "signature": signature}}}))
    });
    blocks.collect()
}

/// Claude's data as Converse has it, which is base64 of what Claude's own API has.
fn wrapped(data: &str) -> String {
    STANDARD.encode(unwrapped(data).as_deref().unwrap_or(data))
}

/// What is inside of such a wrap, if there is one: base64 again.
pub(super) fn unwrapped(data: &str) -> Option<String> {
    let inner = String::from_utf8(STANDARD.decode(data).ok()?).ok()?;
    STANDARD.decode(&inner).is_ok().then_some(inner)
}
