//! Answers in JSON: <https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html>.

use serde_json::{Map, Value, json};

use super::model::Model;
use super::tools;
use crate::models::Fact;
use crate::native::interface::Call;

/// The name of the tool whose input is the answer, for models that know no format of answers.
pub(super) const TOOL: &str = "json_tool_call";

/// Keywords that are refused in the format of an answer.
const REFUSED: [&str; 14] = [
    "minItems",
    "maxItems",
    "uniqueItems",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minProperties",
    "maxProperties",
    "patternProperties",
    "propertyNames",
];

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

    /// For models that know it.
    pub(super) fn output_config(&self) -> Value {
        let mut format = Map::new();
        format.insert("schema".to_owned(), closed(self.schema).to_string().into());
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

/// Whether the answer's format is one that the model knows.
pub(super) fn is_native(model: &Model<'_>) -> bool {
    model.has(Fact::NativeStructuredOutput)
}

/// Whether a call asked for the tool whose input is the answer.
pub(super) fn has_tool(call: &Call<'_>) -> bool {
    let format = call
        .params
        .get("response_format")
        .and_then(|format| Format::parse(format).map(|_| ()));
    format.is_some() && !is_native(&Model::new(call.model))
}

/// The schema with objects that have no further members, and with hints in place of what is refused.
fn closed(schema: &Value) -> Value {
    match schema {
        Value::Array(items) => items.iter().map(closed).collect(),
        Value::Object(members) => {
            let mut hints = Vec::new();
            let mut result = Map::new();
            for (name, value) in members {
                if REFUSED.contains(&name.as_str()) && !value.is_object() {
                    hints.push(format!("{name}: {value}"));
                } else {
                    result.insert(name.clone(), closed(value));
                }
            }
            let is_object = result.get("type").is_some_and(|kind| kind == "object");
            if is_object && !result.contains_key("additionalProperties") {
                result.insert("additionalProperties".to_owned(), false.into());
            }
            if !hints.is_empty() {
                let hints = hints.join(", ");
                let description = result.get("description").and_then(Value::as_str);
                let description =
                    description.map_or_else(|| hints.clone(), |text| format!("{text} ({hints})"));
                result.insert("description".to_owned(), description.into());
            }
            result.into()
        }
        other => other.clone(),
    }
}
