//! What is sent: the parameters as given, and the model.

use runtime::{ErrorCode, Inputs, ProcessorError};
use serde_json::{Map, Value};

use crate::files;

const DEFAULT_MODEL: &str = "openai/gpt-4o-mini";

/// Names the kind of service, not a part of the model's name there.
const PREFIX: &str = "openai/";

/// The body of the request.
///
/// # Errors
///
/// `ERR_INPUTS` for what no service could answer, and those of [`files::resolve`].
pub(crate) fn body(mut inputs: Inputs) -> Result<Value, ProcessorError> {
    let params = std::mem::take(&mut inputs.params);
    check(&params)?;
    let mut body = Value::Object(params);
    files::resolve(&mut body, &inputs)?;
    if let Value::Object(fields) = &mut body {
        fields.insert("model".into(), model(inputs.model.as_deref()).into());
    }
    Ok(body)
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
