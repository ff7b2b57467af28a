//! The parameters of a request: as the inputs have them, and with their secrets filled in.

use runtime::{Config, ErrorCode, Inputs, ProcessorError};
use serde_json::{Map, Value};

use crate::routes::is_provider_key;
use crate::target::Target;

/// What the body of a request is made of.
#[derive(Debug)]
pub(crate) struct Parameters {
    /// With `{"$secret":"NAME"}` as the inputs have it.
    pub(crate) written: Map<String, Value>,
    /// With the secrets themselves, if there are any.
    pub(crate) filled: Option<Map<String, Value>>,
}

impl Parameters {
    /// Takes the parameters of the inputs, in which files are replaced already.
    ///
    /// # Errors
    ///
    /// Those of [`Inputs::replace_secrets`]; `ERR_INPUTS` if a fallback would receive a secret that is meant for the service
    /// of the first model.
    pub(crate) fn take(
        inputs: &mut Inputs,
        config: &Config,
        targets: &[Target],
    ) -> Result<Self, ProcessorError> {
        if !inputs.params.values().any(has_secret) {
            let written = std::mem::take(&mut inputs.params);
            return Ok(Self {
                written,
                filled: None,
            });
        }
        if let [first, fallbacks @ ..] = targets
            && fallbacks
                .iter()
                .any(|target| !target.upstream.has_same_origin(&first.upstream))
        {
            return Err(ProcessorError::new(
                ErrorCode::Inputs,
                "/params/fallbacks leads to another service than the one that the secret in /params is meant for; leave out one of them",
            ));
        }
        let written = inputs.params.clone();
        inputs.replace_secrets(config, is_provider_key)?;
        Ok(Self {
            written,
            filled: Some(std::mem::take(&mut inputs.params)),
        })
    }
}

fn has_secret(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_secret),
        Value::Object(fields) if fields.len() == 1 && fields.contains_key("$secret") => true,
        Value::Object(fields) => fields.values().any(has_secret),
        _ => false,
    }
}
