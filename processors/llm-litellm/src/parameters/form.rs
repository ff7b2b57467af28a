//! The forms of parameters that other APIs than chat completions convert, and would otherwise lose.

use runtime::{ErrorCode, ProcessorError};
use serde_json::Value;

/// # Errors
///
/// `ERR_INPUTS` for a parameter that is not what chat completions have.
pub(super) fn check(name: &str, value: &Value) -> Result<(), ProcessorError> {
    let problem = match name {
        "tools" | "functions" if !value.is_array() => "is not a list",
        "response_format" if !value.is_object() => {
            r#"is not an object such as {"type":"json_object"}; give one, or leave it out"#
        }
        "response_format" if !has_kind(value) => {
            r#"has no type; give {"type":"json_object"} or a JSON schema, or leave it out"#
        }
        _ => return Ok(()),
    };
    Err(ProcessorError::new(
        ErrorCode::Inputs,
        format!("/params/{name} {problem}"),
    ))
}

/// Whether a `response_format` says what it asks for: by its type, or with a schema.
fn has_kind(format: &Value) -> bool {
    let schema = ["/json_schema/schema", "/response_schema"];
    format.get("type").is_some_and(Value::is_string)
        || schema
            .iter()
            .any(|path| format.pointer(path).is_some_and(Value::is_object))
}
