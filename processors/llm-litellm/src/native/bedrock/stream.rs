//! A stream: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html>.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::native::interface::NativeStream;
use crate::native::{digits, size};

/// The answer, as far as it has come.
#[derive(Debug, Default)]
pub(super) struct Stream {
    role: Option<Value>,
    blocks: BTreeMap<u64, Block>,
    members: Map<String, Value>,
    is_stopped: bool,
    /// Whether the usage has come, which is the last event.
    has_metadata: bool,
}

/// A block, as far as it has come.
#[derive(Debug, Default)]
struct Block {
    text: Option<String>,
    /// The tool, and its input as JSON.
    tool: Option<(Value, String)>,
    thought: Option<String>,
    signature: Option<String>,
    redacted: Option<String>,
    citations: Vec<Value>,
    image: Option<Value>,
    /// The result of a tool of Bedrock's own.
    result: Option<(Value, Vec<Value>)>,
}

impl NativeStream for Stream {
    fn add(&mut self, chunk: Map<String, Value>) -> Result<(), Failure> {
        for (name, mut event) in chunk {
            let index = event.get("contentBlockIndex").and_then(Value::as_u64);
            let index = index.unwrap_or_default();
            let mut take = |member: &str| event.get_mut(member).map(Value::take).unwrap_or_default();
            match name.as_str() {
                "messageStart" => self.role = Some(take("role")),
                "contentBlockStart" => self.blocks.entry(index).or_default().start(take("start")),
                "contentBlockDelta" => self.blocks.entry(index).or_default().extend(take("delta")),
                "messageStop" => {
                    self.take(event, &["stopReason", "additionalModelResponseFields"]);
                    self.is_stopped = true;
                }
                "metadata" => {
                    self.take(
                        event,
                        &["usage", "metrics", "trace", "performanceConfig", "serviceTier"],
                    );
                    self.has_metadata = true;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn is_finished(&self) -> bool {
        self.is_stopped && self.has_metadata
    }

    fn size(&self) -> usize {
        size::of_members(&self.members) + self.blocks.values().map(Block::size).sum::<usize>()
    }

    fn finish(mut self: Box<Self>) -> Value {
        let blocks = std::mem::take(&mut self.blocks);
        let content: Vec<_> = blocks.into_values().filter_map(Block::finish).collect();
        let role = self.role.take().unwrap_or_else(|| "assistant".into());
        let mut answer = Map::new();
        answer.insert(
            "output".to_owned(),
            json!({"message": {"role": role, "content": content}}),
        );
        answer.append(&mut self.members);
        answer.into()
    }
}

impl Stream {
    fn take(&mut self, event: Value, names: &[&str]) {
        let Value::Object(members) = event else { return };
        let known = members
            .into_iter()
            .filter(|(name, _)| names.contains(&name.as_str()));
        self.members.extend(known);
    }
}

impl Block {
    fn size(&self) -> usize {
        let texts = [&self.text, &self.thought, &self.signature, &self.redacted];
        let texts = texts.into_iter().flatten().map(String::len).sum::<usize>();
        let input = self.tool.as_ref().map_or(0, |(_, input)| input.len());
        let values = self.citations.iter().chain(&self.image);
        texts + input + values.map(size::of).sum::<usize>()
    }

    fn start(&mut self, start: Value) {
        if let Value::Object(mut start) = start {
            if let Some(tool) = start.shift_remove("toolUse").filter(Value::is_object) {
                self.tool = Some((tool, String::new()));
            }
            self.image = start.shift_remove("image");
            let result = start.shift_remove("toolResult").filter(Value::is_object);
            self.result = result.map(|result| (result, Vec::new()));
        }
    }

    fn extend(&mut self, delta: Value) {
        let text = |path: &str| delta.pointer(path).and_then(Value::as_str);
        for (grown, path) in [
            (&mut self.text, "/text"),
            (&mut self.thought, "/reasoningContent/text"),
            (&mut self.signature, "/reasoningContent/signature"),
            (&mut self.redacted, "/reasoningContent/redactedContent"),
        ] {
            if let Some(more) = text(path) {
                grown.get_or_insert_default().push_str(more);
            }
        }
        if let Some(more) = text("/toolUse/input") {
            let (_, input) = self.tool.get_or_insert_with(|| (json!({}), String::new()));
            input.push_str(more);
        }
        if let (Some((_, content)), Some(more)) = (&mut self.result, delta.get("toolResult")) {
            content.extend(more.as_array().into_iter().flatten().cloned());
        }
        if let Some(citation) = delta.get("citation") {
            self.citations.push(citation.clone());
        }
        if let Some(image) = delta.get("image") {
            let started = self.image.get_or_insert_with(|| json!({}));
            if let (Some(started), Some(more)) = (started.as_object_mut(), image.as_object()) {
                started.extend(more.clone());
            }
        }
    }

    fn finish(self) -> Option<Value> {
        if let Some((mut tool, input)) = self.tool {
            // an input that is cut off stays a text
            let input = match input.trim() {
                "" => json!({}),
                json => digits::parse(json).unwrap_or_else(|_| Value::from(input.as_str())),
            };
            if let Some(tool) = tool.as_object_mut() {
                tool.insert("input".to_owned(), input);
            }
            return Some(json!({ "toolUse": tool }));
        }
        if let Some((mut result, content)) = self.result {
            if let Some(result) = result.as_object_mut() {
                result.insert("content".to_owned(), content.into());
            }
            return Some(json!({ "toolResult": result }));
        }
        if let Some(redacted) = self.redacted {
            return Some(json!({"reasoningContent": {"redactedContent": redacted}}));
        }
        if self.thought.is_some() || self.signature.is_some() {
            let mut thought = Map::new();
            thought.insert("text".to_owned(), self.thought.unwrap_or_default().into());
            if let Some(signature) = self.signature {
                thought.insert("signature".to_owned(), signature.into());
            }
            return Some(json!({"reasoningContent": {"reasoningText": thought}}));
        }
        if !self.citations.is_empty() {
            let text = self.text.unwrap_or_default();
            return Some(
                json!({"citationsContent": {"content": [{"text": text}], "citations": self.citations}}),
            );
        }
        if let Some(image) = self.image {
            return Some(json!({ "image": image }));
        }
        Some(json!({"text": self.text?}))
    }
}
