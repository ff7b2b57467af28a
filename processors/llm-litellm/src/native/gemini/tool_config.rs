//! Which functions may or have to be called: <https://ai.google.dev/api/caching#FunctionCallingConfig>.

use runtime::ProcessorError;
use serde_json::{Value, json};

use super::names::wrong;

/// `functionCallingConfig` for a `tool_choice`, or an old `function_call`; `parameter` is its name.
///
/// # Errors
///
/// `ERR_INPUTS` for a choice that Gemini does not know.
pub(super) fn from_choice(parameter: &str, choice: &Value) -> Result<Value, ProcessorError> {
    let mode = |mode: &str| Ok(json!({ "mode": mode }));
    let unknown = || {
        wrong(
            parameter,
            r#"is no choice that Gemini knows; give "auto", "none", "required" or a function"#,
        )
    };
    match choice.as_str() {
        Some("auto") => return mode("AUTO"),
        Some("none") => return mode("NONE"),
        Some("required" | "any") => return mode("ANY"),
        Some(_) => return Err(unknown()),
        None => {}
    }
    if let Some(allowed) = choice.get("allowed_tools") {
        // names without a call that is required are known to this mode alone
        let mode = if allowed.get("mode").is_some_and(|mode| mode == "required") {
            "ANY"
        } else {
            "VALIDATED"
        };
        let tools = allowed
            .get("tools")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let names: Option<Vec<_>> = tools.map(name).collect();
        let names = names.filter(|names| !names.is_empty()).ok_or_else(unknown)?;
        return Ok(json!({"mode": mode, "allowedFunctionNames": names}));
    }
    let name = name(choice).ok_or_else(unknown)?;
    Ok(json!({"mode": "ANY", "allowedFunctionNames": [name]}))
}

fn name(choice: &Value) -> Option<&str> {
    let function = choice.get("function").unwrap_or(choice);
    function.get("name")?.as_str()
}
