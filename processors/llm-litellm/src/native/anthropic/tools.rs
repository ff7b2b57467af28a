//! Tools: <https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview>.

use runtime::ProcessorError;
use serde_json::{Map, Value};

use super::claude::Claude;
use super::inputs::{given, text, wrong};
use super::schema;
use super::tool_names::called;
use super::{mcp, web_search};
use crate::native::object::{object, put};
use crate::native::tool_names::ToolNames;

/// The members that Anthropic's tools have beside OpenAI's, inside or beside the function:
/// <https://platform.claude.com/docs/en/agents-and-tools/tool-use/tool-reference>.
const MEMBERS: [&str; 5] = [
    "cache_control",
    "defer_loading",
    "allowed_callers",
    "input_examples",
    "eager_input_streaming",
];

/// The members of OpenAI's functions.
const OF_FUNCTIONS: [&str; 4] = ["name", "description", "parameters", "strict"];

/// Keywords that Anthropic refuses at the top of a tool's schema (<https://github.com/anthropics/claude-code/issues/5973>).
const NOT_AT_THE_TOP: [&str; 3] = ["oneOf", "allOf", "anyOf"];

/// The tools of a request.
#[derive(Debug, Default)]
pub(super) struct Tools {
    pub(super) tools: Vec<Value>,
    /// <https://platform.claude.com/docs/en/agents-and-tools/mcp-connector>
    pub(super) mcp_servers: Vec<Value>,
    pub(super) changes: Vec<String>,
}

impl Tools {
    /// # Errors
    ///
    /// `ERR_INPUTS` with the JSON pointer of a tool that is not one.
    pub(super) fn new(
        params: &Map<String, Value>,
        model: Claude,
        names: &ToolNames,
    ) -> Result<Self, ProcessorError> {
        let mut tools = Self {
            changes: names.changes().collect(),
            ..Self::default()
        };
        if let Some(list) = given(params, "tools") {
            let list = list
                .as_array()
                .ok_or_else(|| wrong("/params/tools", "is not a list"))?;
            for (index, tool) in list.iter().enumerate() {
                tools.add(tool, &format!("/params/tools/{index}"), model, names)?;
            }
        }
        if let Some(list) = given(params, "functions") {
            let list = list
                .as_array()
                .ok_or_else(|| wrong("/params/functions", "is not a list"))?;
            for (index, function) in list.iter().enumerate() {
                let pointer = format!("/params/functions/{index}");
                tools.add_function(&Value::Null, function, &pointer, model, names)?;
            }
            tools.changes.push("functions to tools".to_owned());
        }
        if let Some(options) = given(params, "web_search_options") {
            tools.tools.push(web_search::tool(options, &mut tools.changes)?);
            tools.changes.push("web_search_options to tools".to_owned());
        }
        Ok(tools)
    }

    fn add(
        &mut self,
        tool: &Value,
        pointer: &str,
        model: Claude,
        names: &ToolNames,
    ) -> Result<(), ProcessorError> {
        let members = tool.as_object().ok_or_else(|| {
            wrong(
                pointer,
                "is not an object such as {\"type\":\"function\",\"function\":{...}}",
            )
        })?;
        let function = tool.get("function").unwrap_or(&Value::Null);
        match text(tool, "/type").unwrap_or("function") {
            _ if members.contains_key("input_schema") => self.tools.push(tool.clone()),
            "function" => {
                self.add_function(tool, function, &format!("{pointer}/function"), model, names)?;
            }
            "custom" => {
                return Err(wrong(
                    pointer,
                    "is a custom tool of OpenAI's, and Anthropic has none; make it a function",
                ));
            }
            "url" => self.mcp_servers.push(tool.clone()),
            "mcp" => {
                self.mcp_servers
                    .push(mcp::server(tool, pointer, &mut self.changes)?);
                self.changes.push("tools of MCP to mcp_servers".to_owned());
            }
            // Anthropic's own, whose settings LiteLLM also takes inside of a function
            _ => {
                let mut own = members.clone();
                if let Some(Value::Object(function)) = own.shift_remove("function") {
                    for (name, value) in function {
                        match (name.as_str(), value) {
                            ("parameters", Value::Object(settings)) => own.extend(settings),
                            (_, value) => {
                                own.entry(name).or_insert(value);
                            }
                        }
                    }
                }
                self.tools.push(own.into());
            }
        }
        Ok(())
    }

