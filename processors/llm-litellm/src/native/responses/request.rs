//! The request: <https://platform.openai.com/docs/api-reference/responses/create>.

use runtime::{ErrorCode, ProcessorError};
use serde_json::{Map, Value, json};

use super::input::Conversation;
use super::tools;
use crate::models::{self, Fact};
use crate::native::interface::{Call, NativeRequest};
use crate::native::member;

/// The least that the API takes as `max_output_tokens`.
const FEWEST_TOKENS: u64 = 16;
/// The longest `user`, in characters.
const LONGEST_USER: usize = 64;

/// Begins the names of Perplexity's presets, which have a member of their own:
/// <https://docs.perplexity.ai/api-reference/responses-post>.
const PRESET: &str = "preset/";

/// Parameters of chat completions that the API has no name for, and whose absence changes the answer
/// (<https://platform.openai.com/docs/guides/migrate-to-responses>).
const UNKNOWN: [&str; 8] = [
    "audio",
    "frequency_penalty",
    "logit_bias",
    "modalities",
    "n",
    "presence_penalty",
    "seed",
    "stop",
];

/// A body in the making.
#[derive(Debug, Default)]
struct Draft {
    body: Map<String, Value>,
    reasoning: Map<String, Value>,
    text: Map<String, Value>,
    tools: Vec<Value>,
    include: Vec<Value>,
    changes: Vec<String>,
    /// Whether the model is known not to reason.
    cannot_reason: bool,
}

pub(super) fn request(call: &Call<'_>) -> Result<NativeRequest, ProcessorError> {
    let param = |name: &str| call.params.get(name).filter(|value| !value.is_null());
    // a stored conversation has instructions of its own, and must not lose them when it is cut
    let keeps_instructions =
        param("previous_response_id").is_some() || param("truncation").is_some_and(|value| value == "auto");
    let messages = param("messages").and_then(Value::as_array);
    let messages = messages.map(Vec::as_slice).unwrap_or_default();
    let tools = param("tools").and_then(Value::as_array).into_iter().flatten();
    let mut kinds = tools.filter_map(|tool| tool.get("type"));
    let keeps_searches = kinds.any(|kind| kind == "tool_search");
    let mut conversation = Conversation::new(messages, keeps_instructions, keeps_searches)?;
    let facts = models::find("openai", call.model);
    let mut draft = Draft {
        cannot_reason: facts.is_some_and(|facts| !facts.has(Fact::Reasoning)),
        ..Draft::default()
    };
    draft.changes.append(&mut conversation.changes);
    if has_cache_control(call.params) {
        draft.changes.push("cache_control left out".to_owned());
    }
    // the word "json" must be in the input, which must not be empty
    let is_json = param("response_format")
        .and_then(|format| format.get("type"))
        .is_some_and(|kind| kind == "json_object");
    if let Some(text) = conversation
        .instructions
        .take_if(|_| is_json || conversation.items.is_empty())
    {
        let content = json!([{"type": "input_text", "text": text}]);
        let item = json!({"type": "message", "role": "system", "content": content});
        conversation.items.insert(0, item);
    }
    match call.model.strip_prefix(PRESET) {
        Some(preset) => draft.insert("preset", preset.into()),
        None => draft.insert("model", call.model.into()),
    }
    draft.body.insert("input".to_owned(), conversation.items.into());
    if let Some(instructions) = conversation.instructions {
        draft.body.insert("instructions".to_owned(), instructions.into());
    }
    for (name, value) in call.params.iter().filter(|(_, value)| !value.is_null()) {
        draft.add(name, value)?;
    }
    Ok(NativeRequest {
        path: "/responses".to_owned(),
        body: draft.body_with_rest().into(),
        changes: draft.changes,
        ..NativeRequest::default()
    })
}

