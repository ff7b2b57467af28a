//! What is sent: the parameters as given, and the model.

use runtime::{ErrorCode, Inputs, ProcessorError};
use serde_json::{Map, Value};

const DEFAULT_MODEL: &str = "openai/gpt-4o-mini";

/// The largest file that goes into a request, in bytes: 20 MiB, as services take no larger request.
const LARGEST_FILE: u64 = 20 * 1024 * 1024;

/// Names the kind of service, not a part of the model's name there.
const PREFIX: &str = "openai/";

/// The body of the request.
///
/// # Errors
///
/// `ERR_INPUTS` for what no service could answer, and those of [`Inputs::embed_files`].
pub(crate) fn body(mut inputs: Inputs) -> Result<Value, ProcessorError> {
    check(&inputs.params)?;
    inputs.embed_files(LARGEST_FILE)?;
    let mut body = inputs.params;
    body.insert("model".into(), model(inputs.model.as_deref()).into());
    Ok(body.into())
}

fn check(params: &Map<String, Value>) -> Result<(), ProcessorError> {
    let what = if !params.get("messages").is_some_and(Value::is_array) {
        "/params/messages is not a list of messages; real mode needs one"
    } else if params.contains_key("model") {
        "/params/model has no place here; name the model in /model"
    } else if params.get("stream") == Some(&Value::Bool(true)) {
        "streaming is not supported in this version; leave /params/stream out"
    } else {
        return Ok(());
    };
    Err(ProcessorError::new(ErrorCode::Inputs, what))
}

fn model(given: Option<&str>) -> &str {
    let model = given.unwrap_or(DEFAULT_MODEL);
    model.strip_prefix(PREFIX).unwrap_or(model)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_prefix_is_stripped() {
        assert_eq!(model(None), "gpt-4o-mini");
        assert_eq!(model(Some("openai/gpt-5")), "gpt-5");
        assert_eq!(model(Some("openai/openai/gpt-oss-20b")), "openai/gpt-oss-20b");
        assert_eq!(model(Some("meta/llama")), "meta/llama");
    }

    #[test]
    fn what_cannot_be_sent_is_named() {
        let messages = json!([{"role": "user", "content": "hi"}]);
        for (params, named) in [
            (json!({}), "/params/messages"),
            (json!({"messages": "hi"}), "/params/messages"),
            (json!({"messages": messages, "model": "x"}), "/params/model"),
            (json!({"messages": messages, "stream": true}), "/params/stream"),
        ] {
            let error = check(params.as_object().unwrap()).unwrap_err();
            assert_eq!(error.code(), ErrorCode::Inputs);
            assert!(error.message().contains(named), "{error}");
        }
        let fine = json!({"messages": messages, "stream": false});
        assert!(check(fine.as_object().unwrap()).is_ok());
    }
}
