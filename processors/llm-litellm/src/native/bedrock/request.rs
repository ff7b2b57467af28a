//! The request: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_RequestSyntax>.

use reqwest::Url;
use runtime::{ErrorCode, ProcessorError};
use serde_json::{Map, Value, json};

use super::conversation::Conversation;
use super::inputs::wrong;
use super::model::{Family, Model};
use super::structured::Format;
use super::thinking::Plan;
use super::tool_config::ToolConfig;
use super::{betas, names};
use crate::models::Fact;
use crate::native::interface::{Call, NativeRequest};
use crate::native::tool_names::ToolNames;

/// The members of the request itself. Whatever else is unknown is for the model.
const MEMBERS: [&str; 8] = [
    "additionalModelResponseFieldPaths",
    "guardrailConfig",
    "outputConfig",
    "performanceConfig",
    "projectIdentifier",
    "promptVariables",
    "requestMetadata",
    "serviceTier",
];

/// Parameters that Converse has no name for, and whose absence changes the answer.
const UNKNOWN: [&str; 10] = [
    "audio",
    "frequency_penalty",
    "logit_bias",
    "logprobs",
    "modalities",
    "n",
    "presence_penalty",
    "seed",
    "top_logprobs",
    "verbosity",
];

/// Those whose absence changes nothing in the answer.
const WITHOUT_EFFECT: [&str; 6] = [
    "metadata",
    "prediction",
    "prompt_cache_key",
    "safety_identifier",
    "store",
    "user",
];

const MODEL_ID: &str = "model_id";

/// LiteLLM's name for the API that has the maker's own form. Converse asks the same models.
const INVOKE: &str = "invoke/";

/// A body in the making.
#[derive(Debug)]
struct Draft<'a> {
    model: Model<'a>,
    conversation: Conversation<'a>,
    tool_names: &'a ToolNames,
    plan: Plan,
    members: Map<String, Value>,
    inference: Map<String, Value>,
    fields: Map<String, Value>,
    tools: ToolConfig,
    changes: Vec<String>,
}

pub(super) fn request(call: &Call<'_>) -> Result<NativeRequest, ProcessorError> {
    let given = |name: &str| call.params.get(name).filter(|value| !value.is_null());
    let model = Model::new(call.model);
    if let Some(api) = Model::other_api(call.model) {
        let message = format!(
            "bedrock/{api} is an API that is not asked here; leave it out for Converse, or set /params/openai_compatible for chat completions"
        );
        return Err(ProcessorError::new(ErrorCode::Inputs, message));
    }
    let list = |name: &str| given(name).and_then(Value::as_array).map(Vec::as_slice);
    let max_tokens = ["max_tokens", "max_completion_tokens", "maxTokens"]
        .iter()
        .find_map(|name| given(name)?.as_u64());
    let plan = Plan::new(call.params, &model, max_tokens)?;
    let format = given("response_format").and_then(Format::parse);
    let has_tools = ["tools", "functions"]
        .iter()
        .any(|name| list(name).is_some_and(|tools| !tools.is_empty()))
        || format.is_some_and(|format| !format.is_known_to(&model, plan.is_thinking()));
    let messages = list("messages").unwrap_or_default();
    let has_guardrail = given("guardrailConfig").is_some();
    let tool_names = names::tools(call.params);
    let mut draft = Draft {
        model,
        conversation: Conversation::new(messages, model, &tool_names, has_tools, has_guardrail)?,
        tool_names: &tool_names,
        plan,
        members: Map::new(),
        inference: Map::new(),
        fields: Map::new(),
        tools: ToolConfig::default(),
        changes: tool_names.changes().collect(),
    };
    if draft.conversation.messages.is_empty() {
        return Err(wrong(
            "/params/messages",
            "says nothing beside system messages, and Bedrock needs a message of the user; add one",
        ));
    }
    for (name, value) in call.params.iter().filter(|(_, value)| !value.is_null()) {
        draft.add(name, value)?;
    }
    draft.finish();
    if call.model.starts_with(INVOKE) {
        draft.changes.insert(0, "invoke to converse".to_owned());
    }
    // LiteLLM's name for what is asked in place of the model that is known
    let id = given(MODEL_ID).and_then(Value::as_str);
    if id.is_some() {
        draft.change("model", MODEL_ID);
    }
    let operation = if call.is_stream() {
        "converse-stream"
    } else {
        "converse"
    };
    Ok(NativeRequest {
        path: format!("/model/{}/{operation}", encoded(id.unwrap_or(model.id))),
        body: draft.members.into(),
        changes: draft.changes,
        ..NativeRequest::default()
    })
}

