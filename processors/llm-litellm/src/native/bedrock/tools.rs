//! A tool and the choice of one: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Tool.html>.

use runtime::ProcessorError;
use serde_json::{Map, Value, json};

use super::content::Blocks;
use super::inputs::wrong;
use crate::native::tool_names::ToolNames;

/// The deepest schema whose references are filled in.
const DEEPEST: usize = 32;

/// The members of tools and functions that Converse has names for, or that say nothing to it.
const KNOWN: [&str; 9] = [
    "cache_control",
    "description",
    "eager_input_streaming",
    "function",
    "input_schema",
    "name",
    "parameters",
    "strict",
    "type",
];

/// The tool of a chat completion, with a mark for caching. One of Converse itself is passed through.
///
/// # Errors
///
/// `ERR_INPUTS` with the JSON pointer of a tool that Converse does not have.
pub(super) fn convert(
    tool: &Value,
    pointer: &str,
    names: &ToolNames,
    blocks: &mut Blocks<'_>,
) -> Result<Vec<Value>, ProcessorError> {
    let is_own = ["toolSpec", "systemTool", "cachePoint"]
        .iter()
        .any(|name| tool.get(*name).is_some());
    if is_own {
        return Ok(vec![tool.clone()]);
    }
    let function = match (tool.get("function"), tool.get("input_schema")) {
        (Some(function), _) => function,
        (None, Some(_)) => tool, // as Anthropic has it
        (None, None) if tool.get("parameters").is_some() || tool.get("type").is_none() => tool,
        (None, None) => {
            return Err(wrong(
                pointer,
                "is no function, and Bedrock runs no tools of others; leave it out",
            ));
        }
    };
    for (name, value) in [tool, function]
        .into_iter()
        .filter_map(Value::as_object)
        .flatten()
    {
        if !value.is_null() && !KNOWN.contains(&name.as_str()) {
            blocks.note(&format!("tools.{name} left out"));
        }
    }
    let mut converted = vec![spec(function, pointer, names, blocks)?];
    let point = blocks.cache_point(tool).or_else(|| {
        let is_nested = tool.get("function").is_some();
        is_nested.then(|| blocks.cache_point(function)).flatten()
    });
    converted.extend(point);
    Ok(converted)
}

/// A function as a tool.
///
/// # Errors
///
/// `ERR_INPUTS` with the JSON pointer of a function without a name.
fn spec(
    function: &Value,
    pointer: &str,
    names: &ToolNames,
    blocks: &mut Blocks<'_>,
) -> Result<Value, ProcessorError> {
    let text = |name: &str| {
        function
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    let name = text("name").ok_or_else(|| wrong(&format!("{pointer}/function/name"), "is not a string"))?;
    let name = names.sent(name);
    let schema = function
        .get("parameters")
        .or_else(|| function.get("input_schema"));
    let mut spec = Map::new();
    spec.insert("name".to_owned(), name.clone().into());
    spec.insert(
        "description".to_owned(),
        text("description").unwrap_or(&name).into(),
    );
    spec.insert(
        "inputSchema".to_owned(),
        json!({"json": self::schema(schema, blocks)}),
    );
    if let Some(is_strict) = function.get("strict").and_then(Value::as_bool) {
        if blocks.model.takes_strict_tools() {
            spec.insert("strict".to_owned(), is_strict.into());
        } else if is_strict {
            blocks.note("tools.strict left out");
        }
    }
    Ok(json!({ "toolSpec": spec }))
}

/// A schema whose root is an object. All but Claude get it without references, and Nova without anything else at its root
/// (<https://docs.aws.amazon.com/nova/latest/userguide/tool-use-definition.html>).
pub(super) fn schema(schema: Option<&Value>, blocks: &mut Blocks<'_>) -> Value {
    let empty = Map::new();
    let given = schema.and_then(Value::as_object).unwrap_or(&empty);
    let mut root = if blocks.model.is_claude() {
        given.clone()
    } else {
        let root = Value::Object(given.clone());
        let filled = fill(&root, &root, DEEPEST);
        let members = filled.as_object().cloned().unwrap_or_default();
        let is_known = |name: &str| ["type", "properties", "required"].contains(&name);
        for name in members.keys().filter(|name| !is_known(name)) {
            blocks.note(&format!("{name} of a schema left out"));
        }
        members.into_iter().filter(|(name, _)| is_known(name)).collect()
    };
    let kind = root.get("type").and_then(Value::as_str);
    if kind.is_none() {
        root.insert("type".to_owned(), "object".into());
    }
    if kind_is_object(&root) && !root.contains_key("properties") {
        root.insert("properties".to_owned(), json!({}));
    }
    root.into()
}

fn kind_is_object(schema: &Map<String, Value>) -> bool {
    schema.get("type").is_some_and(|kind| kind == "object")
}

/// The schema with the definitions in place of references to them. A reference inside of itself becomes any value.
fn fill(schema: &Value, root: &Value, deepest: usize) -> Value {
    let Some(deepest) = deepest.checked_sub(1) else {
        return json!({});
    };
    match schema {
        Value::Array(items) => items.iter().map(|item| fill(item, root, deepest)).collect(),
        Value::Object(members) => {
            let reference = members.get("$ref").and_then(Value::as_str);
            let target = reference.and_then(|reference| root.pointer(reference.strip_prefix('#')?));
            if let Some(target) = target {
                return fill(target, root, deepest);
            }
            let members = members
                .iter()
                .filter(|(name, _)| !matches!(name.as_str(), "$defs" | "definitions"));
            members
                .map(|(name, value)| (name.clone(), fill(value, root, deepest)))
                .collect::<Map<_, _>>()
                .into()
        }
        other => other.clone(),
    }
}

/// A choice: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolChoice.html>.
///
/// # Errors
///
/// `ERR_INPUTS` for a choice that Converse does not have.
pub(super) fn choice(choice: &Value, pointer: &str, names: &ToolNames) -> Result<Value, ProcessorError> {
    let kind = choice.as_str().or_else(|| choice.get("type")?.as_str());
    let name = ["/function/name", "/name"]
        .iter()
        .find_map(|path| choice.pointer(path)?.as_str());
    match (kind, name) {
        (_, Some(name)) => Ok(json!({"tool": {"name": names.sent(name)}})),
        (Some("auto"), _) => Ok(json!({"auto": {}})),
        (Some("required" | "any"), _) => Ok(json!({"any": {}})),
        (Some("none"), _) => Err(wrong(
            pointer,
            "is none, which Bedrock does not know; leave out the tools instead",
        )),
        _ => Err(wrong(pointer, "is none of auto, required and a function")),
    }
}
