//! Functions and the service's own tools: <https://ai.google.dev/api/caching#Tool>.

use runtime::ProcessorError;
use serde_json::{Map, Value};

use super::names::{camel_case, wrong};
use super::schema;
use crate::blank::is_blank;
use crate::native::object::{object, put, set};

/// The tools that search, which Gemini does not take together with functions, unless it reports its own calls, too.
const SEARCHES: [&str; 4] = [
    "googleSearch",
    "googleSearchRetrieval",
    "enterpriseWebSearch",
    "urlContext",
];

/// The members of a tool that are the service's own (<https://ai.google.dev/api/caching#Tool>, and
/// <https://docs.cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/Tool>).
const OWN: [&str; 13] = [
    "functionDeclarations",
    "googleSearch",
    "googleSearchRetrieval",
    "enterpriseWebSearch",
    "urlContext",
    "codeExecution",
    "googleMaps",
    "computerUse",
    "fileSearch",
    "mcpServers",
    "retrieval",
    "parallelAiSearch",
    "exaAiSearch",
];

/// The members of a function that are the service's own (<https://ai.google.dev/api/caching#FunctionDeclaration>).
const OF_FUNCTION: [&str; 4] = [
    "behavior",
    "response",
    "responseJsonSchema",
    "parametersJsonSchema",
];

/// The tools of a request.
#[derive(Debug, Default)]
pub(super) struct Tools {
    functions: Vec<Value>,
    own: Map<String, Value>,
    /// `toolConfig.retrievalConfig`, from the location that LiteLLM takes in `googleMaps`.
    pub(super) retrieval: Option<Value>,
    pub(super) changes: Vec<String>,
}

impl Tools {
    /// Adds the tools of a list; `parameter` is its name.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` for something else than a list, or a tool that Gemini does not have.
    pub(super) fn add(&mut self, parameter: &str, list: &Value) -> Result<(), ProcessorError> {
        let list = list.as_array().ok_or_else(|| wrong(parameter, "is not a list"))?;
        for (index, tool) in list.iter().enumerate() {
            let path = format!("{parameter}/{index}");
            let tool = tool.as_object().ok_or_else(|| wrong(&path, "is not an object"))?;
            let function = tool.get("function").and_then(Value::as_object);
            if tool.contains_key("cache_control") {
                self.change("cache_control left out");
            }
            match (tool.get("type").and_then(Value::as_str), function) {
                (_, Some(function)) => self.add_function(function, &format!("{path}/function"))?,
                (None | Some("function"), None) if tool.contains_key("name") => {
                    self.add_function(tool, &path)?;
                }
                (Some("namespace"), None) => {
                    self.add(
                        &format!("{path}/tools"),
                        tool.get("tools").unwrap_or(&Value::Null),
                    )?;
                    self.change("tools[].type namespace to functions");
                }
                (Some("web_search" | "web_search_preview"), None) => self.add_search(tool, "web_search"),
                (Some("computer_use"), None) => {
                    put(&mut self.own, "computerUse", computer_use(tool));
                }
                (_, None) => self.add_own(tool, &path)?,
            }
        }
        Ok(())
    }

    /// Adds Google Search. Gemini knows no options of it.
    pub(super) fn add_search(&mut self, options: &Map<String, Value>, parameter: &str) {
        self.changes.push(format!("{parameter} to googleSearch"));
        for (name, value) in options {
            if name != "type" && !value.is_null() {
                self.changes.push(format!("{parameter}.{name} left out"));
            }
        }
        put(&mut self.own, "googleSearch", object([]));
    }

    pub(super) fn has_functions(&self) -> bool {
        !self.functions.is_empty()
    }

    pub(super) fn has_maps(&self) -> bool {
        self.own.contains_key("googleMaps")
    }

    fn change(&mut self, change: &str) {
        if !self.changes.iter().any(|known| known == change) {
            self.changes.push(change.to_owned());
        }
    }

