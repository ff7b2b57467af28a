//! The body of a request: the parameters as given, and the model.

pub(crate) mod preview;

use reqwest::header::HeaderMap;
use runtime::{ErrorCode, Hasher, ProcessorError};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::api::Api;
use crate::google::partners::Partner;
use crate::judged;
use crate::native::{bedrock, digits};
use crate::parameters::shape::shape;
use crate::parameters::{DropParams, Parameters, extra_body};
use crate::requested_model::RequestedModel;
use crate::routes::Quirk;

/// Refuses parameters without a list of messages, or with a model.
///
/// # Errors
///
/// `ERR_INPUTS` that names the parameter; those of [`extra_body::check`].
pub(crate) fn check(params: &Map<String, Value>) -> Result<(), ProcessorError> {
    let message = if !params.get("messages").is_some_and(Value::is_array) {
        "/params/messages is not a list of messages; real mode needs one"
    } else if params.contains_key("model") {
        "/params/model is not a parameter; name the model in /model"
    } else {
        return extra_body::check(params);
    };
    Err(ProcessorError::new(ErrorCode::Inputs, message))
}

/// The body of a request.
#[derive(Debug)]
pub(crate) struct Body {
    /// The parameters that the service gets, in the terms of chat completions: what an answer is read by.
    pub(crate) params: Map<String, Value>,
    /// As it is sent, byte for byte: the ordered form of `docs/spec.md#canonical-json` if it has one.
    pub(crate) json: Box<RawValue>,
    /// Its SHA-256 in lower-case hex, with `{"$secret":"NAME"}` instead of secrets: its JSON as a string in a native API.
    pub(crate) sha256: String,
    /// How it differs from the inputs: `a to b`, `a left out` or `a added`.
    pub(crate) changes: Vec<String>,
    /// The parameters that are left out because the caller wants it so.
    pub(crate) dropped: Vec<String>,
    /// What follows the base address, if the API is a native one.
    pub(crate) path: String,
    /// The headers that belong to the request.
    pub(crate) headers: HeaderMap,
}

/// The body as a value, and what else there is to know of it.
#[derive(Debug, Default)]
struct Draft {
    params: Map<String, Value>,
    value: Value,
    changes: Vec<String>,
    dropped: Vec<String>,
    path: String,
    headers: HeaderMap,
}

impl Body {
    /// The body for this model of a service.
    ///
    /// # Errors
    ///
    /// `ERR_PROCESSOR` if the parameters cannot be serialized; those of [`check_for`].
    pub(crate) fn new(params: &Parameters, model: &RequestedModel) -> Result<Self, ProcessorError> {
        let readable = params.readable(model.api.native().is_some());
        let draft = draft(&readable, &params.drop, model)?;
        let mut json = write(&draft.value)?;
        let mut hasher = Hasher::default();
        hasher.update(json.get().as_bytes());
        if let Some(filled) = &params.filled {
            json = write(&self::draft(filled, &params.drop, model)?.value)?;
        }
        Ok(Self {
            params: draft.params,
            json,
            sha256: hasher.finish(),
            changes: draft.changes,
            dropped: draft.dropped,
            path: draft.path,
            headers: draft.headers,
        })
    }
}

/// Refuses parameters that this model does not take, so that a fallback does not fail on the day it is needed.
///
/// # Errors
///
/// Those of [`shape`] and of [`NativeApi::request`](crate::native::interface::NativeApi::request).
pub(crate) fn check_for(params: &Parameters, model: &RequestedModel) -> Result<(), ProcessorError> {
    let readable = params.readable(model.api.native().is_some());
    draft(&readable, &params.drop, model).map(|_| ())
}

