//! A chat completion: <https://platform.openai.com/docs/api-reference/chat/object>.

use std::time::{SystemTime, UNIX_EPOCH};

use runtime::Hasher;
use serde::Serialize;
use serde_json::{Map, Value};

/// A chat completion, as far as an answer determines it.
#[derive(Debug, Serialize)]
pub(crate) struct ChatCompletion {
    /// Made of the answer's hash if it is empty.
    pub(crate) id: String,
    object: &'static str,
    /// In Unix seconds; now if it is 0.
    pub(crate) created: u64,
    pub(crate) model: String,
    pub(crate) choices: Vec<Choice>,
    #[serde(skip_serializing_if = "Value::is_null")]
    pub(crate) usage: Value,
    /// Further members.
    #[serde(flatten)]
    pub(crate) others: Map<String, Value>,
}

/// An answer to the conversation.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Choice {
    pub(crate) index: u64,
    /// `role`, `content`, `tool_calls` and the like.
    pub(crate) message: Map<String, Value>,
    pub(crate) finish_reason: Option<String>,
    /// Further members.
    #[serde(flatten)]
    pub(crate) others: Map<String, Value>,
}

impl ChatCompletion {
    /// A completion by this model, with nothing in it.
    pub(crate) fn new(model: impl Into<String>) -> Self {
        Self {
            id: String::new(),
            object: "chat.completion",
            created: 0,
            model: model.into(),
            choices: Vec::new(),
            usage: Value::Null,
            others: Map::new(),
        }
    }

    /// Adds what the answer does not have; `answer` is the answer, byte for byte.
    pub(crate) fn complete(&mut self, answer: &[u8]) {
        if self.id.is_empty() {
            let mut hasher = Hasher::default();
            hasher.update(answer);
            let hash = hasher.finish();
            self.id = format!("chatcmpl-{}", hash.get(..32).unwrap_or(&hash));
        }
        if self.created == 0 {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            self.created = now.map_or(0, |now| now.as_secs());
        }
    }
}
