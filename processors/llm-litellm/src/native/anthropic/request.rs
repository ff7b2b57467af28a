//! The request: <https://platform.claude.com/docs/en/api/messages>.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use runtime::ProcessorError;
use serde_json::{Map, Value};

use super::betas;
use super::claude::Claude;
use super::content::text_block;
use super::conversation::Conversation;
use super::inputs::{given, text, wrong};
use super::schema;
use super::service::Service;
use super::structured::{ANSWER_TOOL, Structured};
use super::thinking::Plan;
use super::tool_choice::tool_choice;
use super::tool_names::tool_names;
use super::tools::Tools;
use crate::native::interface::{Call, NativeRequest};
use crate::native::member;
use crate::native::object::{object, put};

const VERSION: HeaderName = HeaderName::from_static("anthropic-version");

/// Parameters of OpenAI's that Anthropic has no name for, with the value that changes nothing.
const UNKNOWN: [(&str, &str); 10] = [
    ("seed", ""),
    ("audio", ""),
    ("n", "1"),
    ("logit_bias", "{}"),
    ("frequency_penalty", "0"),
    ("presence_penalty", "0"),
    ("logprobs", "false"),
    ("top_logprobs", "0"),
    ("verbosity", "\"medium\""),
    ("modalities", "[\"text\"]"),
];

/// Parameters of OpenAI's that change no answer.
const LEFT_OUT: [&str; 5] = [
    "store",
    "prediction",
    "prompt_cache_key",
    "prompt_cache_retention",
    "safety_identifier",
];

/// What other modules map.
const MAPPED: [&str; 13] = [
    "messages",
    "max_tokens",
    "max_completion_tokens",
    "tools",
    "functions",
    "tool_choice",
    "function_call",
    "parallel_tool_calls",
    "web_search_options",
    "response_format",
    "thinking",
    "reasoning_effort",
    "stream_options",
];

pub(super) fn request(call: &Call<'_>, service: Service) -> Result<NativeRequest, ProcessorError> {
    let mut draft = Draft {
        params: call.params,
        model: Claude::new(call.model, service),
        service,
        body: Map::new(),
        changes: Vec::new(),
    };
    match service {
        Service::Anthropic => draft.insert("model", call.model.into()),
        Service::Vertex => draft.insert("anthropic_version", "vertex-2023-10-16".into()),
    }
    draft.converse()?;
    draft.limit()?;
    for (name, value) in call.params.iter().filter(|(_, value)| !value.is_null()) {
        if !MAPPED.contains(&name.as_str()) {
            draft.take(name, value)?;
        }
    }
    let mut headers = HeaderMap::new();
    if service == Service::Anthropic {
        headers.insert(VERSION, HeaderValue::from_static("2023-06-01"));
    }
    if let Some(value) = betas::header(&draft.body, draft.model, service) {
        headers.insert(betas::BETA, value);
    }
    Ok(NativeRequest {
        path: service.path(call),
        headers,
        body: draft.body.into(),
        changes: draft.changes,
    })
}

/// A request that is being made.
struct Draft<'a> {
    params: &'a Map<String, Value>,
    model: Claude,
    service: Service,
    body: Map<String, Value>,
    changes: Vec<String>,
}