/// An id or an ARN as one segment of a path.
fn encoded(id: &str) -> String {
    let mut url = Url::parse("https://h/").ok();
    if let Some(mut segments) = url.as_mut().and_then(|url| url.path_segments_mut().ok()) {
        segments.clear().push(id);
    }
    let path = url.as_ref().map_or("", Url::path);
    path.trim_start_matches('/').replace(':', "%3A")
}

impl Draft<'_> {
    fn add(&mut self, name: &str, value: &Value) -> Result<(), ProcessorError> {
        let pointer = format!("/params/{name}");
        match name {
            "messages" | "stream" | "stream_options" | "thinking" | "reasoning_effort" => {}
            MODEL_ID if value.is_string() => {}
            MODEL_ID => {
                return Err(wrong(
                    &pointer,
                    "is not a string such as the ARN of an inference profile",
                ));
            }
            "output_config" => {
                if let Some(format) = value.get("format").filter(|_| self.model.is_claude()) {
                    self.format(format, "/params/output_config/format")?;
                }
            }
            "max_tokens" | "max_completion_tokens" => self.limit(name, value),
            "stop" | "stopSequences" if self.model.lacks_stop() && !is_empty(value) => {
                return Err(wrong(&pointer, "is not known to this model; leave it out"));
            }
            "maxTokens" | "topP" | "stopSequences" => {
                self.inference.insert(name.to_owned(), value.clone());
            }
            "temperature" | "top_p" | "top_k" if self.model.has(Fact::NoSampling) && *value != json!(1) => {
                return Err(wrong(&pointer, "is not known to this model; leave it out"));
            }
            "temperature" => {
                self.inference.insert(name.to_owned(), value.clone());
            }
            "top_p" => self.infer(name, "topP", value.clone()),
            "top_k" | "topK" => self.top_k(value),
            "stop" => {
                let texts = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
                let texts: Vec<_> = texts.into_iter().filter(|text| text != "").collect();
                if !texts.is_empty() {
                    self.infer(name, "stopSequences", texts.into());
                }
            }
            "tools" | "functions" => {
                let blocks = &mut self.conversation.blocks;
                self.tools.add(value, &pointer, self.tool_names, blocks)?;
            }
            "tool_choice" | "function_call" => self.tools.choose(value, &pointer, self.tool_names)?,
            "parallel_tool_calls" => self.tools.parallel(value, &mut self.conversation.blocks)?,
            "response_format" => self.format(value, &pointer)?,
            "web_search_options" => {
                self.tools.search(&pointer, &mut self.conversation.blocks)?;
                self.change(name, "toolConfig");
            }
            "service_tier" => {
                let tier = if value == "auto" {
                    "default".into()
                } else {
                    value.clone()
                };
                self.members
                    .insert("serviceTier".to_owned(), json!({ "type": tier }));
                self.change(name, "serviceTier");
            }
            "additionalModelRequestFields" => {
                self.fields.extend(value.as_object().cloned().unwrap_or_default());
            }
            name if WITHOUT_EFFECT.contains(&name) => self.leave_out(name),
            name if UNKNOWN.contains(&name) => {
                if !is_default(name, value) {
                    return Err(wrong(
                        &pointer,
                        "is not known to Bedrock's Converse; leave it out",
                    ));
                }
                self.leave_out(name);
            }
            name if MEMBERS.contains(&name) => {
                self.members.insert(name.to_owned(), value.clone());
            }
            name => {
                self.fields.insert(name.to_owned(), value.clone());
                self.change(name, "additionalModelRequestFields");
            }
        }
        Ok(())
    }

    fn change(&mut self, from: &str, to: &str) {
        self.changes.push(format!("{from} to {to}"));
    }

    fn leave_out(&mut self, name: &str) {
        self.changes.push(format!("{name} left out"));
    }

    fn limit(&mut self, name: &str, value: &Value) {
        let fewest = self.model.fewest_tokens();
        let is_lower = value.as_u64().is_some_and(|tokens| tokens < fewest);
        if is_lower {
            self.changes.push(format!("{name} raised to {fewest}"));
        }
        let value = if is_lower { fewest.into() } else { value.clone() };
        self.infer(name, "maxTokens", value);
    }

    fn infer(&mut self, from: &str, to: &str, value: Value) {
        self.inference.insert(to.to_owned(), value);
        self.change(from, &format!("inferenceConfig.{to}"));
    }

    fn top_k(&mut self, value: &Value) {
        let (name, value) = match self.model.family {
            Family::Nova | Family::Nova2 => ("inferenceConfig", json!({ "topK": value })),
            _ => ("top_k", value.clone()),
        };
        self.fields.insert(name.to_owned(), value);
        self.change("top_k", "additionalModelRequestFields");
    }

    fn format(&mut self, value: &Value, pointer: &str) -> Result<(), ProcessorError> {
        let name = pointer.trim_start_matches("/params/").replace('/', ".");
        let Some(format) = Format::parse(value) else {
            match value.get("type").and_then(Value::as_str) {
                Some("text") => {}
                Some("json_object") => self.leave_out(&name), // the prompt has to ask for JSON
                Some("json_schema") => return Err(wrong(pointer, "has no JSON Schema as its schema")),
                _ => {
                    let what = "is none of text, json_object and json_schema";
                    return Err(wrong(&format!("{pointer}/type"), what));
                }
            }
            return Ok(());
        };
        let is_thinking = self.plan.is_thinking();
        if format.is_known_to(&self.model, is_thinking) {
            let config = format.output_config();
            self.members.insert("outputConfig".to_owned(), config);
            self.change(&name, "outputConfig");
        } else {
            let blocks = &mut self.conversation.blocks;
            self.tools.answer_by(&format, is_thinking, blocks);
            self.change(&name, "a tool");
        }
        Ok(())
    }

    fn finish(&mut self) {
        if let Some(tokens) = self.plan.max_tokens()
            && !self.inference.contains_key("maxTokens")
        {
            self.inference.insert("maxTokens".to_owned(), tokens.into());
            self.changes.push("inferenceConfig.maxTokens added".to_owned());
        }
        if self.plan.has_thinking() || self.model.has(Fact::AlwaysThinks) {
            let paths = json!(["/usage/output_tokens_details"]);
            self.members
                .entry("additionalModelResponseFieldPaths")
                .or_insert(paths);
        }
        let tools = std::mem::take(&mut self.tools);
        let mut needed = tools.betas.clone();
        needed.extend(self.plan.betas());
        betas::add(&mut self.fields, needed);
        let blocks = &mut self.conversation.blocks;
        let tools = tools.finish(self.plan.is_thinking(), &mut self.fields, blocks);
        for (name, value) in std::mem::take(&mut self.plan.fields) {
            self.fields.entry(name).or_insert(value);
        }
        let conversation = &mut self.conversation;
        self.changes.append(&mut conversation.blocks.changes);
        self.changes.append(&mut self.plan.changes);
        let mut body = Map::new();
        body.insert(
            "messages".to_owned(),
            std::mem::take(&mut conversation.messages).into(),
        );
        if !conversation.system.is_empty() {
            body.insert(
                "system".to_owned(),
                std::mem::take(&mut conversation.system).into(),
            );
        }
        let inference = std::mem::take(&mut self.inference);
        body.insert("inferenceConfig".to_owned(), inference.into());
        if let Some(tools) = tools {
            body.insert("toolConfig".to_owned(), tools);
        }
        if !self.fields.is_empty() {
            let fields = std::mem::take(&mut self.fields);
            body.insert("additionalModelRequestFields".to_owned(), fields.into());
        }
        body.append(&mut self.members);
        self.members = body;
    }
}

fn is_empty(value: &Value) -> bool {
    let texts = value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice);
    texts.iter().all(|text| text == "")
}

/// Whether a parameter asks for nothing else than what the API does anyway.
fn is_default(name: &str, value: &Value) -> bool {
    match (name, value) {
        ("n", count) => count == 1,
        ("modalities", Value::Array(modalities)) => modalities.iter().all(|modality| modality == "text"),
        ("seed" | "top_logprobs", _) => false,
        (_, Value::Bool(is_wanted)) => !is_wanted,
        (_, Value::Number(number)) => number.as_f64() == Some(0.0),
        (_, Value::Object(members)) => members.is_empty(),
        _ => false,
    }
}
