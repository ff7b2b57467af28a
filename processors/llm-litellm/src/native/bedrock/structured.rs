//! Answers in JSON: <https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html>.

use serde_json::{Map, Value, json};

use super::content::Blocks;
use super::model::Model;
use super::tools;
use crate::native::anthropic::schema::{constrained, has_open_object, is_recursive};
use crate::native::interface::Call;

/// The name of the tool whose input is the answer, for models that know no format of answers.
pub(super) const TOOL: &str = "json_tool_call";

/// The schema that a `response_format` asks for, and what describes it.
#[derive(Debug)]
pub(super) struct Format<'a> {
    schema: &'a Value,
    name: Option<&'a Value>,
    description: Option<&'a str>,
}

impl<'a> Format<'a> {
    /// `None` for formats without a schema.
    pub(super) fn parse(response_format: &'a Value) -> Option<Self> {
        let described = response_format.get("json_schema");
        let member = |name: &str| described?.get(name);
        let schema = response_format
            .get("response_schema")
            .or_else(|| member("schema"))
            .or_else(|| response_format.get("schema"))
            .filter(|schema| schema.is_object())?;
        Some(Self {
            schema,
            name: member("name").filter(|name| name.is_string()),
            description: member("description").and_then(Value::as_str),
        })
    }

    /// Whether it is kept without a tool. Formats have no recursion and no objects with members that they do not name, but where
    /// the tool cannot be forced they are the better choice.
    pub(super) fn is_known_to(&self, model: &Model<'_>, is_thinking: bool) -> bool {
        let takes_tool = model.takes_forced_tools(is_thinking) && has_open_object(self.schema);
        model.has_formats() && !takes_tool && !is_recursive(self.schema)
    }

    /// For models that know it.
    pub(super) fn output_config(&self) -> Value {
        let mut format = Map::new();
        format.insert("schema".to_owned(), constrained(self.schema).to_string().into());
        if let Some(name) = self.name {
            format.insert("name".to_owned(), name.clone());
        }
        if let Some(description) = self.description {
            format.insert("description".to_owned(), description.into());
        }
        json!({"textFormat": {"type": "json_schema", "structure": {"jsonSchema": format}}})
    }

    /// For all others. A model that cannot be forced to call it is asked to.
    pub(super) fn tool(&self, is_thinking: bool, blocks: &mut Blocks<'_>) -> Value {
        let schema = tools::schema(Some(self.schema), blocks);
        let asks = !blocks.model.takes_forced_tools(is_thinking) && blocks.model.is_claude();
        let asked = asks.then_some("Takes the final answer. Call it with that, and write no other answer.");
        let parts: Vec<_> = [asked, self.description].into_iter().flatten().collect();
        let description = if parts.is_empty() {
            TOOL.to_owned()
        } else {
            parts.join(" ")
        };
        json!({"toolSpec": {"name": TOOL, "description": description, "inputSchema": {"json": schema}}})
    }
}

/// The answer in the input of that tool. Some models wrap it into `properties`, as the schema does.
pub(super) fn unwrapped<'a>(call: &Call<'_>, input: &'a Value) -> &'a Value {
    const WRAP: &str = "properties";
    let schema = call.params.get("response_format").and_then(Format::parse);
    let is_property = schema.is_some_and(|format| format.schema.pointer("/properties/properties").is_some());
    let members = input
        .as_object()
        .filter(|members| members.len() == 1 && !is_property);
    members.and_then(|members| members.get(WRAP)).unwrap_or(input)
}

/// Whether the caller asks for a schema, so that a call of the tool is the answer.
pub(super) fn is_asked_for(call: &Call<'_>) -> bool {
    let format = call.params.get("response_format");
    format.and_then(Format::parse).is_some()
}
