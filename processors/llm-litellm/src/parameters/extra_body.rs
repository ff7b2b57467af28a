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

/// The tier of service that the members ask of a native API, by its names there.
pub(crate) fn tier(params: &Map<String, Value>) -> Option<&Value> {
    let members = members(params)?;
    let tier = members
        .get("service_tier")
        .or_else(|| members.get("serviceTier"))?;
    Some(tier.get("type").unwrap_or(tier)) // Bedrock's is an object
}

/// Merges the members into a body, and returns what they replace there: `a from extra_body`. An object of a native API, which the
/// body may have from other parameters, gets the members of the new one; in a chat completion the new one counts, as in OpenAI's
/// clients.
pub(crate) fn merge(
    params: &Map<String, Value>,
    body: &mut Map<String, Value>,
    is_native: bool,
) -> Vec<String> {
    let mut replaced = Vec::new();
    if let Some(members) = members(params) {
        insert_all(members, body, is_native, "", &mut replaced);
    }
    replaced
}

fn insert_all(
    members: &Map<String, Value>,
    body: &mut Map<String, Value>,
    is_deep: bool,
    parent: &str,
    replaced: &mut Vec<String>,
) {
    for (name, value) in members {
        match (body.get_mut(name), value) {
            (Some(Value::Object(known)), Value::Object(members)) if is_deep => {
                insert_all(members, known, is_deep, &format!("{parent}{name}."), replaced);
            }
            (Some(known), value) => {
                if known != value {
                    replaced.push(format!("{parent}{name} from {NAME}"));
                    *known = value.clone();
                }
            }
            (None, value) => {
                body.insert(name.clone(), value.clone());
            }
        }
    }
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

    #[test]
    fn objects_of_native_apis_keep_their_members() {
        let params = json!({ NAME: {"a": {"b": 1, "c": 2}, "d": [1], "e": 3, "f": 4} });
        let given = json!({"a": {"c": 5, "x": 6}, "d": [2], "e": 3});
        let merged = |is_native: bool| {
            let mut body = given.as_object().unwrap().clone();
            let replaced = merge(params.as_object().unwrap(), &mut body, is_native);
            (Value::from(body), replaced.join("; "))
        };
        assert_eq!(
            merged(true),
            (
                json!({"a": {"c": 2, "x": 6, "b": 1}, "d": [1], "e": 3, "f": 4}),
                "a.c from extra_body; d from extra_body".to_owned()
            )
        );
        assert_eq!(
            merged(false),
            (
                json!({"a": {"b": 1, "c": 2}, "d": [1], "e": 3, "f": 4}),
                "a from extra_body; d from extra_body".to_owned()
            )
        );
    }
}
