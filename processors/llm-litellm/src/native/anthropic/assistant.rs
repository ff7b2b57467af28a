//! A message of the assistant: thinking, text, and calls, in the order in which Claude gave them.

use runtime::ProcessorError;
use serde_json::Value;

use super::content::{blocks, text_block};
use super::inputs::{cache, items, text, wrong};
use super::tool_names::{function_call_id, valid_id};
use crate::native::digits;
use crate::native::object::{object, put};
use crate::native::tool_call::ToolCall;
use crate::native::tool_names::ToolNames;

/// The ids of calls that Anthropic itself answers.
const SERVER: &str = "srvtoolu_";

/// The blocks of a message by what they are.
#[derive(Debug, Default)]
pub(super) struct Assistant {
    /// <https://platform.claude.com/docs/en/build-with-claude/compaction>
    compactions: Vec<Value>,
    /// <https://platform.claude.com/docs/en/build-with-claude/extended-thinking#preserving-thinking-blocks>
    thinking: Vec<Value>,
    /// Calls of server tools with their results.
    answered: Vec<[Value; 2]>,
    content: Vec<Value>,
    calls: Vec<Value>,
    /// Calls of server tools that a pause interrupted.
    unanswered: Vec<Value>,
    /// How it differs from the message.
    changes: Vec<&'static str>,
}

impl Assistant {
    /// # Errors
    ///
    /// `ERR_INPUTS` with the JSON pointer, for a call without an id or with arguments that are no JSON object, and those of
    /// [`blocks`].
    pub(super) fn new(
        message: &Value,
        pointer: &str,
        names: &ToolNames,
        function_calls: &mut usize,
    ) -> Result<Self, ProcessorError> {
        let fields = message.get("provider_specific_fields").unwrap_or(&Value::Null);
        let mut assistant = Self {
            compactions: items(fields, "compaction_blocks").to_vec(),
            ..Self::default()
        };
        assistant.add_content(message, pointer)?;
        assistant.add_thinking(message);
        assistant.add_calls(message, pointer, names, function_calls)?;
        for call in items(fields, "server_tool_calls") {
            assistant.add_server_call(call, fields);
        }
        for call in items(fields, "mcp_tool_calls") {
            let id = text(call, "/id").unwrap_or_default();
            assistant.add_hosted(id, call.clone(), fields);
        }
        Ok(assistant)
    }

    fn add_content(&mut self, message: &Value, pointer: &str) -> Result<(), ProcessorError> {
        self.content = blocks(message.get("content"), &format!("{pointer}/content"))?;
        for block in &mut self.content {
            if let Some(refusal) = text(block, "/refusal") {
                *block = text_block(refusal);
            }
        }
        let refusal = text(message, "/refusal").filter(|refusal| !refusal.trim().is_empty());
        match refusal {
            Some(refusal) if self.content.is_empty() => self.content.push(text_block(refusal)),
            Some(_) => self.changes.push("messages.refusal left out"),
            None => {}
        }
        if let Some(last) = self.content.last_mut() {
            cache(last, message);
        }
        Ok(())
    }

    /// Thinking has to be signed: what another model thought cannot be handed on.
    fn add_thinking(&mut self, message: &Value) {
        let is_thinking = |block: &Value| text(block, "/type").is_some_and(|kind| kind.ends_with("thinking"));
        let blocks = if self.content.iter().any(is_thinking) {
            &[]
        } else {
            items(message, "thinking_blocks")
        };
        let is_signed = |block: &&Value| {
            let signature = text(block, "/signature").or_else(|| text(block, "/data"));
            signature.is_some_and(|signature| !signature.is_empty())
        };
        self.thinking = blocks.iter().filter(is_signed).cloned().collect();
        for block in &mut self.thinking {
            if let Some(block) = block.as_object_mut() {
                block.shift_remove("index"); // LiteLLM numbers those of a stream
            }
        }
        if self.thinking.len() < blocks.len() {
            self.changes.push("thinking_blocks without a signature left out");
        } else if blocks.is_empty()
            && !self.content.iter().any(is_thinking)
            && text(message, "/reasoning_content").is_some_and(|text| !text.is_empty())
        {
            self.changes.push("reasoning_content left out");
        }
    }

