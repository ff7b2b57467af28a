//! The conversation: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html>.

use runtime::ProcessorError;
use serde_json::{Value, json};

use super::assistant;
use super::content::Blocks;
use super::inputs::wrong;
use super::model::Model;
use super::result;
use super::turns::Turns;
use crate::native::tool_names::ToolNames;
use crate::native::unknown_members::Known;

/// What messages have beside OpenAI's members. What is said of `detail` and `audio` is said where they are left out.
const KNOWN: Known = Known {
    of_messages: &[
        "audio",
        "cache_control",
        "is_error",
        "provider_specific_fields",
        "provider_specific_fields.reasoningContentBlocks",
        "provider_specific_fields.thinking_blocks",
        "reasoning_content",
        "refusal",
        "search_results",
        "thinking_blocks",
    ],
    of_parts: &[
        "cache_control",
        "citations",
        "file.format",
        "image_url.detail",
        "image_url.format",
    ],
    of_calls: &["cache_control"],
};

/// What stands for a text where one is needed.
const PLACEHOLDER: &str = ".";

/// System messages and all others, whose roles alternate.
#[derive(Debug)]
pub(super) struct Conversation<'a> {
    pub(super) system: Vec<Value>,
    pub(super) messages: Vec<Value>,
    pub(super) blocks: Blocks<'a>,
}

impl<'a> Conversation<'a> {
    /// `has_tools` is whether there are tools, without which calls and results are refused.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` with the JSON pointer of what Bedrock cannot take.
    pub(super) fn new(
        messages: &[Value],
        model: Model<'a>,
        tool_names: &ToolNames,
        has_tools: bool,
        has_guardrail: bool,
    ) -> Result<Self, ProcessorError> {
        let tool_names = has_tools.then_some(tool_names);
        let mut blocks = Blocks::new(model);
        let (mut system, mut turns) = (Vec::new(), Turns::default());
        let is_user = |message: &Value| message.get("role").is_some_and(|role| role == "user");
        let last_users = messages
            .iter()
            .rev()
            .take_while(|message| is_user(message))
            .count();
        for (index, message) in messages.iter().enumerate() {
            let pointer = format!("/params/messages/{index}");
            let role = message
                .get("role")
                .and_then(Value::as_str)
                .ok_or_else(|| wrong(&format!("{pointer}/role"), "is not a string"))?;
            let (role, content) = match role {
                "system" | "developer" => {
                    let content = blocks.convert(message, &pointer, false)?;
                    if role == "developer" {
                        blocks.note("developer to system");
                    }
                    if !turns.is_empty() && !content.is_empty() {
                        blocks.note("system messages to the beginning");
                    }
                    ("system", content)
                }
                "user" => {
                    let is_last = index + last_users >= messages.len();
                    let is_guarded = has_guardrail && is_last && !has_guarded_text(message);
                    ("user", blocks.convert(message, &pointer, is_guarded)?)
                }
                "assistant" => {
                    let content = assistant::convert(message, &pointer, tool_names, &mut blocks)?;
                    ("assistant", content)
                }
                "tool" | "function" => {
                    let content = result::convert(message, &pointer, tool_names.is_some(), &mut blocks)?;
                    ("user", content)
                }
                _ => {
                    return Err(wrong(
                        &format!("{pointer}/role"),
                        "is none of system, developer, user, assistant and tool",
                    ));
                }
            };
            if content.is_empty() {
                blocks.note(&format!("messages/{index} left out")); // refused
            }
            match role {
                "system" => system.extend(content),
                role => turns.add(role, content, &pointer, &mut blocks)?,
            }
        }
        KNOWN.report_others(messages, &mut blocks.changes);
        let mut conversation = Self {
            system,
            messages: turns.messages(),
            blocks,
        };
        conversation.complete();
        Ok(conversation)
    }

    /// Mends what Bedrock would refuse: a document without a text, and Claude's own beginning of an answer that ends in a space.
    fn complete(&mut self) {
        for message in &mut self.messages {
            let Some(content) = message.get_mut("content").and_then(Value::as_array_mut) else {
                continue;
            };
            let has = |name: &str| content.iter().any(|block| block.get(name).is_some());
            if has("document") && !has("text") && !has("guardContent") {
                let is_marked = content
                    .last()
                    .is_some_and(|last| last.get("cachePoint").is_some());
                let end = content.len().saturating_sub(usize::from(is_marked));
                content.insert(end, json!({ "text": PLACEHOLDER }));
                self.blocks.note("text beside a document added");
            }
        }
        let last = self.messages.last_mut().filter(|_| self.blocks.model.is_claude());
        let last = last.filter(|last| last.get("role").is_some_and(|role| role == "assistant"));
        let text = last
            .and_then(|last| last.get_mut("content")?.as_array_mut())
            .and_then(|content| content.iter_mut().rev().find_map(|block| block.get_mut("text")));
        if let Some(Value::String(text)) = text {
            let end = text.trim_end().len();
            if end < text.len() {
                text.truncate(end);
                self.blocks.note("white space at the end of messages left out");
            }
        }
    }
}

fn has_guarded_text(message: &Value) -> bool {
    let parts = message.get("content").and_then(Value::as_array);
    let mut parts = parts.into_iter().flatten();
    parts.any(|part| part.get("type").is_some_and(|kind| kind == "guarded_text"))
}
