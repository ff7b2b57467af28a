//! Members of the body that a caller is sure of, whatever the table says: `extra_body`, as in OpenAI's clients.

use runtime::{ErrorCode, ProcessorError};
use serde_json::{Map, Value};

pub(crate) const NAME: &str = "extra_body";

/// What the processor itself has to know.
const ELSEWHERE: [(&str, &str); 3] = [
    ("model", "name the model in /model"),
    ("messages", "give /params/messages"),
    ("stream", "give /params/stream"),
];

/// Refuses an `extra_body` that is not an object, or with members that belong elsewhere.
///
/// # Errors
///
/// `ERR_INPUTS` that names the member.
pub(crate) fn check(params: &Map<String, Value>) -> Result<(), ProcessorError> {
    let wrong = |message: String| Err(ProcessorError::new(ErrorCode::Inputs, message));
    let members = match params.get(NAME) {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::Object(members)) => members,
        Some(_) => {
            return wrong(format!(
                "/params/{NAME} is not an object of members of the body; leave it out, or give one"
            ));
        }
    };
    match ELSEWHERE.iter().find(|(name, _)| members.contains_key(*name)) {
        Some((name, hint)) => wrong(format!("/params/{NAME}/{name} does not belong there; {hint}")),
        None => Ok(()),
    }
}

/// The members, if there are any.
pub(crate) fn members(params: &Map<String, Value>) -> Option<&Map<String, Value>> {
    params.get(NAME).and_then(Value::as_object)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_that_belong_elsewhere_are_refused() {
        for (extra_body, named) in [
            (json!([]), "/params/extra_body is not an object"),
            (json!("sk-secret"), "/params/extra_body is not an object"),
            (json!({"top_k": 1, "model": "m"}), "/params/extra_body/model "),
            (json!({"messages": []}), "/params/extra_body/messages "),
            (json!({"stream": true}), "/params/extra_body/stream "),
        ] {
            let error = check(json!({ NAME: extra_body }).as_object().unwrap()).unwrap_err();
            assert_eq!(error.code(), ErrorCode::Inputs);
            assert!(error.message().starts_with(named), "{error}");
            assert!(!error.message().contains("secret"), "{error}");
        }
        for params in [json!({}), json!({ NAME: null }), json!({ NAME: {"a": 1} })] {
            check(params.as_object().unwrap()).unwrap();
        }
    }
}