impl Draft {
    fn add(&mut self, name: &str, value: &Value) -> Result<(), ProcessorError> {
        let pointer = format!("/params/{name}");
        match name {
            "messages" => {}
            "max_tokens" | "max_completion_tokens" | "max_output_tokens" => self.limit(name, value),
            "tools" => {
                self.tools.extend(tools::convert(value, &pointer)?);
                self.changes.extend(tools::left_out(value));
            }
            "functions" => {
                self.tools.extend(tools::from_functions(value, &pointer)?);
                self.change(name, "tools");
            }
            "web_search_options" => {
                self.tools.push(tools::web_search(value));
                self.change(name, "tools");
            }
            "tool_choice" => self.insert(name, tools::choice(value)),
            "function_call" => {
                self.insert("tool_choice", tools::from_function_call(value));
                self.change(name, "tool_choice");
            }
            "response_format" => {
                member::set(&mut self.text, "format", format(value), &mut self.changes);
                self.change(name, "text.format");
            }
            "verbosity" => {
                self.text.insert(name.to_owned(), value.clone());
                self.change(name, "text.verbosity");
            }
            "thinking" => {
                return Err(wrong(
                    &pointer,
                    "is not known to OpenAI's Responses API; give /params/reasoning_effort instead",
                ));
            }
            "reasoning" | "reasoning_effort" if self.cannot_reason => {
                return Err(wrong(
                    &pointer,
                    "is for models that reason, and this one does not; leave it out",
                ));
            }
            "text" => {
                for (name, value) in object(value, &pointer)? {
                    member::set(&mut self.text, &name, value, &mut self.changes);
                }
            }
            "reasoning" => self.reason(object(value, &pointer)?),
            "reasoning_effort" if value.is_object() => {
                self.reason(object(value, &pointer)?);
                self.change(name, "reasoning");
            }
            "reasoning_effort" => {
                self.reason(Map::from_iter([("effort".to_owned(), value.clone())]));
                self.change(name, "reasoning.effort");
            }
            "reasoning_summary" | "reasoningSummary" => {
                self.reasoning.insert("summary".to_owned(), value.clone());
                self.change(name, "reasoning.summary");
            }
            "logprobs" => {
                if value == true {
                    self.include.push("message.output_text.logprobs".into());
                    self.change(name, "include");
                }
            }
            "include" => {
                let list = value.as_array().cloned();
                self.include
                    .extend(list.ok_or_else(|| wrong(&pointer, "is not a list; give one, or leave it out"))?);
            }
            // usage is always reported
            "stream_options" => {
                if let Some(choice) = value.get("include_obfuscation") {
                    self.insert(name, json!({ "include_obfuscation": choice }));
                }
            }
            "instructions" => self.instruct(value),
            "user" => {
                let user = self::user(value, &mut self.changes);
                self.insert(name, user);
            }
            // it makes an answer come sooner, and changes nothing else
            "prediction" => self.changes.push("prediction left out".to_owned()),
            "background" if value == true => {
                return Err(wrong(
                    &pointer,
                    "asks for an answer that is fetched later; leave it out",
                ));
            }
            name if UNKNOWN.contains(&name) => {
                if !is_default(name, value) {
                    return Err(wrong(
                        &pointer,
                        "is not known to OpenAI's Responses API; leave it out",
                    ));
                }
                self.changes.push(format!("{name} left out"));
            }
            name => self.insert(name, value.clone()),
        }
        Ok(())
    }

    fn insert(&mut self, name: &str, value: Value) {
        member::set(&mut self.body, name, value, &mut self.changes);
    }

    fn reason(&mut self, members: Map<String, Value>) {
        for (name, value) in members {
            member::set(&mut self.reasoning, &name, value, &mut self.changes);
        }
    }

    fn change(&mut self, from: &str, to: &str) {
        self.changes.push(format!("{from} to {to}"));
    }

    fn limit(&mut self, name: &str, value: &Value) {
        const NAME: &str = "max_output_tokens";
        if name != NAME {
            self.change(name, NAME);
        }
        let is_too_small = value
            .as_u64()
            .is_some_and(|limit| (1..FEWEST_TOKENS).contains(&limit));
        if is_too_small {
            self.change(NAME, &FEWEST_TOKENS.to_string());
            self.insert(NAME, FEWEST_TOKENS.into());
        } else {
            self.insert(NAME, value.clone());
        }
    }

