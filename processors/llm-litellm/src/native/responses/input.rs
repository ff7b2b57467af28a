//! The conversation: <https://platform.openai.com/docs/api-reference/responses/create#responses_create-input>.

use runtime::{ErrorCode, ProcessorError};
use serde_json::{Map, Value, json};

use super::content;
use super::order::{self, Items};
use super::reasoning::{lost_of_thoughts, reasoning, searches};
use crate::native::unknown_members::Known;

/// What messages have beside OpenAI's members. The marks for caching are reported together with those of tools.
const KNOWN: Known = Known {
    of_messages: &[
        "audio",
        "cache_control",
        "phase",
        "provider_specific_fields",
        "provider_specific_fields.openai_responses_replay",
        "provider_specific_fields.output_items",
        "provider_specific_fields.phase",
        "provider_specific_fields.thinking_blocks",
        "provider_specific_fields.tool_search_items",
        "reasoning_content",
        "reasoning_items",
        "refusal",
        "thinking_blocks",
    ],
    of_parts: &[
        "cache_control",
        "image_url.detail",
        "image_url.format",
        "file.format",
        "prompt_cache_breakpoint",
    ],
    of_calls: &[
        "custom",
        "function.provider_specific_fields",
        "provider_specific_fields",
        "provider_specific_fields.namespace",
    ],
};

/// What the messages of a chat completion are in the Responses API.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    pub(super) items: Vec<Value>,
    /// The system messages at the beginning, if they are to be no items.
    pub(super) instructions: Option<String>,
    pub(super) changes: Vec<String>,
    /// Whether searches for tools are a part of the conversation, as they are where there is the tool for them.
    keeps_searches: bool,
    /// The calls of custom tools.
    custom_calls: Vec<String>,
    /// How many calls there were of the old kind, which have no id.
    old_calls: usize,
}

impl Conversation {
    /// Converts messages. `keeps_searches` is whether searches for tools are handed back; `keeps_instructions` whether system messages at the beginning are instructions, which count for one
    /// request alone, and not items, which become a part of the stored conversation.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` with the JSON pointer of what is not a message of chat completions, or what the API cannot be told.
    pub(super) fn new(
        messages: &[Value],
        keeps_instructions: bool,
        keeps_searches: bool,
    ) -> Result<Self, ProcessorError> {
        let mut conversation = Self {
            keeps_searches,
            ..Self::default()
        };
        KNOWN.report_others(messages, &mut conversation.changes);
        let mut may_instruct = keeps_instructions;
        for (index, message) in messages.iter().enumerate() {
            let pointer = format!("/params/messages/{index}");
            let role = message
                .get("role")
                .and_then(Value::as_str)
                .ok_or_else(|| wrong(&format!("{pointer}/role"), "is not a string"))?;
            may_instruct &= role == "system";
            match (role, message.get("content")) {
                ("system", Some(Value::String(text))) if may_instruct => conversation.instruct(text),
                ("tool" | "function", _) => conversation.add_result(message, role, &pointer)?,
                ("assistant", _) => {
                    let before = conversation.items.len();
                    conversation.add_answer(message, &pointer)?;
                    if conversation.items.len() == before {
                        conversation.leave_out(index);
                    }
                }
                (_, None | Some(Value::Null)) => conversation.leave_out(index),
                (_, content) => conversation.add_message(role, content, &pointer)?,
            }
        }
        Ok(conversation)
    }

    /// Reports a change once.
    fn note(&mut self, change: &str) {
        if !self.changes.iter().any(|known| known == change) {
            self.changes.push(change.to_owned());
        }
    }

    /// Reports a message that says nothing.
    fn leave_out(&mut self, index: usize) {
        self.changes.push(format!("messages/{index} left out"));
    }

    fn instruct(&mut self, text: &str) {
        match &mut self.instructions {
            Some(instructions) => {
                instructions.push(' ');
                instructions.push_str(text);
            }
            none => *none = Some(text.to_owned()),
        }
    }

    fn add_message(
        &mut self,
        role: &str,
        content: Option<&Value>,
        pointer: &str,
    ) -> Result<(), ProcessorError> {
        let parts = content::parts(content, content::text_type(role), &format!("{pointer}/content"))?;
        self.items
            .push(json!({"type": "message", "role": role, "content": parts}));
        Ok(())
    }

    /// <https://platform.openai.com/docs/guides/function-calling#handling-function-calls>.
    fn add_result(&mut self, message: &Value, role: &str, pointer: &str) -> Result<(), ProcessorError> {
        let id = match message.get("tool_call_id").and_then(Value::as_str) {
            Some(id) => id.to_owned(),
            None if role == "function" => old_call(self.old_calls),
            None => return Err(wrong(&format!("{pointer}/tool_call_id"), "is not a string")),
        };
        let content = message.get("content");
        let parts = content::parts(content, "input_text", &format!("{pointer}/content"))?;
        let is_custom = self.custom_calls.contains(&id);
        let (kind, output) = match content {
            Some(text @ Value::String(_)) if is_custom => ("custom_tool_call_output", text.clone()),
            _ if is_custom => ("custom_tool_call_output", parts.into()),
            _ => ("function_call_output", parts.into()),
        };
        self.items
            .push(json!({"type": kind, "call_id": id, "output": output}));
        Ok(())
    }

