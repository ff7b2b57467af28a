//! The body of a request: the parameters as given, and the model.

use reqwest::header::HeaderMap;
use runtime::{ErrorCode, Hasher, ProcessorError};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::native::interface::Call;
use crate::parameters::Parameters;
use crate::requested_model::RequestedModel;
use crate::routes::{Quirk, Route};

/// Refuses parameters without a list of messages, or with a model.
///
/// # Errors
///
/// `ERR_INPUTS` that names the parameter.
pub(crate) fn check(params: &Map<String, Value>) -> Result<(), ProcessorError> {
    let message = if !params.get("messages").is_some_and(Value::is_array) {
        "/params/messages is not a list of messages; real mode needs one"
    } else if params.contains_key("model") {
        "/params/model is not a parameter; name the model in /model"
    } else {
        return Ok(());
    };
    Err(ProcessorError::new(ErrorCode::Inputs, message))
}

/// The body of a request.
#[derive(Debug)]
pub(crate) struct Body {
    /// As it is sent, byte for byte: the ordered form of `docs/spec.md#canonical-json`.
    pub(crate) json: Box<RawValue>,
    /// Its SHA-256 in lower-case hex, with `{"$secret":"NAME"}` instead of secrets.
    pub(crate) sha256: String,
    /// How it differs from the inputs: `a to b` or `a added`.
    pub(crate) changes: Vec<String>,
    /// What follows the base address, if the API is a native one.
    pub(crate) path: String,
    /// The headers that belong to the request.
    pub(crate) headers: HeaderMap,
}

/// The body as a value, and what else there is to know of it.
#[derive(Debug, Default)]
struct Draft {
    value: Value,
    changes: Vec<String>,
    path: String,
    headers: HeaderMap,
}

impl Body {
    /// The body for this model of a service.
    ///
    /// # Errors
    ///
    /// `ERR_PROCESSOR` if the parameters cannot be serialized; those of [`NativeApi::request`](crate::native::interface::NativeApi::request).
    pub(crate) fn new(params: &Parameters, model: &RequestedModel) -> Result<Self, ProcessorError> {
        let draft = draft(&params.written, model)?;
        let mut json = write(&draft.value)?;
        let mut hasher = Hasher::default();
        hasher.update(json.get().as_bytes());
        if let Some(filled) = &params.filled {
            json = write(&self::draft(filled, model)?.value)?;
        }
        Ok(Self {
            json,
            sha256: hasher.finish(),
            changes: draft.changes,
            path: draft.path,
            headers: draft.headers,
        })
    }
}

fn draft(params: &Map<String, Value>, model: &RequestedModel) -> Result<Draft, ProcessorError> {
    let Some(api) = model.api.native() else {
        let (value, changes) = body(params, model.route, &model.model);
        return Ok(Draft {
            value,
            changes,
            ..Draft::default()
        });
    };
    let request = api.request(&Call {
        params,
        model: &model.model,
    })?;
    Ok(Draft {
        value: request.body,
        changes: request.changes,
        path: request.path,
        headers: request.headers,
    })
}

fn write(value: &Value) -> Result<Box<RawValue>, ProcessorError> {
    let wrong = || ProcessorError::new(ErrorCode::Processor, "the request cannot be written");
    let bytes = runtime::to_ordered(value).map_err(|error| wrong().with_cause(error))?;
    let text = String::from_utf8(bytes).map_err(|error| wrong().with_cause(error))?;
    RawValue::from_string(text).map_err(|error| wrong().with_cause(error))
}

/// Renamed parameters keep their position; the model comes last.
fn body(params: &Map<String, Value>, route: &Route, model: &str) -> (Value, Vec<String>) {
    let mut changes = Vec::new();
    // if both names are given, the service judges them
    let renames = route.renames(model).filter(|(_, to)| !params.contains_key(*to));
    let renames: Vec<_> = renames.collect();
    let renamed = params.iter().map(|(key, value)| {
        let rename = renames.iter().find(|(from, _)| key == *from);
        let key = rename.map_or(key.as_str(), |(from, to)| {
            changes.push(format!("{from} to {to}"));
            to
        });
        (key.to_owned(), value.clone())
    });
    let mut body: Map<_, _> = renamed.collect();
    if is_stream(&body) && !route.has(&Quirk::ReportsUsage) && request_usage(&mut body) {
        changes.push("stream_options.include_usage added".to_owned());
    }
    body.insert("model".to_owned(), model.into());
    (body.into(), changes)
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

    fn sent(model: &str, params: Value) -> (Value, Vec<String>) {
        let (route, name) = Route::resolve(model, "/model").unwrap();
        body(params.as_object().unwrap(), route, &name)
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
    fn only_parameters_with_another_name_are_renamed() {
        #[rustfmt::skip]
        let cases = [
            ("mistral/a", json!({"seed": 1, "max_tokens": 2}), json!({"random_seed": 1, "max_tokens": 2, "model": "a"}), vec!["seed to random_seed"]),
            ("mistral/a", json!({"seed": 1, "random_seed": 2}), json!({"seed": 1, "random_seed": 2, "model": "a"}), vec![]),
            (
                "openai/o3",
                json!({"max_tokens": 2, "seed": null}),
                json!({"max_completion_tokens": 2, "seed": null, "model": "o3"}),
                vec!["max_tokens to max_completion_tokens"],
            ),
            ("gpt-4o", json!({"max_tokens": 2}), json!({"max_tokens": 2, "model": "gpt-4o"}), vec![]),
        ];
        for (model, given, expected, changes) in cases {
            assert_eq!(
                sent(model, given),
                (expected, changes.into_iter().map(str::to_owned).collect())
            );
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
            let (body, changed) = sent("m", params);
            assert_eq!((&body["stream_options"], &changed), (&expected, changes));
        }
        let (body, _) = sent("m", json!({"stream": false}));
        assert_eq!(body, json!({"stream": false, "model": "m"}));
    }
}
