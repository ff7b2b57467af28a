//! Errors of the inputs, and the members that they may have.

use crate::native::object::put;
use runtime::{ErrorCode, ProcessorError};
use serde_json::{Map, Value};

/// `ERR_INPUTS`: the JSON pointer, what is wrong there, and what to do.
pub(super) fn wrong(pointer: &str, what: &str) -> ProcessorError {
    ProcessorError::new(ErrorCode::Inputs, format!("{pointer} {what}"))
}

/// A parameter that is not null.
pub(super) fn given<'a>(params: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    params.get(name).filter(|value| !value.is_null())
}

/// A string at this JSON pointer.
pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str)
}

/// The items of a list member; none if it is missing or no list.
pub(super) fn items<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    let list = value.get(name).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

/// Gives a block the `cache_control` of what it is made of
/// (<https://platform.claude.com/docs/en/build-with-claude/prompt-caching>). One of its own counts.
pub(super) fn cache(block: &mut Value, source: &Value) {
    if let Some(control) = source.get("cache_control").filter(|control| control.is_object())
        && let Some(block) = block.as_object_mut()
        && !block.contains_key("cache_control")
    {
        put(block, "cache_control", control.clone());
    }
}