fn draft(
    params: &Map<String, Value>,
    drop: &DropParams,
    model: &RequestedModel,
) -> Result<Draft, ProcessorError> {
    let mut shaped = shape(params, model, drop).map_err(|error| {
        // what the API itself says of a parameter is closer to the point
        let own = model
            .api
            .native()
            .and_then(|api| api.request(&judged::call(params, model)).err());
        own.unwrap_or(error)
    })?;
    let mut draft = match model.api.native() {
        None => chat_completion(std::mem::take(&mut shaped.params), model, drop),
        Some(api) => {
            let request = judged::request(api, model, &mut shaped, drop)?;
            Draft {
                params: shaped.params,
                value: request.body,
                changes: request.changes,
                path: request.path,
                headers: request.headers,
                dropped: Vec::new(),
            }
        }
    };
    if let Some(body) = draft.value.as_object_mut() {
        let is_native = model.api != Api::ChatCompletions;
        draft.changes.extend(extra_body::merge(params, body, is_native));
        if let Some(tier) = extra_body::tier(params).filter(|_| is_native) {
            draft.params.insert("service_tier".to_owned(), tier.clone());
        }
        if !is_native {
            // without the messages, which may be large, and which nobody reads an answer by
            let others = body.iter().filter(|(name, _)| *name != "messages");
            draft.params = others
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            let partner = model.partner();
            let path = partner.and_then(|partner| partner.path(&model.model, is_stream(body)));
            let name = match (path, model.route.prefix) {
                (Some((path, name)), _) => {
                    draft.path = path;
                    name
                }
                (None, "bedrock") => bedrock::model_id(&model.model), // its region is in the address
                (None, _) => &model.model,
            };
            body.insert("model".to_owned(), name.into());
        }
    }
    draft.changes.splice(..0, shaped.changes);
    draft.dropped = shaped.dropped;
    Ok(draft)
}

fn chat_completion(mut body: Map<String, Value>, model: &RequestedModel, drop: &DropParams) -> Draft {
    let mut draft = Draft::default();
    let is_publisher = matches!(model.partner(), Some(Partner::Publisher(_)));
    let reports_usage = is_publisher || model.route.has(&Quirk::ReportsUsage);
    let is_unwanted = reports_usage || drop.has("stream_options");
    if is_stream(&body) && !is_unwanted && request_usage(&mut body) {
        draft
            .changes
            .push("stream_options.include_usage added".to_owned());
    }
    draft.value = body.into();
    draft
}

/// The ordered form refuses the large integers that a model's own call may have, such as the identifier of a record: they keep their
/// digits.
fn write(value: &Value) -> Result<Box<RawValue>, ProcessorError> {
    let wrong = || ProcessorError::new(ErrorCode::Processor, "the request cannot be written");
    let bytes = runtime::to_ordered(value)
        .or_else(|_| serde_json::to_vec(value))
        .map_err(|error| wrong().with_cause(error))?;
    let text = String::from_utf8(digits::release(bytes)).map_err(|error| wrong().with_cause(error))?;
    RawValue::from_string(text).map_err(|error| wrong().with_cause(error))
}

/// Whether the parameters request a stream.
pub(crate) fn is_stream(params: &Map<String, Value>) -> bool {
    params.get("stream") == Some(&Value::Bool(true))
}

