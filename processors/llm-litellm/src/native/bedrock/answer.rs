//! The answer: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_ResponseSyntax>.

use runtime::{ErrorCode, ProcessorError};
use serde_json::{Map, Value, json};

use super::redacted::unwrapped;
use super::{names, structured};
use crate::failure::Failure;
use crate::native::chat::{ChatCompletion, Choice};
use crate::native::count::{count, count_or_zero, known, sum};
use crate::native::interface::Call;
use crate::native::tool_names::ToolNames;

/// The type of a call that Bedrock itself answers, such as Nova's of its search
/// (<https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolUseBlock.html>).
const SERVER: &str = "server_tool_use";

/// A message in the making.
#[derive(Debug, Default)]
struct Message {
    content: String,
    thoughts: String,
    thinking_blocks: Vec<Value>,
    reasoning_blocks: Vec<Value>,
    citations: Vec<Value>,
    annotations: Vec<Value>,
    calls: Vec<Value>,
    /// The input of the tool whose input is the answer.
    answer: Option<String>,
    images: Vec<Value>,
    /// What Bedrock's own tools were asked and found.
    server_tools: Vec<Value>,
}

pub(super) fn completion(call: &Call<'_>, mut answer: Value) -> Result<ChatCompletion, Failure> {
    let Some(blocks) = answer
        .pointer("/output/message/content")
        .and_then(Value::as_array)
    else {
        let message = "the provider answered with no message; check its address and the model";
        return Err(ProcessorError::new(ErrorCode::ProviderResponse, message).into());
    };
    let names = names::tools(call.params);
    let mut message = Message::default();
    for block in blocks {
        message.add(block, call, &names);
    }
    let reason = answer.get("stopReason").and_then(Value::as_str);
    let has_answer = message.answer.is_some() && message.calls.is_empty();
    let finish_reason = reason.map(|reason| match reason {
        "tool_use" if has_answer => "stop",
        "tool_use" | "malformed_tool_use" => "tool_calls",
        "max_tokens" | "model_context_window_exceeded" => "length",
        "content_filtered" | "guardrail_intervened" | "refusal" => "content_filter",
        _ => "stop", // end_turn, stop_sequence
    });
    let mut completion = ChatCompletion::new(call.model);
    completion.choices.push(Choice {
        index: 0,
        message: message.finish(),
        finish_reason: finish_reason.map(str::to_owned),
        others: Map::new(),
    });
    completion.usage = usage(&answer);
    if let Some(trace) = answer.get_mut("trace").map(Value::take) {
        completion.others.insert("trace".to_owned(), trace);
    }
    if let Some(tier) = answer.pointer_mut("/serviceTier/type").map(Value::take) {
        completion.others.insert("service_tier".to_owned(), tier);
    }
    Ok(completion)
}

impl Message {
    fn add(&mut self, block: &Value, call: &Call<'_>, names: &ToolNames) {
        let text = |path: &str| block.pointer(path).and_then(Value::as_str);
        if let Some(more) = text("/text") {
            self.content.push_str(more);
        } else if block.get("toolResult").is_some() || text("/toolUse/type") == Some(SERVER) {
            self.server_tools.push(block.clone());
        } else if let Some(tool) = block.get("toolUse") {
            self.add_call(tool, call, names);
        } else if let Some(reasoning) = block.get("reasoningContent") {
            self.add_thought(reasoning);
        } else if let Some(cited) = block.get("citationsContent") {
            self.add_citations(cited);
        } else if let (Some(data), Some(format)) = (text("/image/source/bytes"), text("/image/format")) {
            let url = format!("data:image/{format};base64,{data}");
            let index = self.images.len();
            self.images
                .push(json!({"type": "image_url", "index": index, "image_url": {"url": url}}));
        }
    }

    fn add_call(&mut self, tool: &Value, call: &Call<'_>, names: &ToolNames) {
        let text = |name: &str| tool.get(name).and_then(Value::as_str).unwrap_or_default();
        let arguments = |input: &Value| match input {
            Value::String(broken) => broken.clone(),
            input => input.to_string(),
        };
        let input = tool.get("input");
        let name = text("name");
        if name == structured::TOOL && structured::is_asked_for(call) {
            let answer = input.map(|input| arguments(structured::unwrapped(call, input)));
            self.answer.get_or_insert(answer.unwrap_or_default());
            return;
        }
        let input = input.map_or_else(|| "{}".to_owned(), arguments);
        let function = json!({"name": names.own(name), "arguments": input});
        let index = self.calls.len();
        self.calls
            .push(json!({"index": index, "id": text("toolUseId"), "type": "function", "function": function}));
    }

    fn add_thought(&mut self, reasoning: &Value) {
        let text = |path: &str| reasoning.pointer(path).and_then(Value::as_str);
        self.reasoning_blocks.push(reasoning.clone());
        if let Some(data) = text("/redactedContent") {
            let data = unwrapped(data).unwrap_or_else(|| data.to_owned());
            self.thinking_blocks
                .push(json!({"type": "redacted_thinking", "data": data}));
            return;
        }
        let thought = text("/reasoningText/text").unwrap_or_default();
        self.thoughts.push_str(thought);
        let mut block = Map::new();
        block.insert("type".to_owned(), "thinking".into());
        block.insert("thinking".to_owned(), thought.into());
        if let Some(signature) = text("/reasoningText/signature") {
            block.insert("signature".to_owned(), signature.into());
        }
        self.thinking_blocks.push(block.into());
    }

