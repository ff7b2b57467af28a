//! Which functions may or have to be called: <https://ai.google.dev/api/caching#FunctionCallingConfig>.

use runtime::ProcessorError;
use serde_json::{Map, Value, json};

use super::names::{camel_case, wrong};

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

/// The members of `toolConfig` in the API's own form. Calls in pieces are not asked for: the whole answer is the same, and no
/// completion has a place for them (<https://docs.cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling#streaming-fc>).
///
/// # Errors
///
/// `ERR_INPUTS` for something else than an object.
pub(super) fn from_own(
    parameter: &str,
    config: &Value,
    changes: &mut Vec<String>,
) -> Result<Map<String, Value>, ProcessorError> {
    let members = config
        .as_object()
        .ok_or_else(|| wrong(parameter, "is not an object"))?;
    let members = members
        .iter()
        .map(|(name, value)| (camel_case(name), value.clone()));
    let mut members: Map<_, _> = members.collect();
    let calling = members.get_mut("functionCallingConfig");
    if let Some(calling) = calling.and_then(Value::as_object_mut) {
        for name in ["streamFunctionCallArguments", "stream_function_call_arguments"] {
            if calling.shift_remove(name).is_some() {
                changes.push("streamFunctionCallArguments left out".to_owned());
            }
        }
    }
    Ok(members)
}

fn name(choice: &Value) -> Option<&str> {
    let function = choice.get("function").unwrap_or(choice);
    function.get("name")?.as_str()
}