impl Draft<'_> {
    fn insert(&mut self, name: &str, value: Value) {
        put(&mut self.body, name, value);
    }

    fn note(&mut self, change: &str) {
        self.changes.push(change.to_owned());
    }

    fn leave_out(&mut self, name: &str) {
        self.changes.push(format!("{name} left out"));
    }

    /// The messages, the tools, and the structure of the answer.
    fn converse(&mut self) -> Result<(), ProcessorError> {
        let (params, model) = (self.params, self.model);
        let messages = params.get("messages").and_then(Value::as_array);
        let messages = messages.map(Vec::as_slice).unwrap_or_default();
        let names = tool_names(params);
        self.service.check(messages)?;
        let mut conversation = Conversation::new(messages, model, &names)?;
        self.changes.append(&mut conversation.changes);
        if !conversation.system.is_empty() {
            self.insert("system", std::mem::take(&mut conversation.system).into());
        }
        self.insert("messages", conversation.messages());

        let structured = Structured::new(params, model)?;
        let mut tools = Tools::new(params, model, &names)?;
        self.changes.append(&mut tools.changes);
        let is_called_only = structured.tool().is_none() && tools.add_called(messages, &names);
        let mut choice = if is_called_only {
            self.note("tools added");
            Some(object([("type", "none".into())]))
        } else {
            tool_choice(params, model, &names, !tools.tools.is_empty(), &mut self.changes)?
        };
        match structured {
            Structured::No => {}
            Structured::Prompt => self.note("response_format left out"),
            Structured::Native(schema) => {
                let format = object([
                    ("type", "json_schema".into()),
                    ("schema", schema::constrained(schema)),
                ]);
                match self.service {
                    Service::Anthropic => {
                        self.insert("output_format", format);
                        self.note("response_format to output_format");
                    }
                    Service::Vertex => {
                        self.insert("output_config", object([("format", format)]));
                        self.note("response_format to output_config.format");
                    }
                }
                if schema::has_open_object(schema) {
                    self.note("additionalProperties to false");
                }
            }
            Structured::Tool { is_forced, .. } => {
                tools.tools.extend(structured.tool());
                self.note("response_format to tools");
                if is_forced {
                    choice = Some(object([("type", "tool".into()), ("name", ANSWER_TOOL.into())]));
                }
            }
        }
        if !tools.tools.is_empty() {
            self.insert("tools", tools.tools.into());
        }
        if !tools.mcp_servers.is_empty() {
            self.insert("mcp_servers", tools.mcp_servers.into());
        }
        if let Some(choice) = choice {
            self.insert("tool_choice", choice);
        }
        Ok(())
    }

    /// The limit of the answer, which Anthropic needs, and how much of it is for thinking.
    fn limit(&mut self) -> Result<(), ProcessorError> {
        let mut max_tokens = None;
        for name in ["max_completion_tokens", "max_tokens"] {
            let Some(value) = given(self.params, name) else {
                continue;
            };
            let tokens = value.as_u64().filter(|tokens| *tokens > 0);
            let what = "is not a whole number above 0";
            let tokens = tokens.ok_or_else(|| wrong(&format!("/params/{name}"), what))?;
            if name == "max_tokens" && max_tokens.is_some() {
                self.note("max_tokens left out");
                continue;
            }
            if name != "max_tokens" {
                self.note("max_completion_tokens to max_tokens");
            }
            max_tokens = Some(tokens);
        }
        let mut plan = Plan::new(self.params, self.model, max_tokens)?;
        self.changes.append(&mut plan.changes);
        if max_tokens.is_none() {
            self.note("max_tokens added");
        }
        let tokens = max_tokens.unwrap_or_else(|| plan.max_tokens(self.model));
        self.insert("max_tokens", tokens.into());
        if let Some(thinking) = plan.thinking {
            self.insert("thinking", thinking);
        }
        if let Some(effort) = plan.effort {
            let config = self.body.entry("output_config").or_insert_with(|| object([]));
            if let Some(config) = config.as_object_mut() {
                put(config, "effort", effort.into());
            }
        }
        Ok(())
    }

    fn take(&mut self, name: &str, value: &Value) -> Result<(), ProcessorError> {
        let pointer = format!("/params/{name}");
        match (name, value) {
            ("stream", value) => {
                if value == &Value::Bool(true) {
                    self.insert("stream", true.into());
                }
            }
            ("stop", value) => {
                let list = if value.is_array() {
                    value.clone()
                } else {
                    Value::from(vec![value.clone()])
                };
                if self.body.contains_key("stop_sequences") {
                    self.note("stop left out");
                } else {
                    self.insert("stop_sequences", list);
                    self.note("stop to stop_sequences");
                }
            }
            ("user", Value::String(user)) => {
                if self.body.contains_key("metadata") || is_personal(user) {
                    self.note("user left out");
                } else {
                    self.insert("metadata", object([("user_id", user.as_str().into())]));
                    self.note("user to metadata.user_id");
                }
            }
            ("metadata", value) => self.take_metadata(value),
            ("temperature" | "top_p" | "top_k", value) => {
                let is_usual = name == "temperature" && value.as_f64() == Some(1.0);
                if !self.model.takes_sampling() && !is_usual {
                    return Err(wrong(
                        &pointer,
                        "is not known to this model, which takes no sampling; leave it out",
                    ));
                }
                self.insert(name, value.clone());
            }
            ("service_tier", _) if self.service == Service::Vertex => self.note("service_tier left out"),
            ("service_tier", value) => {
                let tier = match value.as_str() {
                    Some("default") => {
                        self.note("service_tier default to standard_only");
                        "standard_only"
                    }
                    Some(tier @ ("auto" | "standard_only")) => tier,
                    _ => return Err(wrong(&pointer, "is none of auto, default and standard_only")),
                };
                self.insert("service_tier", tier.into());
            }
            ("context_management", Value::Array(entries)) => {
                self.insert("context_management", edits(entries));
                self.note("context_management to edits");
            }
            ("output_config", Value::Object(given)) => {
                // what the caller says counts
                let mut config = given.clone();
                if let Some(Value::Object(own)) = self.body.shift_remove("output_config") {
                    for (name, value) in own {
                        config.entry(name).or_insert(value);
                    }
                }
                self.insert("output_config", config.into());
            }
            ("mcp_servers", Value::Array(servers)) => match self.body.get_mut("mcp_servers") {
                Some(Value::Array(known)) => known.extend(servers.iter().cloned()),
                _ => self.insert("mcp_servers", value.clone()),
            },
            ("system", value) => self.take_system(value),
            ("cache_control_injection_points", _) => {
                let what = "is LiteLLM's own; give cache_control in the messages themselves";
                return Err(wrong(&pointer, what));
            }
            (name, _) if LEFT_OUT.contains(&name) => self.leave_out(name),
            (name, value) => match UNKNOWN.iter().find(|(unknown, _)| *unknown == name) {
                None => member::set(&mut self.body, name, value.clone(), &mut self.changes),
                Some((_, harmless)) if is_same(value, harmless) => self.leave_out(name),
                Some(_) => return Err(wrong(&pointer, "is not known to Anthropic; leave it out")),
            },
        }
        Ok(())
    }

    /// The caller's own prompt comes after those of the system messages.
    fn take_system(&mut self, system: &Value) {
        let own = match system {
            Value::String(text) => Value::from(vec![text_block(text)]),
            other => other.clone(),
        };
        match (self.body.get_mut("system"), own) {
            (Some(Value::Array(known)), Value::Array(own)) => known.extend(own),
            _ => self.insert("system", system.clone()),
        }
    }

    /// Anthropic knows nothing but the id of a user
    /// (<https://platform.claude.com/docs/en/api/messages#body-metadata>).
    fn take_metadata(&mut self, metadata: &Value) {
        if let Some(user) = metadata.get("user_id").filter(|user| !user.is_null()) {
            self.insert("metadata", object([("user_id", user.clone())]));
        }
        if !metadata.is_object() {
            self.note("metadata left out");
        }
        for (name, _) in metadata.as_object().into_iter().flatten() {
            if name != "user_id" {
                self.leave_out(&format!("metadata.{name}"));
            }
        }
    }
}