    fn add_calls(
        &mut self,
        message: &Value,
        pointer: &str,
        names: &ToolNames,
        function_calls: &mut usize,
    ) -> Result<(), ProcessorError> {
        let fields = message.get("provider_specific_fields").unwrap_or(&Value::Null);
        for (index, call) in ToolCall::all(message, pointer)?.into_iter().enumerate() {
            if call.id.starts_with(SERVER) {
                self.add_server_call(call.raw, fields);
                continue;
            }
            let id = if call.raw.get("function").is_none() {
                *function_calls += 1;
                function_call_id(*function_calls)
            } else if call.id.is_empty() {
                let pointer = format!("{pointer}/tool_calls/{index}/id");
                return Err(wrong(
                    &pointer,
                    "is missing; give the id that its result has, too",
                ));
            } else {
                let id = valid_id(call.id);
                if id != call.id {
                    self.changes.push("ids of calls to valid ones");
                }
                id
            };
            let name = names.sent(call.name);
            let mut block = object([
                ("type", "tool_use".into()),
                ("id", id.into()),
                ("name", name.into()),
                ("input", call.arguments.into()),
            ]);
            if let (Some(caller), Some(block)) = (caller(call.raw), block.as_object_mut()) {
                put(block, "caller", caller.clone());
            }
            cache(&mut block, call.raw);
            self.calls.push(block);
        }
        Ok(())
    }

    /// The call of a server tool, with its result among the provider's own fields.
    fn add_server_call(&mut self, call: &Value, fields: &Value) {
        let Some(id) = text(call, "/id") else { return };
        let arguments = text(call, "/function/arguments").unwrap_or_default();
        let input: Value = digits::parse(arguments).unwrap_or_else(|_| object([]));
        let name = text(call, "/function/name").unwrap_or_default();
        let block = object([
            ("type", "server_tool_use".into()),
            ("id", id.into()),
            ("name", name.into()),
            ("input", input),
        ]);
        self.add_hosted(id, block, fields);
    }

    /// A call that Anthropic answers.
    fn add_hosted(&mut self, id: &str, block: Value, fields: &Value) {
        let is_known = |block: &Value| text(block, "/id") == Some(id);
        let mut answered = self.answered.iter().map(|[call, _]| call);
        if answered.any(is_known) || self.unanswered.iter().chain(&self.content).any(is_known) {
            return;
        }
        let mut results = ["web_search_results", "tool_results"]
            .into_iter()
            .flat_map(|name| items(fields, name));
        match results.find(|result| text(result, "/tool_use_id") == Some(id)) {
            Some(result) => self.answered.push([block, result.clone()]),
            None => self.unanswered.push(block),
        }
    }

    /// The blocks. Only the last message can go on after a pause
    /// (<https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons#pause-turn>); its thinking has lost its
    /// place among the calls.
    pub(super) fn blocks(mut self, is_last: bool, changes: &mut Vec<String>) -> Vec<Value> {
        if !self.unanswered.is_empty() && self.calls.is_empty() {
            if !self.thinking.is_empty() {
                self.thinking.clear();
                self.changes.push("thinking_blocks left out");
            }
            if !is_last {
                self.unanswered.clear();
                self.changes
                    .push("calls of server tools without a result left out");
            }
        }
        for change in self.changes {
            if !changes.iter().any(|known| known == change) {
                changes.push(change.to_owned());
            }
        }
        let mut blocks = self.compactions;
        let mut thinking = self.thinking.into_iter();
        for group in self.answered {
            blocks.extend(thinking.next());
            blocks.extend(group);
        }
        blocks.extend(thinking);
        blocks.append(&mut self.content);
        blocks.append(&mut self.calls);
        blocks.append(&mut self.unanswered);
        blocks
    }
}

/// The code that made a call
/// (<https://platform.claude.com/docs/en/agents-and-tools/tool-use/programmatic-tool-calling>); `None` if the model made it
/// itself.
fn caller(call: &Value) -> Option<&Value> {
    let caller = call.get("caller").filter(|caller| caller.is_object());
    caller.filter(|caller| text(caller, "/type") != Some("direct"))
}
