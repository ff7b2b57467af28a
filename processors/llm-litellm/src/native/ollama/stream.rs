//! A stream, one JSON object a line: <https://github.com/ollama/ollama/blob/main/docs/api.md#response-9>.

use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::native::interface::NativeStream;
use crate::native::size;

/// The answer, as far as it has come.
#[derive(Debug, Default)]
pub(super) struct Stream {
    members: Map<String, Value>,
    message: Map<String, Value>,
    is_finished: bool,
}

impl NativeStream for Stream {
    fn add(&mut self, chunk: Map<String, Value>) -> Result<(), Failure> {
        for (name, value) in chunk {
            match (name.as_str(), value) {
                ("message", Value::Object(delta)) => self.extend(delta),
                ("logprobs", Value::Array(more)) => append(&mut self.members, name, more),
                ("done", Value::Bool(is_done)) => {
                    self.is_finished |= is_done;
                    self.members.insert(name, is_done.into());
                }
                (_, value) => {
                    self.members.insert(name, value);
                }
            }
        }
        Ok(())
    }

    fn is_finished(&self) -> bool {
        self.is_finished
    }

    fn is_ended(&self) -> bool {
        self.is_finished
    }

    fn size(&self) -> usize {
        size::of_members(&self.members) + size::of_members(&self.message)
    }

    fn finish(mut self: Box<Self>) -> Value {
        self.members.insert("message".to_owned(), self.message.into());
        self.members.into()
    }
}

impl Stream {
    fn extend(&mut self, delta: Map<String, Value>) {
        for (name, value) in delta {
            match (name.as_str(), value) {
                ("content" | "thinking", Value::String(more)) => {
                    if let Some(Value::String(text)) = self.message.get_mut(&name) {
                        text.push_str(&more);
                    } else {
                        self.message.insert(name, more.into());
                    }
                }
                ("tool_calls" | "images", Value::Array(more)) => append(&mut self.message, name, more),
                (_, value) => {
                    self.message.insert(name, value);
                }
            }
        }
    }
}

fn append(members: &mut Map<String, Value>, name: String, more: Vec<Value>) {
    if let Some(Value::Array(items)) = members.get_mut(&name) {
        items.extend(more);
    } else {
        members.insert(name, more.into());
    }
}
