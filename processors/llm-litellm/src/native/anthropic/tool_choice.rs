//! Which tools are called: <https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use#forcing-tool-use>.

use runtime::ProcessorError;
use serde_json::{Map, Value};

use super::claude::Claude;
use super::inputs::{given, text, wrong};
use crate::native::object::{object, put};
use crate::native::tool_names::ToolNames;

/// The choice in Anthropic's form, if there is one and it has tools to choose from.
///
/// # Errors
///
/// `ERR_INPUTS` with the JSON pointer of a choice that is none, or that the model does not take.
pub(super) fn tool_choice(
    params: &Map<String, Value>,
    model: Claude,
    names: &ToolNames,
    has_tools: bool,
    changes: &mut Vec<String>,
) -> Result<Option<Value>, ProcessorError> {
    let (pointer, choice) = match (given(params, "tool_choice"), given(params, "function_call")) {
        (None, Some(choice)) => {
            changes.push("function_call to tool_choice".to_owned());
            ("/params/function_call", Some(choice))
        }
        (choice, old) => {
            if old.is_some() {
                changes.push("function_call left out".to_owned());
            }
            ("/params/tool_choice", choice)
        }
    };
    let parallel = given(params, "parallel_tool_calls");
    if !has_tools {
        for (name, value) in [("tool_choice", choice), ("parallel_tool_calls", parallel)] {
            if value.is_some() {
                changes.push(format!("{name} left out"));
            }
        }
        return Ok(None);
    }
    let mut converted = choice.map(|choice| convert(choice, pointer, names)).transpose()?;
    if let Some(parallel) = parallel {
        let parallel = parallel
            .as_bool()
            .ok_or_else(|| wrong("/params/parallel_tool_calls", "is neither true nor false"))?;
        let choice = converted.get_or_insert_with(|| object([("type", "auto".into())]));
        if text(choice, "/type") != Some("none")
            && let Some(choice) = choice.as_object_mut()
        {
            put(choice, "disable_parallel_tool_use", (!parallel).into());
            changes.push("parallel_tool_calls to tool_choice.disable_parallel_tool_use".to_owned());
        }
    }
    let is_forced = converted
        .as_ref()
        .is_some_and(|choice| matches!(text(choice, "/type"), Some("any" | "tool")));
    if is_forced && !model.takes_forced_tools() {
        return Err(wrong(
            pointer,
            "forces a call, and this model takes only auto and none; say in the prompt when to call the tool",
        ));
    }
    Ok(converted)
}

fn convert(choice: &Value, pointer: &str, names: &ToolNames) -> Result<Value, ProcessorError> {
    let name = text(choice, "/function/name").or_else(|| text(choice, "/name"));
    let kind = choice.as_str().or_else(|| text(choice, "/type"));
    Ok(match (kind, name) {
        (Some(kind @ ("auto" | "none" | "any" | "tool")), _) if choice.is_object() => {
            let mut own = choice.clone();
            if let (Some(name), "tool", Some(own)) = (name, kind, own.as_object_mut()) {
                put(own, "name", names.sent(name).into());
            }
            own
        }
        (Some(kind @ ("auto" | "none")), _) => object([("type", kind.into())]),
        (Some("required" | "any"), _) => object([("type", "any".into())]),
        (Some("function") | None, Some(name)) => {
            object([("type", "tool".into()), ("name", names.sent(name).into())])
        }
        _ => {
            return Err(wrong(
                pointer,
                "is none of auto, none, required and {\"type\":\"function\",\"function\":{\"name\":...}}",
            ));
        }
    })
}
