//! The request: <https://ai.google.dev/api/generate-content#request-body>.

use percent_encoding::utf8_percent_encode;
use runtime::{ErrorCode, ProcessorError};
use serde_json::{Map, Value};

use super::config::Config;
use super::contents::Conversation;
use super::model::Model;
use super::names::{Place, find, wrong};
use super::service::Service;
use super::tool_config;
use super::tools::Tools;
use crate::native::interface::{Call, NativeRequest};
use crate::native::model_path::PATH;
use crate::native::object::{object, put};

/// The parameters without which the answer is the same.
const LEFT_OUT: [&str; 8] = [
    "metadata",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "safety_identifier",
    "store",
    "stream_options",
    "user",
];

/// The parameters of chat completions that Gemini has no name for.
const UNKNOWN: [&str; 7] = [
    "best_of",
    "logit_bias",
    "output_config", // Anthropic's
    "output_format",
    "prediction",
    "suffix",
    "verbosity",
];

/// The beginnings of names of other makers' models in Vertex's Model Garden.
const OTHERS: [&str; 7] = [
    "claude",
    "mistral",
    "codestral",
    "jamba",
    "llama",
    "deepseek",
    "qwen",
];

/// What is made of the messages.
const MADE: [&str; 4] = ["contents", "system_instruction", "systemInstruction", "model"];

/// The request for a call.
///
/// # Errors
///
/// `ERR_INPUTS` that names the parameter that Gemini cannot take.
pub(super) fn request(call: &Call<'_>, service: Service) -> Result<NativeRequest, ProcessorError> {
    let model = Model::new(call.model);
    let path = |has_resolution| match service {
        Service::Gemini => Ok(gemini_path(call, has_resolution)),
        Service::Vertex => vertex_path(call),
    };
    let mut draft = Draft::default();
    for (name, value) in call.params.iter().filter(|(_, value)| !value.is_null()) {
        if name == "labels" && service == Service::Gemini {
            draft.leave_out(name);
        } else {
            draft.take(name, value, model)?;
        }
    }
    let mut conversation = Conversation::new(call, service)?;
    let mut changes = conversation.take_changes();
    let resolution = conversation.resolution();
    if let Some(resolution) = resolution.filter(|_| model.is_gemini_2()) {
        let name = resolution.name().into();
        put(&mut draft.config.members, "mediaResolution", name);
        draft.config.changes.push("detail to mediaResolution".to_owned());
    } else if resolution.is_some() && !model.is_gemini_3() {
        changes.push("detail left out".to_owned());
    }
    let has_resolution = resolution.is_some() && model.is_gemini_3();
    let system = std::mem::take(&mut conversation.system);
    let contents = conversation.into_contents();
    let body = draft.finish(contents, system, &mut changes)?;
    Ok(NativeRequest {
        path: path(has_resolution)?,
        body,
        changes,
        ..NativeRequest::default()
    })
}

/// The resolution of a single part is known to `v1alpha` alone (<https://ai.google.dev/gemini-api/docs/media-resolution>).
fn gemini_path(call: &Call<'_>, has_resolution: bool) -> String {
    let version = if has_resolution { "v1alpha" } else { "v1beta" };
    let is_whole = ["models/", "tunedModels/"]
        .iter()
        .any(|begin| call.model.starts_with(begin));
    let collection = if is_whole { "" } else { "models/" };
    format!(
        "/{version}/{collection}{}:{}",
        utf8_percent_encode(call.model, PATH),
        method(call)
    )
}

/// A tuned model is an endpoint, whose name is a number. LiteLLM takes `gemini/` before a name.
fn vertex_path(call: &Call<'_>) -> Result<String, ProcessorError> {
    let mut names = ["gemini/", "google/"]
        .iter()
        .filter_map(|begin| call.model.strip_prefix(begin));
    let name = names.next().unwrap_or(call.model);
    if name.contains('/') || OTHERS.iter().any(|begin| name.starts_with(begin)) {
        return Err(ProcessorError::new(
            ErrorCode::Inputs,
            "the model is not Google's, and vertex_ai/ asks for no other in its own API; set /params/openai_compatible if Vertex has it there, or name another model",
        ));
    }
    let collection = if name.bytes().all(|b| b.is_ascii_digit()) {
        "endpoints"
    } else {
        "publishers/google/models"
    };
    Ok(format!(
        "/{collection}/{}:{}",
        utf8_percent_encode(name, PATH),
        method(call)
    ))
}