    /// The caller's own instructions come after those of the system messages.
    fn instruct(&mut self, value: &Value) {
        let before = self.body.get("instructions").and_then(Value::as_str);
        let instructions = match (before, value.as_str()) {
            (Some(before), Some(own)) => format!("{before}\n{own}").into(),
            _ => value.clone(),
        };
        self.body.insert("instructions".to_owned(), instructions);
    }

    fn body_with_rest(&mut self) -> Map<String, Value> {
        let mut body = std::mem::take(&mut self.body);
        let lists = [("tools", &mut self.tools), ("include", &mut self.include)];
        for (name, list) in lists {
            if !list.is_empty() {
                body.insert(name.to_owned(), std::mem::take(list).into());
            }
        }
        let objects = [("reasoning", &mut self.reasoning), ("text", &mut self.text)];
        for (name, members) in objects {
            if !members.is_empty() {
                body.insert(name.to_owned(), std::mem::take(members).into());
            }
        }
        body
    }
}

/// The members of an object.
fn object(value: &Value, pointer: &str) -> Result<Map<String, Value>, ProcessorError> {
    let members = value.as_object().cloned();
    members.ok_or_else(|| wrong(pointer, "is not an object; give one, or leave it out"))
}

/// <https://platform.openai.com/docs/guides/structured-outputs?api-mode=responses>. One of another type, or that has the form of
/// the API already, is passed on.
fn format(response_format: &Value) -> Value {
    let kind = response_format.get("type").and_then(Value::as_str);
    let given = response_format.get("json_schema").and_then(Value::as_object);
    let given = match (kind, given) {
        (Some("json_schema") | None, Some(given)) => given,
        (Some(kind @ ("text" | "json_object")), _) => return json!({ "type": kind }),
        _ => return response_format.clone(),
    };
    let mut format = Map::new();
    for (name, value) in [
        ("type", "json_schema".into()),
        ("name", "response_schema".into()),
        ("schema", json!({})),
        ("strict", false.into()),
    ] {
        let given = given.get(name).filter(|value| !value.is_null());
        format.insert(name.to_owned(), given.cloned().unwrap_or(value));
    }
    if let Some(description) = given.get("description").filter(|text| text.is_string()) {
        format.insert("description".to_owned(), description.clone());
    }
    format.into()
}

/// A longer name is refused.
fn user(value: &Value, changes: &mut Vec<String>) -> Value {
    let end = value
        .as_str()
        .and_then(|user| Some((user, user.char_indices().nth(LONGEST_USER)?.0)));
    match end.and_then(|(user, end)| user.get(..end)) {
        Some(short) => {
            changes.push(format!("user to its first {LONGEST_USER} characters"));
            short.into()
        }
        None => value.clone(),
    }
}

/// Whether a parameter asks for nothing else than what the API does anyway.
fn is_default(name: &str, value: &Value) -> bool {
    match (name, value) {
        ("n", count) => count == 1,
        ("modalities", Value::Array(modalities)) => modalities.iter().all(|modality| modality == "text"),
        (_, Value::Number(number)) => name != "seed" && number.as_f64() == Some(0.0),
        (_, Value::Array(items)) => items.is_empty(),
        (_, Value::Object(members)) => members.is_empty(),
        _ => false,
    }
}

/// Whether a part of a message, or a tool, has Anthropic's mark for caching.
fn has_cache_control(params: &Map<String, Value>) -> bool {
    fn list(value: Option<&Value>) -> &[Value] {
        value
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }
    let is_marked = |value: &Value| {
        let places = ["/cache_control", "/function/cache_control"];
        places.iter().any(|place| value.pointer(place).is_some())
    };
    let messages = list(params.get("messages")).iter();
    let mut messages =
        messages.filter(|message| is_marked(message) || list(message.get("content")).iter().any(is_marked));
    messages.next().is_some() || list(params.get("tools")).iter().any(is_marked)
}

fn wrong(pointer: &str, what: &str) -> ProcessorError {
    ProcessorError::new(ErrorCode::Inputs, format!("{pointer} {what}"))
}