/// Numbers of any form are the same.
fn is_same(value: &Value, json: &str) -> bool {
    let other: Value = serde_json::from_str(json).unwrap_or_default();
    match (value.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => one == other,
        _ => *value == other && !json.is_empty(),
    }
}

/// Whether it looks like an email address or a number of a telephone, which Anthropic wants in no id.
fn is_personal(user: &str) -> bool {
    let is_email = user
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    let is_digit = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '(' | ')' | '-' | '+');
    is_email || user.len() >= 7 && user.chars().all(is_digit)
}

/// OpenAI's list (<https://platform.openai.com/docs/guides/compaction>) as Anthropic's
/// (<https://platform.claude.com/docs/en/build-with-claude/compaction>).
fn edits(entries: &[Value]) -> Value {
    let mut edits = Vec::new();
    for entry in entries {
        let mut edit = entry.clone();
        if text(entry, "/type") == Some("compaction")
            && let Some(members) = edit.as_object_mut()
        {
            put(members, "type", "compact_20260112".into());
            if let Some(tokens) = members.shift_remove("compact_threshold").filter(Value::is_number) {
                let trigger = object([("type", "input_tokens".into()), ("value", tokens)]);
                put(members, "trigger", trigger);
            }
        }
        edits.push(edit);
    }
    object([("edits", edits.into())])
}
