//! A stream: <https://platform.claude.com/docs/en/build-with-claude/streaming>.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::native::interface::NativeStream;
use crate::native::object::put;
use crate::native::{digits, size};

/// The types of deltas, and those of the blocks that they belong to.
const BLOCKS: [(&str, &str); 5] = [
    ("text_delta", "text"),
    ("citations_delta", "text"),
    ("thinking_delta", "thinking"),
    ("signature_delta", "thinking"),
    ("compaction_delta", "compaction"),
];

/// The answer, as far as it has come.
#[derive(Debug, Default)]
pub(super) struct Stream {
    message: Map<String, Value>,
    blocks: Vec<Block>,
    /// Where the last block of an index is; a stream may have tens of thousands.
    positions: HashMap<u64, usize>,
    is_finished: bool,
    is_ended: bool,
}

/// A block of the content.
#[derive(Debug)]
struct Block {
    members: Map<String, Value>,
    /// The JSON of its input.
    input: String,
}

impl NativeStream for Stream {
    fn add(&mut self, mut chunk: Map<String, Value>) -> Result<(), Failure> {
        let kind = chunk.shift_remove("type");
        let index = chunk.get("index").and_then(Value::as_u64);
        match kind.as_ref().and_then(Value::as_str) {
            Some("message_start") => {
                if let Some(Value::Object(message)) = chunk.shift_remove("message") {
                    self.message = message;
                }
            }
            Some("content_block_start") => {
                if let Some(Value::Object(members)) = chunk.shift_remove("content_block") {
                    self.push(index, Block::new(members));
                }
            }
            Some("content_block_delta") => {
                if let Some(Value::Object(delta)) = chunk.shift_remove("delta") {
                    self.add_delta(index, delta)?;
                }
            }
            Some("message_delta") => self.extend(chunk),
            Some("message_stop") => (self.is_finished, self.is_ended) = (true, true),
            _ => {} // `ping`, the end of a block, and events that are yet to come
        }
        Ok(())
    }

    fn is_finished(&self) -> bool {
        self.is_finished
    }

    fn is_ended(&self) -> bool {
        self.is_ended
    }

    fn size(&self) -> usize {
        let blocks = self.blocks.iter();
        let blocks = blocks.map(|block| block.input.len() + size::of_members(&block.members));
        size::of_members(&self.message) + blocks.sum::<usize>()
    }

    fn finish(mut self: Box<Self>) -> Value {
        if !self.message.is_empty() || !self.blocks.is_empty() {
            let content = self.blocks.into_iter().map(Block::finish).collect();
            put(&mut self.message, "content", content);
        }
        self.message.into()
    }
}

impl Stream {
    /// Adds a delta to its block, or to a new one if the beginning of the block is missing.
    fn add_delta(&mut self, index: Option<u64>, delta: Map<String, Value>) -> Result<(), Failure> {
        let position = match index {
            Some(index) => self.positions.get(&index).copied(),
            None => self.blocks.len().checked_sub(1),
        };
        if let Some(block) = position.and_then(|at| self.blocks.get_mut(at)) {
            block.extend(delta);
            return Ok(());
        }
        let kind = delta.get("type").and_then(Value::as_str);
        let Some((_, kind)) = BLOCKS.iter().find(|(delta, _)| Some(*delta) == kind) else {
            return match kind {
                Some("input_json_delta") => Err(Failure::from_stream(
                    "a stream with the input of a call whose beginning is missing; ask again",
                )),
                _ => Ok(()), // of a type that is yet to come
            };
        };
        let mut members = Map::new();
        put(&mut members, "type", (*kind).into());
        let mut block = Block::new(members);
        block.extend(delta);
        self.push(index, block);
        Ok(())
    }

    fn push(&mut self, index: Option<u64>, block: Block) {
        if let Some(index) = index {
            self.positions.insert(index, self.blocks.len());
        }
        self.blocks.push(block);
    }

    /// The end of the message. Its usage is that of the whole; what it does not name was reported at the beginning.
    fn extend(&mut self, chunk: Map<String, Value>) {
        for (name, value) in chunk {
            match (name.as_str(), value) {
                ("delta", Value::Object(delta)) => {
                    let is_reason = |value: &Value| value.is_string();
                    self.is_finished |= delta.get("stop_reason").is_some_and(is_reason);
                    self.message.extend(delta);
                }
                ("usage", Value::Object(usage)) => {
                    let usage = usage.into_iter().filter(|(_, value)| !value.is_null());
                    match self.message.get_mut("usage") {
                        Some(Value::Object(known)) => known.extend(usage),
                        _ => {
                            self.message.insert(name, Value::Object(usage.collect()));
                        }
                    }
                }
                (_, value) => {
                    self.message.insert(name, value);
                }
            }
        }
    }
}

impl Block {
    fn new(members: Map<String, Value>) -> Self {
        Self {
            members,
            input: String::new(),
        }
    }

    /// Adds a delta of any type: texts grow, citations are counted up, anything else is new.
    fn extend(&mut self, delta: Map<String, Value>) {
        for (name, value) in delta {
            match (name.as_str(), value) {
                ("type", _) => {}
                ("partial_json", Value::String(more)) => self.input.push_str(&more),
                ("citation", citation) => match self.members.get_mut("citations") {
                    Some(Value::Array(citations)) => citations.push(citation),
                    _ => {
                        put(&mut self.members, "citations", vec![citation].into());
                    }
                },
                (_, Value::String(more)) => match self.members.get_mut(&name) {
                    Some(Value::String(text)) => text.push_str(&more),
                    _ => {
                        self.members.insert(name, more.into());
                    }
                },
                (_, value) => {
                    self.members.insert(name, value);
                }
            }
        }
    }

    /// An input that is cut off stays text.
    fn finish(mut self) -> Value {
        if !self.input.is_empty() {
            let input = digits::parse(&self.input).unwrap_or(Value::String(self.input));
            put(&mut self.members, "input", input);
        }
        self.members.into()
    }
}
