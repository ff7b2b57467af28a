//! The answer: <https://platform.claude.com/docs/en/api/messages#response-body>.

use runtime::{ErrorCode, ProcessorError};
use serde_json::{Map, Value};

use super::claude::Claude;
use super::fields::Fields;
use super::inputs::{items, text};
use super::service::Service;
use super::structured::{ANSWER_TOOL, Structured};
use super::tool_names::tool_names;
use super::usage::usage;
use crate::failure::Failure;
use crate::native::chat::{ChatCompletion, Choice};
use crate::native::interface::Call;
use crate::native::object::put;
use crate::native::tool_call::tool_call;
use crate::native::tool_names::ToolNames;

/// <https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons>, with the names that LiteLLM has for them.
const REASONS: [(&str, &str); 8] = [
    ("end_turn", "stop"),
    ("stop_sequence", "stop"),
    ("tool_use", "tool_calls"),
    ("max_tokens", "length"),
    ("model_context_window_exceeded", "length"),
    ("pause_turn", "length"),
    ("compaction", "length"),
    ("refusal", "content_filter"),
];

pub(super) fn completion(
    call: &Call<'_>,
    answer: Value,
    service: Service,
) -> Result<ChatCompletion, Failure> {
    if !answer.get("content").is_some_and(Value::is_array) {
        let message = "the provider answered with no list of content blocks; check its address and the model";
        return Err(ProcessorError::new(ErrorCode::ProviderResponse, message).into());
    }
    let names = tool_names(call.params);
    // the request was made with it, so there is no error
    let structured = Structured::new(call.params, Claude::new(call.model, service)).unwrap_or(Structured::No);
    let mut parts = Parts::default();
    for block in items(&answer, "content") {
        parts.take(block, &names, &structured);
    }
    let reason = text(&answer, "/stop_reason").map(|reason| {
        let known = REASONS.iter().find(|(name, _)| *name == reason);
        known.map_or("stop", |(_, name)| name)
    });
    let has_called = !parts.calls.is_empty();
    let is_structured = !parts.structured.is_empty();
    let reason = if is_structured && !has_called && reason == Some("tool_calls") {
        Some("stop")
    } else {
        reason
    };
    let mut completion = ChatCompletion::new(text(&answer, "/model").unwrap_or(call.model));
    completion.id = text(&answer, "/id").unwrap_or_default().to_owned();
    completion.usage = usage(&answer);
    completion.choices.push(Choice {
        index: 0,
        message: parts.message(call, &answer, &structured),
        finish_reason: reason.map(str::to_owned),
        others: Map::new(),
    });
    Ok(completion)
}

/// The blocks of an answer by what they are.
#[derive(Default)]
struct Parts<'a> {
    text: String,
    /// The answers that a schema asked for, if they came as the input of a tool.
    structured: Vec<Value>,
    calls: Vec<Value>,
    thinking: Vec<&'a Value>,
    fields: Fields<'a>,
}

impl<'a> Parts<'a> {
    fn take(&mut self, block: &'a Value, names: &ToolNames, structured: &Structured<'_>) {
        let name = text(block, "/name").unwrap_or_default();
        match text(block, "/type").unwrap_or_default() {
            "text" => self.text.push_str(text(block, "/text").unwrap_or_default()),
            "thinking" | "redacted_thinking" => self.thinking.push(block),
            "tool_use" if name == ANSWER_TOOL && structured.tool().is_some() => {
                let input = block.get("input").cloned().unwrap_or_default();
                self.structured.push(structured.unwrap(input));
            }
            "tool_use" => {
                let call = converted(self.calls.len(), block, names.own(name));
                self.calls.push(call);
            }
            "server_tool_use" => {
                let call = converted(self.fields.server_calls.len(), block, name);
                self.fields.server_calls.push(call);
            }
            kind => self.fields.take(kind, block),
        }
        self.fields.take_citations(block);
    }

    fn message(mut self, call: &Call<'_>, answer: &Value, structured: &Structured<'_>) -> Map<String, Value> {
        let mut message = Map::new();
        put(&mut message, "role", "assistant".into());
        let content = match structured.join(self.structured) {
            // what else was written is no JSON
            Some(answer) => arguments(&answer),
            None => with_prefix(self.text, call),
        };
        let content = Some(content).filter(|content| !content.is_empty());
        put(&mut message, "content", content.into());
        if text(answer, "/stop_reason") == Some("refusal")
            && let Some(explanation) = text(answer, "/stop_details/explanation")
        {
            put(&mut message, "refusal", explanation.into());
        }
        if !self.thinking.is_empty() {
            let thoughts = self.thinking.iter().filter_map(|block| text(block, "/thinking"));
            put(
                &mut message,
                "reasoning_content",
                thoughts.collect::<String>().into(),
            );
            let blocks: Value = self.thinking.iter().map(|block| (*block).clone()).collect();
            put(&mut message, "thinking_blocks", blocks.clone());
            self.fields.thinking = Some(blocks);
        }
        if !self.calls.is_empty() {
            put(&mut message, "tool_calls", self.calls.into());
        }
        let fields = self.fields.finish(answer);
        if !fields.is_empty() {
            put(&mut message, "provider_specific_fields", fields.into());
        }
        message
    }
}

fn converted(index: usize, block: &Value, name: &str) -> Value {
    let input = block.get("input").unwrap_or(&Value::Null);
    let mut call = tool_call(index, text(block, "/id").unwrap_or_default(), name, input);
    if let Some(to) = call.pointer_mut("/function/arguments") {
        *to = arguments(input).into();
    }
    // of calls that code makes: <https://platform.claude.com/docs/en/agents-and-tools/tool-use/programmatic-tool-calling>
    if let (Some(caller), Some(call)) = (block.get("caller"), call.as_object_mut()) {
        put(call, "caller", caller.clone());
    }
    call
}

/// The input of a call as text. One that a stream cut off is text already.
fn arguments(input: &Value) -> String {
    match input {
        Value::String(cut) => cut.clone(),
        Value::Null => "{}".to_owned(),
        input => input.to_string(),
    }
}

/// With the words that the caller put into Claude's mouth, if the last message asks for them with `prefix`.
fn with_prefix(answer: String, call: &Call<'_>) -> String {
    let messages = call.params.get("messages").and_then(Value::as_array);
    let last = messages.and_then(|messages| messages.last());
    let is_asked = |last: &&Value| {
        text(last, "/role") == Some("assistant") && last.get("prefix") == Some(&Value::Bool(true))
    };
    match last.filter(is_asked).and_then(|last| text(last, "/content")) {
        Some(prefix) if !answer.starts_with(prefix) => format!("{prefix}{answer}"),
        _ => answer,
    }
}