    /// The value of `tools`, one tool in each member, as Vertex wants it; `None` if there are none.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` for searches beside functions.
    pub(super) fn finish(self, reports_invocations: bool) -> Result<Option<Value>, ProcessorError> {
        let mut searches = SEARCHES.iter().filter(|name| self.own.contains_key(**name));
        if let Some(search) = searches
            .next()
            .filter(|_| !self.functions.is_empty() && !reports_invocations)
        {
            return Err(wrong(
                "tools",
                &format!(
                    "has functions, with which Gemini does not take {search}; leave one of them out, or for Gemini 3 set /params/include_server_side_tool_invocations"
                ),
            ));
        }
        let mut tools = Vec::new();
        if !self.functions.is_empty() {
            tools.push(object([("functionDeclarations", self.functions.into())]));
        }
        for (name, value) in self.own {
            tools.push(object([(name.as_str(), value)]));
        }
        Ok((!tools.is_empty()).then(|| tools.into()))
    }

    /// <https://ai.google.dev/api/caching#FunctionDeclaration>: `parametersJsonSchema` takes a JSON schema.
    fn add_function(&mut self, function: &Map<String, Value>, path: &str) -> Result<(), ProcessorError> {
        let name = function.get("name").filter(|name| name.is_string());
        let name = name.ok_or_else(|| wrong(&format!("{path}/name"), "is not a string"))?;
        let mut declaration = Map::new();
        put(&mut declaration, "name", name.clone());
        if let Some(description) = function.get("description").filter(|text| !text.is_null()) {
            put(&mut declaration, "description", description.clone());
        }
        if let Some(schema) = function.get("parameters").filter(|schema| schema.is_object()) {
            let schema = schema::of_parameters(schema, &mut self.changes);
            put(&mut declaration, "parametersJsonSchema", schema);
        }
        for (name, value) in function {
            let own = camel_case(name);
            if OF_FUNCTION.contains(&own.as_str()) {
                put(&mut declaration, &own, value.clone());
            } else if !matches!(name.as_str(), "type" | "name" | "description" | "parameters")
                && !is_blank(value)
            {
                let path = if name == "cache_control" {
                    ""
                } else {
                    "tools[].function."
                };
                self.change(&format!("{path}{name} left out"));
            }
        }
        self.functions.push(declaration.into());
        Ok(())
    }

    /// Adds tools in the form of the API.
    fn add_own(&mut self, tool: &Map<String, Value>, path: &str) -> Result<(), ProcessorError> {
        let members = tool
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "type" | "cache_control"));
        let is_own = members
            .clone()
            .any(|(name, _)| OWN.contains(&camel_case(name).as_str()));
        // a tool without a type is in the API's form, even if it is newer than this
        let is_known = is_own || !tool.contains_key("type") && members.clone().next().is_some();
        if !is_known {
            return Err(wrong(
                path,
                r#"is no tool of Gemini; give a function, or one such as {"googleSearch":{}} or {"codeExecution":{}}"#,
            ));
        }
        for (name, value) in members {
            let mut value = value.clone();
            match camel_case(name).as_str() {
                "functionDeclarations" => {
                    self.functions
                        .extend(value.as_array().into_iter().flatten().cloned());
                }
                name => {
                    if name == "googleMaps" {
                        self.retrieval = take_location(&mut value).or(self.retrieval.take());
                    }
                    put(&mut self.own, name, value);
                }
            }
        }
        Ok(())
    }
}

/// <https://ai.google.dev/api/caching#ComputerUse>, with LiteLLM's short names of environments.
fn computer_use(tool: &Map<String, Value>) -> Value {
    let mut members = Map::new();
    for (name, value) in tool.iter().filter(|(name, _)| *name != "type") {
        let value = match value.as_str() {
            Some("browser") => "ENVIRONMENT_BROWSER".into(),
            Some("unspecified") => "ENVIRONMENT_UNSPECIFIED".into(),
            _ => value.clone(),
        };
        put(&mut members, &camel_case(name), value);
    }
    members.into()
}

/// Takes the location out of `googleMaps`; the API has it in `retrievalConfig`
/// (<https://ai.google.dev/api/caching#RetrievalConfig>).
fn take_location(maps: &mut Value) -> Option<Value> {
    let maps = maps.as_object_mut()?;
    let (latitude, longitude) = (maps.shift_remove("latitude")?, maps.shift_remove("longitude")?);
    let position = object([("latitude", latitude), ("longitude", longitude)]);
    let mut retrieval = object([("latLng", position)]);
    if let Some(language) = maps.shift_remove("languageCode") {
        set(&mut retrieval, "languageCode", language);
    }
    Some(retrieval)
}