    /// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CitationsContentBlock.html>.
    fn add_citations(&mut self, cited: &Value) {
        let list = |name: &str| cited.get(name).and_then(Value::as_array).into_iter().flatten();
        let offset = self.content.chars().count() as u64;
        for part in list("content") {
            self.content
                .push_str(part.get("text").and_then(Value::as_str).unwrap_or_default());
        }
        for citation in list("citations") {
            let text = |name: &str| citation.get(name).and_then(Value::as_str).unwrap_or_default();
            let place = |name: &str| citation.pointer(&format!("/location/searchResultLocation/{name}"));
            let number = |name: &str| place(name).and_then(Value::as_u64);
            // a page of the web stands for the whole text
            let page = citation.pointer("/location/web/url").and_then(Value::as_str);
            let cited = match (number("start"), number("end"), page) {
                (Some(start), Some(end), _) => {
                    let (start, end) = (start.saturating_add(offset), end.saturating_add(offset));
                    Some((start, end, text("source")))
                }
                (_, _, Some(url)) => Some((offset, self.content.chars().count() as u64, url)),
                _ => None,
            };
            if let Some((start, end, url)) = cited {
                self.annotations
                    .push(json!({"type": "url_citation", "url_citation": {
                    "start_index": start, "end_index": end, "title": text("title"), "url": url}}));
            }
        }
        self.citations.push(cited.clone());
    }

    fn finish(self) -> Map<String, Value> {
        let content = match self.answer {
            Some(answer) if self.calls.is_empty() => answer, // alone, as it is to be read as JSON
            Some(answer) => format!("{}{answer}", self.content),
            None => self.content,
        };
        let content = if content.is_empty() && !self.calls.is_empty() {
            Value::Null
        } else {
            content.into()
        };
        let mut message = Map::new();
        message.insert("role".to_owned(), "assistant".into());
        message.insert("content".to_owned(), content);
        if !self.thinking_blocks.is_empty() {
            message.insert("reasoning_content".to_owned(), self.thoughts.into());
        }
        let mut fields = Map::new();
        for (name, list) in [
            ("reasoningContentBlocks", self.reasoning_blocks),
            ("citationsContent", self.citations),
            ("serverToolBlocks", self.server_tools),
        ] {
            if !list.is_empty() {
                fields.insert(name.to_owned(), list.into());
            }
        }
        for (name, list) in [
            ("thinking_blocks", self.thinking_blocks),
            ("tool_calls", self.calls),
            ("annotations", self.annotations),
            ("images", self.images),
        ] {
            if !list.is_empty() {
                message.insert(name.to_owned(), list.into());
            }
        }
        if !fields.is_empty() {
            message.insert("provider_specific_fields".to_owned(), fields.into());
        }
        message
    }
}

/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html>. Input tokens are those that are not
/// cached.
fn usage(answer: &Value) -> Value {
    let Some(usage) = answer.get("usage").filter(|usage| usage.is_object()) else {
        return Value::Null;
    };
    let of_cache = |name: &str| count_or_zero(usage.get(name));
    let (uncached, output) = (count(usage.get("inputTokens")), count(usage.get("outputTokens")));
    let (read, written) = (
        of_cache("cacheReadInputTokens"),
        of_cache("cacheWriteInputTokens"),
    );
    let input = sum([uncached, read, written]);
    let total = count(usage.get("totalTokens")).or_else(|| sum([input, output]));
    let mut prompt = known([
        ("cached_tokens", read),
        ("cache_creation_tokens", written),
        ("text_tokens", uncached),
    ]);
    let details = usage.get("cacheDetails").and_then(Value::as_array);
    let of_time = |time: &str| {
        let details = details
            .into_iter()
            .flatten()
            .filter(|detail| detail.get("ttl").is_some_and(|ttl| ttl == time));
        let counts = details.filter_map(|detail| count(detail.get("inputTokens")));
        counts.fold(0_u64, u64::saturating_add)
    };
    let (short, long) = (of_time("5m"), of_time("1h"));
    if details.is_some() && Some(short.saturating_add(long)) == written {
        let details = json!({"ephemeral_5m_input_tokens": short, "ephemeral_1h_input_tokens": long});
        prompt.insert("cache_creation_token_details".to_owned(), details);
    }
    let mut result = known([
        ("prompt_tokens", input),
        ("completion_tokens", output),
        ("total_tokens", total),
    ]);
    result.insert("prompt_tokens_details".to_owned(), prompt.into());
    result.extend(known([
        ("cache_creation_input_tokens", written),
        ("cache_read_input_tokens", read),
    ]));
    let thinking = "/additionalModelResponseFields/usage/output_tokens_details/thinking_tokens";
    if let (Some(thinking), Some(output)) = (count(answer.pointer(thinking)), output) {
        let thinking = thinking.min(output);
        let details = json!({"reasoning_tokens": thinking, "text_tokens": output - thinking});
        result.insert("completion_tokens_details".to_owned(), details);
    }
    result.into()
}
