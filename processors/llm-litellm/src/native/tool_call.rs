//! The calls in an assistant's message:
//! <https://platform.openai.com/docs/api-reference/chat/object#chat-object-choices-message-tool_calls>.

use runtime::{ErrorCode, ProcessorError};
use serde_json::{Map, Value, json};

use crate::native::digits;

/// A call of a function.
#[derive(Debug)]
pub(crate) struct ToolCall<'a> {
    pub(crate) id: &'a str,
    pub(crate) name: &'a str,
    /// The arguments; an empty text counts as none.
    pub(crate) arguments: Map<String, Value>,
    /// All of it, for members that only one service knows.
    pub(crate) raw: &'a Value,
}

impl<'a> ToolCall<'a> {
    /// The calls of a message, or its old `function_call`, which is the last of them if there are both. `pointer` is the JSON pointer of the message.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` with the JSON pointer, for a call of something else than a function, or arguments that are no JSON object.
    pub(crate) fn all(message: &'a Value, pointer: &str) -> Result<Vec<Self>, ProcessorError> {
        let calls = message.get("tool_calls").and_then(Value::as_array);
        let calls = calls.map(Vec::as_slice).unwrap_or_default();
        if calls.is_empty()
            && let Some(call) = message.get("function_call").filter(|call| !call.is_null())
        {
            return Ok(vec![Self::parse(
                call,
                call,
                &format!("{pointer}/function_call"),
            )?]);
        }
        let calls = calls.iter().enumerate();
        calls
            .map(|(index, raw)| {
                let pointer = format!("{pointer}/tool_calls/{index}/function");
                Self::parse(raw, raw.get("function").unwrap_or(&Value::Null), &pointer)
            })
            .collect()
    }

    fn parse(raw: &'a Value, function: &'a Value, pointer: &str) -> Result<Self, ProcessorError> {
        let text = |value: &'a Value, name: &str| value.get(name).and_then(Value::as_str);
        let wrong = |what: &str| ProcessorError::new(ErrorCode::Inputs, format!("{pointer}{what}"));
        let name = text(function, "name").ok_or_else(|| wrong("/name is not a string"))?;
        let arguments = match function.get("arguments") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(arguments)) => arguments.clone(),
            Some(Value::String(json)) if json.trim().is_empty() => Map::new(),
            Some(Value::String(json)) => {
                digits::parse(json).map_err(|_| wrong("/arguments is not the text of a JSON object"))?
            }
            Some(_) => return Err(wrong("/arguments is not the text of a JSON object")),
        };
        Ok(Self {
            id: text(raw, "id").unwrap_or_default(),
            name,
            arguments,
            raw,
        })
    }
}

/// A call in a completion.
pub(crate) fn tool_call(index: usize, id: &str, name: &str, arguments: &Value) -> Value {
    json!({
        "index": index,
        "id": id,
        "type": "function",
        "function": {"name": name, "arguments": arguments.to_string()},
    })
}
