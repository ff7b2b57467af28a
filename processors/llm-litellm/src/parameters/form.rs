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
        _ => return Ok(()),
    };
    Err(ProcessorError::new(
        ErrorCode::Inputs,
        format!("/params/{name} {problem}"),
    ))
}