fn method(call: &Call<'_>) -> &'static str {
    if call.is_stream() {
        "streamGenerateContent?alt=sse"
    } else {
        "generateContent"
    }
}

/// The parts of a request, as far as they are known.
#[derive(Debug, Default)]
struct Draft {
    config: Config,
    tools: Tools,
    tool_config: Map<String, Value>,
    others: Map<String, Value>,
    /// Whether only one call at once is wanted.
    is_sequential: bool,
    changes: Vec<String>,
}

impl Draft {
    fn take(&mut self, name: &str, value: &Value, model: Model<'_>) -> Result<(), ProcessorError> {
        match name {
            "messages" | "stream" => {}
            "tools" | "functions" => self.tools.add(name, value)?,
            "tool_choice" | "function_call" => {
                let choice = tool_config::from_choice(name, value)?;
                self.configure_tools(name, "functionCallingConfig", choice)?;
            }
            "tool_config" | "toolConfig" => {
                for (member, value) in tool_config::from_own(name, value, &mut self.changes)? {
                    self.configure_tools(name, &member, value)?;
                }
            }
            "include_server_side_tool_invocations" | "includeServerSideToolInvocations" => {
                if *value == Value::Bool(true) {
                    let name = "includeServerSideToolInvocations";
                    put(&mut self.tool_config, name, true.into());
                }
            }
            "web_search_options" => {
                let options = value.as_object().ok_or_else(|| wrong(name, "is not an object"))?;
                self.tools.add_search(options, name);
            }
            "parallel_tool_calls" if *value == Value::Bool(true) => self.leave_out(name),
            "parallel_tool_calls" => self.is_sequential = true,
            "service_tier" => self.take_tier(value),
            _ if LEFT_OUT.contains(&name) => self.leave_out(name),
            _ if UNKNOWN.contains(&name) => {
                return Err(wrong(name, "is not known to Gemini; leave it out"));
            }
            _ if MADE.contains(&name) => {
                return Err(wrong(name, "is made of /params/messages; put it there"));
            }
            _ => {
                if !self.config.take(name, value, model)? {
                    let name = match find(name) {
                        Some((name, Place::Request)) => name,
                        _ => name.to_owned(),
                    };
                    self.others.insert(name, value.clone());
                }
            }
        }
        Ok(())
    }

    /// <https://ai.google.dev/gemini-api/docs/flex-inference>: `auto` leaves it to the service, and `default` is `standard`.
    fn take_tier(&mut self, tier: &Value) {
        let tier = tier.as_str().unwrap_or_default().to_ascii_lowercase();
        let sent = match tier.as_str() {
            "auto" => return self.leave_out("service_tier"),
            "default" => "standard",
            tier => tier,
        };
        put(&mut self.others, "serviceTier", sent.into());
    }

    fn configure_tools(&mut self, from: &str, member: &str, value: Value) -> Result<(), ProcessorError> {
        if self.tool_config.get(member).is_some_and(|known| *known != value) {
            return Err(wrong(
                from,
                &format!(
                    "and another parameter both become {member}, with different values; leave one of them out"
                ),
            ));
        }
        put(&mut self.tool_config, member, value);
        Ok(())
    }

    /// # Errors
    ///
    /// `ERR_INPUTS` if only one call at once is wanted, and there are functions.
    fn check_calls(&mut self) -> Result<(), ProcessorError> {
        if self.is_sequential && self.tools.has_functions() {
            return Err(wrong(
                "parallel_tool_calls",
                "is not true, and Gemini may always make several calls at once; leave it out",
            ));
        }
        if self.is_sequential {
            self.leave_out("parallel_tool_calls");
        }
        Ok(())
    }

    fn leave_out(&mut self, name: &str) {
        if name != "stream_options" {
            self.changes.push(format!("{name} left out"));
        }
    }

    fn finish(
        mut self,
        contents: Value,
        system: Vec<Value>,
        changes: &mut Vec<String>,
    ) -> Result<Value, ProcessorError> {
        self.check_calls()?;
        self.config.complete(self.tools.has_maps());
        changes.append(&mut self.changes);
        changes.append(&mut self.config.changes);
        changes.append(&mut self.tools.changes);
        if let Some(retrieval) = self.tools.retrieval.take() {
            put(&mut self.tool_config, "retrievalConfig", retrieval);
        }
        let reports = self.tool_config.get("includeServerSideToolInvocations");
        let tools = self.tools.finish(reports == Some(&Value::Bool(true)))?;
        let mut body = Map::new();
        put(&mut body, "contents", contents);
        if !system.is_empty() {
            let instruction = object([("parts", system.into())]);
            put(&mut body, "systemInstruction", instruction);
        }
        if let Some(tools) = tools {
            put(&mut body, "tools", tools);
        }
        for (name, members) in [
            ("toolConfig", self.tool_config),
            ("generationConfig", self.config.members),
        ] {
            if !members.is_empty() {
                put(&mut body, name, members.into());
            }
        }
        body.extend(self.others);
        Ok(body.into())
    }
}
