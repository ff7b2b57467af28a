//! Answers in JSON: <https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html>.

use serde_json::{Map, Value, json};

use super::model::Model;
use super::tools;
use crate::models::Fact;
use crate::native::anthropic::schema::{constrained, has_open_object};
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
            .or_else(|| member("schema"))?;
        Some(Self {
            schema,
            name: member("name").filter(|name| name.is_string()),
            description: member("description").and_then(Value::as_str),
        })
    }

    /// Whether the model knows formats, which have no objects with members that they do not name.
    pub(super) fn is_known_to(&self, model: &Model<'_>) -> bool {
        model.has(Fact::NativeStructuredOutput) && !has_open_object(self.schema)
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

    /// For all others.
    pub(super) fn tool(&self, model: &Model<'_>) -> Value {
        let schema = tools::schema(Some(self.schema), model);
        json!({"toolSpec": {"name": TOOL, "description": self.description.unwrap_or(TOOL), "inputSchema": {"json": schema}}})
    }
}

/// Whether a call asks for the tool whose input is the answer.
pub(super) fn has_tool(call: &Call<'_>) -> bool {
    let format = call.params.get("response_format");
    let format = format.and_then(Format::parse);
    format.is_some_and(|format| !format.is_known_to(&Model::new(call.model)))
}