    fn add_answer(&mut self, message: &Value, pointer: &str) -> Result<(), ProcessorError> {
        let member = |name: &str| message.get(name).filter(|value| !value.is_null());
        if member("audio").is_some() {
            return Err(wrong(
                &format!("{pointer}/audio"),
                "is not known to the Responses API; give its transcript as content",
            ));
        }
        if message
            .get("provider_specific_fields")
            .is_some_and(|fields| fields.get(order::OTHERS).is_some())
        {
            self.note(&format!("{} of messages left out", order::OTHERS));
        }
        let reasoning = reasoning(message);
        lost_of_thoughts(message).for_each(|change| self.note(change));
        if reasoning.is_empty() && member("reasoning_content").is_some_and(|text| text != "") {
            self.note("messages.reasoning_content left out");
        }
        let given = member("tool_calls").and_then(Value::as_array);
        let given = given.map(Vec::as_slice).unwrap_or_default();
        let calls = given.iter().enumerate();
        let calls = calls.map(|(index, call)| self.call(call, &format!("{pointer}/tool_calls/{index}")));
        let calls = calls.collect::<Result<Vec<_>, _>>()?;
        let searches = if self.keeps_searches {
            searches(message)
        } else {
            Vec::new()
        };
        let items = Items {
            reasoning,
            calls,
            searches,
        };
        if let Some(items) = order::restored(message, &items) {
            self.add_restored(items);
            return Ok(());
        }
        let Items {
            mut reasoning,
            calls,
            searches,
        } = items;
        // a search has the thoughts before it with it
        reasoning.retain(|item| {
            let id = item.get("id").filter(|id| id.is_string());
            id.is_none() || searches.iter().all(|known| known.get("id") != id)
        });
        self.items.extend(searches);
        self.items.extend(reasoning);
        let old_call = member("function_call");
        let mut parts = content::parts(member("content"), "output_text", &format!("{pointer}/content"))?;
        if let Some(refusal) = member("refusal") {
            parts.push(json!({"type": "refusal", "refusal": refusal}));
        }
        let has_calls = !calls.is_empty() || old_call.is_some();
        let has_content =
            member("content").is_some_and(|content| content != "") || member("refusal").is_some();
        if !parts.is_empty() && (has_content || !has_calls) {
            let phase = ["/phase", "/provider_specific_fields/phase"];
            let phase = phase.iter().find_map(|path| message.pointer(path)?.as_str());
            self.items.push(match phase {
                Some(phase) => {
                    json!({"type": "message", "role": "assistant", "content": parts, "phase": phase})
                }
                None => json!({"type": "message", "role": "assistant", "content": parts}),
            });
        }
        self.items.extend(calls);
        if let Some(function) = old_call {
            self.old_calls += 1;
            let id = self::old_call(self.old_calls);
            let pointer = format!("{pointer}/function_call");
            self.items.push(function_call(&id, function, &pointer)?.into());
        }
        Ok(())
    }

    /// Adds the items of an answer, among which calls of custom tools may have been taken for functions.
    fn add_restored(&mut self, items: Vec<Value>) {
        let custom = items.iter().filter(|item| order::is_custom_call(item));
        let ids = custom.filter_map(|item| item.get("call_id")?.as_str());
        self.custom_calls.extend(ids.map(str::to_owned));
        self.items.extend(items);
    }

    fn call(&mut self, call: &Value, pointer: &str) -> Result<Value, ProcessorError> {
        let id = call
            .get("id")
            .and_then(Value::as_str)
            .ok_or_else(|| wrong(&format!("{pointer}/id"), "is not a string"))?;
        if let Some(custom) = call.get("custom").filter(|custom| custom.is_object()) {
            self.custom_calls.push(id.to_owned());
            let member = |name: &str| custom.get(name).cloned().unwrap_or_else(|| "".into());
            return Ok(
                json!({"type": "custom_tool_call", "call_id": id, "name": member("name"), "input": member("input")}),
            );
        }
        let function = call.get("function").unwrap_or(&Value::Null);
        let mut item = function_call(id, function, &format!("{pointer}/function"))?;
        let namespace = [
            "/provider_specific_fields/namespace",
            "/function/provider_specific_fields/namespace",
        ];
        if let Some(namespace) = namespace.iter().find_map(|path| call.pointer(path)) {
            item.insert("namespace".to_owned(), namespace.clone());
        }
        Ok(item.into())
    }
}

/// The arguments stay as they were written.
fn function_call(id: &str, function: &Value, pointer: &str) -> Result<Map<String, Value>, ProcessorError> {
    let mut item = Map::new();
    item.insert("type".to_owned(), "function_call".into());
    item.insert("call_id".to_owned(), id.into());
    let name = function.get("name").filter(|name| name.is_string());
    let name = name.ok_or_else(|| wrong(&format!("{pointer}/name"), "is not a string"))?;
    item.insert("name".to_owned(), name.clone());
    let arguments = match function.get("arguments") {
        None | Some(Value::Null) => "{}".into(),
        Some(text @ Value::String(_)) => text.clone(),
        Some(other) => other.to_string().into(),
    };
    item.insert("arguments".to_owned(), arguments);
    Ok(item)
}

/// An id for a call of the old kind.
fn old_call(number: usize) -> String {
    format!("call_{number}")
}

fn wrong(pointer: &str, what: &str) -> ProcessorError {
    ProcessorError::new(ErrorCode::Inputs, format!("{pointer} {what}"))
}