    fn add_function(
        &mut self,
        tool: &Value,
        function: &Value,
        pointer: &str,
        model: Claude,
        names: &ToolNames,
    ) -> Result<(), ProcessorError> {
        let name = text(function, "/name").filter(|name| !name.is_empty());
        let name =
            name.ok_or_else(|| wrong(&format!("{pointer}/name"), "is missing; give the function a name"))?;
        let parameters = match function.get("parameters") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(parameters)) => parameters.clone(),
            Some(_) => return Err(wrong(&format!("{pointer}/parameters"), "is not a JSON Schema")),
        };
        let is_strict = [tool, function]
            .iter()
            .any(|it| it.get("strict") == Some(&Value::Bool(true)));
        let has_strict = is_strict && model.has_structured_outputs();
        if is_strict && !has_strict {
            self.changes.push("strict left out".to_owned());
        }
        let mut converted = Map::new();
        put(&mut converted, "type", "custom".into());
        put(&mut converted, "name", names.sent(name).into());
        if let Some(description) = function.get("description").filter(|text| text.is_string()) {
            put(&mut converted, "description", description.clone());
        }
        let mut schema = self.input_schema(parameters);
        if has_strict {
            let constrained = schema::constrained(&schema);
            let change = "tools.parameters to those of strict tools";
            if constrained != schema && !self.changes.iter().any(|known| known == change) {
                self.changes.push(change.to_owned());
            }
            schema = constrained;
        }
        put(&mut converted, "input_schema", schema);
        if has_strict {
            put(&mut converted, "strict", true.into());
        }
        for member in MEMBERS {
            let mut places = [tool, function].into_iter().filter_map(|it| it.get(member));
            if let Some(value) = places.find(|value| !value.is_null()) {
                put(&mut converted, member, value.clone());
            }
        }
        self.tools.push(converted.into());
        let members = function.as_object().into_iter().flatten();
        let others = members.filter(|(name, value)| {
            !OF_FUNCTIONS.contains(&name.as_str()) && !MEMBERS.contains(&name.as_str()) && !value.is_null()
        });
        for (name, _) in others {
            let change = format!("tools.{name} left out");
            if !self.changes.contains(&change) {
                self.changes.push(change);
            }
        }
        Ok(())
    }

    /// A schema has to be an object's.
    fn input_schema(&mut self, mut parameters: Map<String, Value>) -> Value {
        for keyword in NOT_AT_THE_TOP {
            if parameters.shift_remove(keyword).is_some() {
                self.changes
                    .push(format!("{keyword} of a function's parameters left out"));
            }
        }
        put(&mut parameters, "type", "object".into());
        if !parameters.get("properties").is_some_and(Value::is_object) {
            put(&mut parameters, "properties", object([]));
        }
        parameters.into()
    }

    /// Adds the tools that the messages call, if there are none: Anthropic refuses calls of tools that it does not know.
    pub(super) fn add_called(&mut self, messages: &[Value], names: &ToolNames) -> bool {
        if !self.tools.is_empty() {
            return false;
        }
        let called = called(messages).into_iter();
        self.tools = called
            .map(|name| {
                let schema = object([("type", "object".into()), ("properties", object([]))]);
                object([
                    ("type", "custom".into()),
                    ("name", names.sent(name).into()),
                    ("input_schema", schema),
                ])
            })
            .collect();
        !self.tools.is_empty()
    }
}
