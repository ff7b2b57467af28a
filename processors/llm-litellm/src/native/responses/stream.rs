//! A stream: <https://platform.openai.com/docs/api-reference/responses-streaming>. Its last event has the whole response.

mod items;

use reqwest::StatusCode;
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::native::interface::NativeStream;
use crate::native::size;
use items::Items;

/// The response, as far as it has come.
#[derive(Debug, Default)]
pub(super) struct Stream {
    response: Value,
    items: Items,
    is_finished: bool,
}

impl NativeStream for Stream {
    fn add(&mut self, mut event: Map<String, Value>) -> Result<(), Failure> {
        let kind = event.shift_remove("type").unwrap_or_default();
        let mut take = |name: &str| event.shift_remove(name).unwrap_or_default();
        match kind.as_str() {
            Some("response.created" | "response.queued" | "response.in_progress") => {
                self.response = take("response");
            }
            Some("response.completed" | "response.incomplete") => {
                self.response = take("response");
                self.is_finished = true;
            }
            Some("response.failed") => {
                self.is_finished = true;
                let error = take("response").get_mut("error").map(Value::take);
                let body = json!({ "error": error.unwrap_or_default() }).to_string();
                return Err(Failure::from_error_body(StatusCode::OK, body.as_bytes()));
            }
            Some(kind) => self.items.add(kind, event),
            None => {}
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
        size::of(&self.response) + self.items.size()
    }

    /// Some compatible services leave the output of the last event empty.
    fn finish(mut self: Box<Self>) -> Value {
        let output = self.response.get("output").and_then(Value::as_array);
        if output.is_none_or(Vec::is_empty)
            && let Some(response) = self.response.as_object_mut()
        {
            response.insert("output".to_owned(), self.items.finish());
        }
        self.response
    }
}
