//! Tools and the choice among them: <https://platform.openai.com/docs/api-reference/responses/create#responses_create-tools>.

use runtime::{ErrorCode, ProcessorError};
use serde_json::{Map, Value, json};

use super::content::without_cache_control;

/// The tools of a chat completion. Those of the Responses API itself are passed through.
///
/// # Errors
///
/// `ERR_INPUTS` with the JSON pointer of a tool without a name.
pub(super) fn convert(tools: &Value, pointer: &str) -> Result<Vec<Value>, ProcessorError> {
    let tools = tools.as_array().into_iter().flatten().enumerate();
    tools
        .map(|(index, tool)| match inner(tool) {
            Some(("function", function)) => {
                self::function(tool, function, &format!("{pointer}/{index}/function"))
            }
            Some((_, custom)) => Ok(self::custom(custom)),
            None => Ok(without_cache_control(tool)),
        })
        .collect()
}

/// The old `functions`.
///
/// # Errors
///
/// Those of [`convert`].
pub(super) fn from_functions(functions: &Value, pointer: &str) -> Result<Vec<Value>, ProcessorError> {
    let functions = functions.as_array().into_iter().flatten().enumerate();
    functions
        .map(|(index, function)| self::function(&Value::Null, function, &format!("{pointer}/{index}")))
        .collect()
}

/// The type of what is described in a member of this name: a function, or a custom tool.
fn inner(value: &Value) -> Option<(&'static str, &Value)> {
    let kind = value.get("type")?.as_str()?;
    let kind = ["function", "custom"].into_iter().find(|name| *name == kind)?;
    let inner = value.get(kind).filter(|inner| inner.is_object())?;
    Some((kind, inner))
}

/// Chat completions take a function as not strict unless it says so; the Responses API makes its schema strict
/// (<https://platform.openai.com/docs/guides/function-calling#strict-mode>).
fn function(tool: &Value, function: &Value, pointer: &str) -> Result<Value, ProcessorError> {
    let member = |name: &str| function.get(name).filter(|value| !value.is_null());
    let name = member("name")
        .filter(|name| name.is_string())
        .ok_or_else(|| ProcessorError::new(ErrorCode::Inputs, format!("{pointer}/name is not a string")))?;
    let mut converted = Map::new();
    converted.insert("type".to_owned(), "function".into());
    converted.insert("name".to_owned(), name.clone());
    if let Some(description) = member("description") {
        converted.insert("description".to_owned(), description.clone());
    }
    let parameters = member("parameters").cloned().unwrap_or_default();
    converted.insert("parameters".to_owned(), parameters);
    let is_strict = member("strict").cloned().unwrap_or_else(|| false.into());
    converted.insert("strict".to_owned(), is_strict);
    if let Some(defer) = tool.get("defer_loading").or_else(|| member("defer_loading")) {
        converted.insert("defer_loading".to_owned(), defer.clone());
    }
    Ok(converted.into())
}

/// The members of functions that the API has no place for: `tools.x left out`. Marks for caching are reported elsewhere.
pub(super) fn left_out(tools: &Value) -> Vec<String> {
    const KNOWN: [&str; 6] = [
        "name",
        "description",
        "parameters",
        "strict",
        "defer_loading",
        "cache_control",
    ];
    let tools = tools.as_array().into_iter().flatten();
    let functions = tools.filter_map(|tool| match inner(tool) {
        Some(("function", function)) => function.as_object(),
        _ => None,
    });
    let members = functions.flatten();
    let lost = members.filter(|(name, value)| !KNOWN.contains(&name.as_str()) && !value.is_null());
    let mut changes: Vec<_> = lost.map(|(name, _)| format!("tools.{name} left out")).collect();
    changes.sort_unstable();
    changes.dedup();
    changes
}

fn custom(custom: &Value) -> Value {
    let members = custom.as_object().into_iter().flatten();
    let members = members.filter(|(name, _)| *name != "cache_control");
    let members = members.map(|(name, value)| match value.get("grammar") {
        Some(Value::Object(grammar)) if name == "format" => {
            (name.clone(), with_type("grammar", grammar).into())
        }
        _ => (name.clone(), value.clone()),
    });
    with_type("custom", &members.collect()).into()
}

/// The members after a type.
fn with_type(kind: &str, members: &Map<String, Value>) -> Map<String, Value> {
    let mut typed = Map::new();
    typed.insert("type".to_owned(), kind.into());
    typed.extend(members.iter().map(|(name, value)| (name.clone(), value.clone())));
    typed
}

/// A choice: `auto`, `none`, `required`, a tool, or the tools that are allowed.
pub(super) fn choice(choice: &Value) -> Value {
    let kind = choice.get("type").and_then(Value::as_str);
    if let Some(kind @ ("auto" | "none" | "required")) = kind {
        return kind.into();
    }
    if let Some((kind, inner)) = inner(choice) {
        return json!({"type": kind, "name": inner.get("name")});
    }
    match choice.get("allowed_tools") {
        Some(allowed) if kind == Some("allowed_tools") => {
            let tools = allowed.get("tools").and_then(Value::as_array);
            let tools: Vec<_> = tools.into_iter().flatten().map(self::choice).collect();
            json!({"type": kind, "mode": allowed.get("mode"), "tools": tools})
        }
        _ => choice.clone(),
    }
}

/// The old `function_call`.
pub(super) fn from_function_call(call: &Value) -> Value {
    match call.get("name") {
        Some(name) => json!({"type": "function", "name": name}),
        None => call.clone(),
    }
}

/// The tool that searches the web as `web_search_options` want it
/// (<https://platform.openai.com/docs/guides/tools-web-search>). It has the members of a location straight in it.
pub(super) fn web_search(options: &Value) -> Value {
    let mut tool = Map::new();
    tool.insert("type".to_owned(), "web_search".into());
    for (name, value) in options.as_object().into_iter().flatten() {
        let location = value.get("approximate").and_then(Value::as_object);
        let value = match location {
            Some(location) if name == "user_location" => with_type("approximate", location).into(),
            _ => value.clone(),
        };
        tool.insert(name.clone(), value);
    }
    tool.into()
}
