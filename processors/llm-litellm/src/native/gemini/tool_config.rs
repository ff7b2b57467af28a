//! Which functions may or have to be called: <https://ai.google.dev/api/caching#FunctionCallingConfig>.

use runtime::ProcessorError;
use serde_json::{Map, Value};

use super::names::{camel_case, wrong};
use crate::native::object::{list, object, put};

/// `functionCallingConfig` for a `tool_choice`, or an old `function_call`; `parameter` is its name.
///
/// # Errors
///
/// `ERR_INPUTS` for a choice that Gemini does not know.
pub(super) fn from_choice(parameter: &str, choice: &Value) -> Result<Value, ProcessorError> {
    let mode = |mode: &str| Ok(object([("mode", mode.into())]));
    let functions = |mode: &str, names: Vec<Value>| {
        Ok(object([
            ("mode", mode.into()),
            ("allowedFunctionNames", names.into()),
        ]))
    };
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
        let mut names = Vec::new();
        for tool in list(allowed, "tools") {
            names.push(name(tool).ok_or_else(unknown)?);
        }
        if names.is_empty() {
            return Err(unknown());
        }
        return functions(mode, names);
    }
    functions("ANY", vec![name(choice).ok_or_else(unknown)?])
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
    let given = config
        .as_object()
        .ok_or_else(|| wrong(parameter, "is not an object"))?;
    let mut members = Map::new();
    for (name, value) in given {
        put(&mut members, &camel_case(name), value.clone());
    }
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

fn name(choice: &Value) -> Option<Value> {
    let function = choice.get("function").unwrap_or(choice);
    function.get("name").filter(|name| name.is_string()).cloned()
}
