//! The request: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_RequestSyntax>.

use reqwest::Url;
use runtime::ProcessorError;
use serde_json::{Map, Value, json};

use super::conversation::Conversation;
use super::inputs::wrong;
use super::model::{Family, Model};
use super::names;
use super::structured::{self, Format};
use super::thinking::Plan;
use super::tools;
use crate::models::Fact;
use crate::native::interface::{Call, NativeRequest};
use crate::native::tool_names::ToolNames;

/// The members of the request itself. Whatever else is unknown is for the model.
const MEMBERS: [&str; 7] = [
    "additionalModelResponseFieldPaths",
    "guardrailConfig",
    "outputConfig",
    "performanceConfig",
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
    tools: Vec<Value>,
    choice: Option<Value>,
    changes: Vec<String>,
}

pub(super) fn request(call: &Call<'_>) -> Result<NativeRequest, ProcessorError> {
    let given = |name: &str| call.params.get(name).filter(|value| !value.is_null());
    let model = Model::new(call.model);
    let list = |name: &str| given(name).and_then(Value::as_array).map(Vec::as_slice);
    let has_tools = ["tools", "functions"]
        .iter()
        .any(|name| list(name).is_some_and(|tools| !tools.is_empty()))
        || structured::has_tool(call);
    let messages = list("messages").unwrap_or_default();
    let has_guardrail = given("guardrailConfig").is_some();
    let max_tokens = ["max_tokens", "max_completion_tokens", "maxTokens"]
        .iter()
        .find_map(|name| given(name)?.as_u64());
    let tool_names = names::tools(call.params);
    let mut draft = Draft {
        model,
        conversation: Conversation::new(messages, model, &tool_names, has_tools, has_guardrail)?,
        tool_names: &tool_names,
        plan: Plan::new(call.params, &model, max_tokens)?,
        members: Map::new(),
        inference: Map::new(),
        fields: Map::new(),
        tools: Vec::new(),
        choice: None,
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
    let operation = if call.is_stream() {
        "converse-stream"
    } else {
        "converse"
    };
    Ok(NativeRequest {
        path: format!("/model/{}/{operation}", encoded(model.id)),
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
            "messages" | "stream" | "stream_options" | "thinking" | "reasoning_effort" | "output_config" => {}
            "max_tokens" | "max_completion_tokens" => self.infer(name, "maxTokens", value.clone()),
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
                let has_any = value.as_array().is_some_and(|tools| !tools.is_empty());
                if has_any && !self.model.may_have_tools() {
                    return Err(wrong(&pointer, "is not known to this model; leave it out"));
                }
                let converted =
                    tools::convert(value, &pointer, self.tool_names, &mut self.conversation.blocks)?;
                self.tools.extend(converted);
            }
            "tool_choice" | "function_call" => {
                self.choice = Some(tools::choice(value, &pointer, self.tool_names)?)
            }
            "parallel_tool_calls" => self.parallel(value)?,
            "response_format" => self.format(value),
            "web_search_options" => {
                if !matches!(self.model.family, Family::Nova | Family::Nova2) {
                    return Err(wrong(&pointer, "is known to Nova alone at Bedrock; leave it out"));
                }
                self.tools.push(json!({"systemTool": {"name": "nova_grounding"}}));
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

    /// <https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use#parallel-tool-use>.
    fn parallel(&mut self, value: &Value) -> Result<(), ProcessorError> {
        const NAME: &str = "parallel_tool_calls";
        if value == true {
            self.leave_out(NAME); // it is the default
        } else if self.model.is_claude() {
            let choice = json!({"type": "auto", "disable_parallel_tool_use": true});
            self.fields.insert("tool_choice".to_owned(), choice);
            self.change(NAME, "tool_choice.disable_parallel_tool_use");
        } else {
            return Err(wrong(
                &format!("/params/{NAME}"),
                "is known to Claude alone at Bedrock; leave it out",
            ));
        }
        Ok(())
    }

    fn format(&mut self, value: &Value) {
        const NAME: &str = "response_format";
        let Some(format) = Format::parse(value) else {
            if value.get("type").is_some_and(|kind| kind != "text") {
                self.leave_out(NAME); // the prompt has to ask for JSON
            }
            return;
        };
        if format.is_known_to(&self.model) {
            let config = format.output_config();
            self.members.insert("outputConfig".to_owned(), config);
            self.change(NAME, "outputConfig");
        } else {
            self.tools.push(format.tool(&self.model));
            self.change(NAME, "a tool");
        }
    }

    /// The tool that the answer is made with has to be called, or one of the caller's.
    fn choose(&mut self) {
        let made = |tool: &Value| {
            tool.pointer("/toolSpec/name")
                .is_some_and(|name| name == structured::TOOL)
        };
        if self.choice.is_none() && self.tools.iter().any(made) {
            let count = self
                .tools
                .iter()
                .filter(|tool| tool.get("toolSpec").is_some())
                .count();
            let can_be_forced = !self.plan.is_thinking() && !self.model.has(Fact::NoForcedToolUse);
            self.choice = can_be_forced.then(|| {
                if count == 1 {
                    json!({"tool": {"name": structured::TOOL}})
                } else {
                    json!({"any": {}})
                }
            });
        }
        let is_forced = self
            .choice
            .as_ref()
            .is_some_and(|choice| choice.get("auto").is_none());
        if is_forced && self.plan.is_thinking() && self.model.is_claude() {
            self.choice = Some(json!({"auto": {}}));
            self.change("tool_choice", "auto, as the model thinks");
        }
    }

    fn finish(&mut self) {
        self.choose();
        if let Some(tokens) = self.plan.max_tokens()
            && !self.inference.contains_key("maxTokens")
        {
            self.inference.insert("maxTokens".to_owned(), tokens.into());
            self.changes.push("inferenceConfig.maxTokens added".to_owned());
        }
        if self.plan.has_thinking() {
            let paths = json!(["/usage/output_tokens_details"]);
            self.members
                .entry("additionalModelResponseFieldPaths")
                .or_insert(paths);
        }
        let choice = self.choice.take();
        // Converse has the choice itself
        if choice.is_some()
            && let Some(Value::Object(own)) = self.fields.get_mut("tool_choice")
        {
            own.shift_remove("type");
        }
        for (name, value) in std::mem::take(&mut self.plan.fields) {
            self.fields.entry(name).or_insert(value);
        }
        let conversation = &mut self.conversation;
        if conversation.blocks.is_uncached {
            self.changes
                .push("cache_control left out, as the model does not cache".to_owned());
        }
        self.changes.append(&mut conversation.changes);
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
        if !self.tools.is_empty() {
            let mut config = Map::new();
            config.insert("tools".to_owned(), std::mem::take(&mut self.tools).into());
            if let Some(choice) = choice {
                config.insert("toolChoice".to_owned(), choice);
            }
            body.insert("toolConfig".to_owned(), config.into());
        }
        if !self.fields.is_empty() {
            let fields = std::mem::take(&mut self.fields);
            body.insert("additionalModelRequestFields".to_owned(), fields.into());
        }
        body.append(&mut self.members);
        self.members = body;
    }
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
