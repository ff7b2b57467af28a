//! Structured output: <https://platform.claude.com/docs/en/build-with-claude/structured-outputs>.

use runtime::ProcessorError;
use serde_json::{Map, Value};

use super::claude::Claude;
use super::inputs::{given, text, wrong};
use super::schema::{has_open_object, is_recursive};
use super::thinking::will_think;
use super::tool_names::has_tools;
use crate::native::object::{object, put};

/// The tool whose input is the answer; the name is LiteLLM's.
pub(super) const ANSWER_TOOL: &str = "json_tool_call";

/// The member of the tool's input that holds an answer that is no object, as in LiteLLM.
const VALUES: &str = "values";

const FORMAT: &str = "/params/response_format";

/// How an answer gets its structure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Structured<'a> {
    /// Not at all.
    No,
    /// The prompt asks for JSON: OpenAI refuses `json_object` unless a message does, so it is enough to leave it out
    /// (<https://platform.openai.com/docs/guides/structured-outputs#json-mode>).
    Prompt,
    /// By Anthropic's structured outputs, which close all objects.
    Native(&'a Value),
    /// As the input of a tool, for models without them, and for schemas that they do not know. If it cannot be forced, the
    /// model is asked to call it.
    Tool { schema: &'a Value, is_forced: bool },
}

impl<'a> Structured<'a> {
    /// # Errors
    ///
    /// `ERR_INPUTS` for a format that Anthropic cannot keep.
    pub(super) fn new(params: &'a Map<String, Value>, model: Claude) -> Result<Self, ProcessorError> {
        let Some(format) = given(params, "response_format") else {
            return Ok(Self::No);
        };
        let schema = format
            .pointer("/json_schema/schema")
            .or_else(|| format.get("response_schema"))
            .filter(|schema| schema.is_object());
        let Some(schema) = schema else {
            return match text(format, "/type") {
                Some("text") => Ok(Self::No),
                Some("json_object") => Ok(Self::Prompt),
                Some("json_schema") => Err(wrong(
                    &format!("{FORMAT}/json_schema/schema"),
                    "is not a JSON Schema",
                )),
                _ => Err(wrong(
                    &format!("{FORMAT}/type"),
                    "is none of text, json_object and json_schema",
                )),
            };
        };
        let is_free = !has_tools(params) && given(params, "web_search_options").is_none();
        let is_forced = is_free && model.takes_forced_tools() && !will_think(params, model);
        let is_for_tool = is_recursive(schema) || is_forced && has_open_object(schema);
        if model.has_structured_outputs() && !is_for_tool {
            return Ok(Self::Native(schema));
        }
        Ok(Self::Tool { schema, is_forced })
    }

    /// The tool whose input is the answer.
    pub(super) fn tool(&self) -> Option<Value> {
        let Self::Tool { schema, is_forced } = self else {
            return None;
        };
        let input = if is_wrapped(schema) {
            wrapped(schema)
        } else {
            (*schema).clone()
        };
        let mut tool = object([("name", ANSWER_TOOL.into()), ("input_schema", input)]);
        if let (false, Some(tool)) = (is_forced, tool.as_object_mut()) {
            let what = "Takes the final answer. Call it with that, and write no other answer.";
            put(tool, "description", what.into());
        }
        Some(tool)
    }

    /// The answer in the input of that tool. Some models wrap it into one more object.
    pub(super) fn unwrap(&self, input: Value) -> Value {
        let Self::Tool { schema, .. } = self else {
            return input;
        };
        if is_wrapped(schema) {
            let inner = input.get(VALUES).cloned();
            return inner.unwrap_or(input);
        }
        let is_property = |name: &str| {
            let properties = schema.get("properties").and_then(Value::as_object);
            properties.is_none_or(|properties| properties.is_empty() || properties.contains_key(name))
        };
        match input {
            Value::Object(mut members) if members.len() == 1 => {
                let wrapped = members.iter().next();
                let is_wrapped = wrapped.is_some_and(|(name, inner)| inner.is_object() && !is_property(name));
                let inner = members
                    .values_mut()
                    .next()
                    .filter(|_| is_wrapped)
                    .map(Value::take);
                inner.unwrap_or(Value::Object(members))
            }
            input => input,
        }
    }

    /// The answer in the inputs of all calls of that tool: one object of their members if each call has some of the schema's
    /// own, else the first, as each is a document.
    pub(super) fn join(&self, inputs: Vec<Value>) -> Option<Value> {
        let mut joined = Map::new();
        let mut members = inputs.iter().map(Value::as_object);
        let is_split = members.all(|members| {
            members.is_some_and(|members| {
                let is_new = |name: &String| self.has_property(name) && !joined.contains_key(name);
                let is_part = members.keys().all(is_new);
                joined.extend(members.clone());
                is_part
            })
        });
        if is_split && inputs.len() > 1 {
            return Some(joined.into());
        }
        inputs.into_iter().next()
    }

    fn has_property(&self, name: &str) -> bool {
        let Self::Tool { schema, .. } = self else {
            return false;
        };
        let properties = schema.get("properties");
        properties.is_some_and(|properties| properties.get(name).is_some())
    }
}

/// Whether a schema is not that of an object, which the input of a tool has to be.
fn is_wrapped(schema: &Value) -> bool {
    schema.get("type").is_none_or(|kind| kind != "object")
}

/// The schema of an object with the answer in it. Definitions stay at the top, where references look for them.
fn wrapped(schema: &Value) -> Value {
    let mut inner = schema.clone();
    let mut definitions = Map::new();
    for name in ["$defs", "definitions"] {
        let members = inner.as_object_mut();
        if let Some(known) = members.and_then(|members| members.shift_remove(name)) {
            put(&mut definitions, name, known);
        }
    }
    let mut outer = Map::new();
    put(&mut outer, "type", "object".into());
    put(&mut outer, "properties", object([(VALUES, inner)]));
    put(&mut outer, "required", vec![Value::from(VALUES)].into());
    outer.extend(definitions);
    outer.into()
}