/// Requests the usage at the end of a stream, and returns whether it did. A caller's own choice counts, also `null`.
fn request_usage(body: &mut Map<String, Value>) -> bool {
    match body.get_mut("stream_options") {
        None => {
            body.insert("stream_options".to_owned(), json!({"include_usage": true}));
            true
        }
        Some(Value::Object(options)) if !options.contains_key("include_usage") => {
            options.insert("include_usage".to_owned(), true.into());
            true
        }
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::Route;

    fn sent(name: &str, params: Value) -> Draft {
        let (route, model) = Route::resolve(name, "/model").unwrap();
        let model = RequestedModel {
            name: name.to_owned(),
            route,
            api: Api::ChatCompletions,
            model,
            is_default: false,
        };
        draft(params.as_object().unwrap(), &DropParams::default(), &model).unwrap()
    }

    #[test]
    fn parameters_that_cannot_be_sent_are_named() {
        let messages = json!([{"role": "user", "content": "hi"}]);
        for (params, named) in [
            (json!({}), "/params/messages"),
            (json!({"messages": "hi"}), "/params/messages"),
            (json!({"messages": messages, "model": "x"}), "/params/model"),
        ] {
            let error = check(params.as_object().unwrap()).unwrap_err();
            assert_eq!(error.code(), ErrorCode::Inputs);
            assert!(error.message().contains(named), "{error}");
        }
        let fine = json!({"messages": messages, "stream": false});
        assert!(check(fine.as_object().unwrap()).is_ok());
    }

    #[test]
    fn what_a_native_api_refuses_of_a_model_may_be_left_out() {
        let tools = json!([{"type": "function", "function": {"name": "f"}}]);
        for (name, api, params, dropped) in [
            (
                "bedrock/meta.llama3-1-8b-instruct-v1:0",
                Api::BedrockConverse,
                json!({"reasoning_effort": "low", "top_p": 0.5, "parallel_tool_calls": false}),
                "reasoning_effort; parallel_tool_calls",
            ),
            (
                "anthropic/claude-sonnet-4-5",
                Api::AnthropicMessages,
                json!({"service_tier": "flex", "top_p": 0.5}),
                "service_tier",
            ),
            (
                "gemini/gemini-2.5-flash",
                Api::GeminiGenerateContent,
                json!({"tools": tools, "web_search_options": {}}),
                "web_search_options",
            ),
            (
                "ollama/m",
                Api::OllamaChat,
                json!({"tools": tools, "tool_choice": "required"}),
                "tool_choice",
            ),
        ] {
            let model = RequestedModel::asked_in(api, name);
            let draft = |drop: bool, messages: Value| {
                let mut all = json!({"messages": messages, "drop_params": drop});
                all.as_object_mut()
                    .unwrap()
                    .extend(params.as_object().unwrap().clone());
                let all = all.as_object().unwrap();
                draft(all, &DropParams::from_params(all).unwrap(), &model)
            };
            let messages = json!([{"role": "user", "content": "hi"}]);
            let left_out = draft(true, messages.clone()).unwrap();
            assert_eq!(left_out.dropped.join("; "), dropped);
            let has = |name: &str| left_out.params.contains_key(name);
            assert!(!dropped.split("; ").any(has), "{name}");
            assert!(draft(false, messages).is_err(), "{name}");
            assert!(
                draft(true, json!([{"role": "user", "content": 7}])).is_err(),
                "{name}"
            );
        }
    }

    #[test]
    fn members_of_the_body_come_after_all_others() {
        for (model, given, expected, changes) in [
            (
                "mistral/a",
                r#"{"seed":1,"extra_body":{"seed":2,"b":3},"c":4}"#,
                r#"{"random_seed":1,"c":4,"seed":2,"b":3,"model":"a"}"#,
                "seed to random_seed",
            ),
            (
                "gpt-4o",
                r#"{"a":1,"b":2,"extra_body":{"a":null}}"#,
                r#"{"a":null,"b":2,"model":"gpt-4o"}"#,
                "a from extra_body",
            ),
            (
                "gpt-4o",
                r#"{"stream":true,"extra_body":{"stream_options":{}}}"#,
                r#"{"stream":true,"stream_options":{},"model":"gpt-4o"}"#,
                "stream_options.include_usage added; stream_options from extra_body",
            ),
            ("gpt-4o", r#"{"extra_body":null}"#, r#"{"model":"gpt-4o"}"#, ""),
        ] {
            let draft = sent(model, serde_json::from_str(given).unwrap());
            let found = (draft.value.to_string(), draft.changes.join("; "));
            assert_eq!(found, (expected.to_owned(), changes.to_owned()), "{given}");
        }
    }

    #[test]
    fn the_usage_of_a_stream_is_requested() {
        let added = vec!["stream_options.include_usage added".to_owned()];
        #[rustfmt::skip]
        let cases = [
            (None, json!({"include_usage": true}), &added),
            (Some(Value::Null), Value::Null, &vec![]),
            (Some(json!({"x": 1})), json!({"x": 1, "include_usage": true}), &added),
            (Some(json!({"include_usage": false})), json!({"include_usage": false}), &vec![]),
            (Some(json!("odd")), json!("odd"), &vec![]),
        ];
        for (options, expected, changes) in cases {
            let mut params = json!({"stream": true});
            if let Some(options) = options {
                params["stream_options"] = options;
            }
            let draft = sent("m", params);
            assert_eq!(
                (&draft.value["stream_options"], &draft.changes),
                (&expected, changes)
            );
        }
        let draft = sent("m", json!({"stream": false}));
        assert_eq!(draft.value, json!({"stream": false, "model": "m"}));
    }
}
