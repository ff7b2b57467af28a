//! The parameters that a caller leaves out for services that do not know them, as in LiteLLM.

use std::borrow::Cow;

use runtime::{ErrorCode, ProcessorError};
use serde_json::{Map, Value};

/// Leaves out what a service does not take.
const ALL: &str = "drop_params";
/// Leaves out these, whatever the service takes.
const NAMED: &str = "additional_drop_params";

/// The members of the parameters that are only for this choice.
pub(crate) const NAMES: [&str; 2] = [ALL, NAMED];

/// A caller's choice: <https://docs.litellm.ai/docs/completion/drop_params>.
#[derive(Debug, Default)]
pub(crate) struct DropParams {
    /// Whether to leave out all that a service does not take.
    pub(crate) is_for_all: bool,
    names: Vec<String>,
}

impl DropParams {
    /// Reads the choice; `null` counts as absent.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` that names the parameter.
    pub(crate) fn from_params(params: &Map<String, Value>) -> Result<Self, ProcessorError> {
        let wrong = |what: &str| ProcessorError::new(ErrorCode::Inputs, what);
        let is_for_all = match params.get(ALL) {
            None | Some(Value::Null) => false,
            Some(value) => value
                .as_bool()
                .ok_or_else(|| wrong("/params/drop_params is neither true nor false"))?,
        };
        let names: Vec<String> = match params.get(NAMED) {
            None | Some(Value::Null) => Vec::new(),
            Some(value) => serde_json::from_value(value.clone()).map_err(|_| {
                wrong(r#"/params/additional_drop_params is not a list of parameters, such as ["seed"]"#)
            })?,
        };
        if names.iter().any(|name| name.contains(['.', '['])) {
            return Err(wrong(
                "/params/additional_drop_params names a part of a parameter; leave out that part itself",
            ));
        }
        Ok(Self { is_for_all, names })
    }

    /// The parameters that the caller does not name.
    pub(crate) fn kept<'a>(&self, params: &'a Map<String, Value>) -> Cow<'a, Map<String, Value>> {
        if self.names.is_empty() {
            return Cow::Borrowed(params);
        }
        let kept = params.iter().filter(|(name, _)| !self.has(name));
        Cow::Owned(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    /// Whether the caller names this parameter.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn drop(params: Value) -> Result<DropParams, ProcessorError> {
        DropParams::from_params(params.as_object().unwrap())
    }

    #[test]
    fn a_choice_is_read() {
        for params in [
            json!({}),
            json!({"drop_params": null, "additional_drop_params": null}),
        ] {
            let drop = drop(params).unwrap();
            assert!(!drop.is_for_all && !drop.has("seed"));
        }
        let drop = drop(json!({"drop_params": true, "additional_drop_params": ["seed"]})).unwrap();
        assert!(drop.is_for_all && drop.has("seed") && !drop.has("n"));
    }

    #[test]
    fn wrong_choices_are_named() {
        for (name, value) in [
            ("drop_params", json!("true")),
            ("additional_drop_params", json!("seed")),
            ("additional_drop_params", json!([7])),
            ("additional_drop_params", json!(["tools[*].strict"])),
        ] {
            let error = drop(json!({ name: value })).unwrap_err();
            assert_eq!(error.code(), ErrorCode::Inputs);
            assert!(
                error.message().starts_with(&format!("/params/{name} ")),
                "{error}"
            );
        }
    }
}
