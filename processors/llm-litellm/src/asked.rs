//! The parameters as a service is asked with them: as they are written, and with their secrets filled in.

use runtime::{Config, ErrorCode, Inputs, ProcessorError};
use serde_json::{Map, Value};

use crate::routes::is_providers_key;
use crate::target::Target;

/// What the body of a request is made of.
#[derive(Debug)]
pub(crate) struct Asked {
    /// With `{"$secret":"NAME"}` as the inputs have it.
    pub(crate) written: Map<String, Value>,
    /// With the secrets in its place, where there are any.
    pub(crate) filled: Option<Map<String, Value>>,
}

impl Asked {
    /// Takes the parameters of the inputs, whose files have to be there already.
    ///
    /// # Errors
    ///
    /// Those of [`Inputs::replace_secrets`]; `ERR_INPUTS` where a fallback would see a secret that is meant for the first
    /// model's service.
    pub(crate) fn of(
        inputs: &mut Inputs,
        config: &Config,
        targets: &[Target],
    ) -> Result<Self, ProcessorError> {
        if !inputs.params.values().any(names_a_secret) {
            let written = std::mem::take(&mut inputs.params);
            return Ok(Self {
                written,
                filled: None,
            });
        }
        let mut targets = targets.iter();
        let first = targets.next();
        let goes_elsewhere =
            |target: &Target| first.is_some_and(|first| !target.upstream.is_at_host_of(&first.upstream));
        if targets.any(goes_elsewhere) {
            return Err(ProcessorError::new(
                ErrorCode::Inputs,
                "/params/fallbacks leads to another service than the one that the secret in /params is meant for; leave out one of them",
            ));
        }
        let written = inputs.params.clone();
        inputs.replace_secrets(config, is_providers_key)?;
        Ok(Self {
            written,
            filled: Some(std::mem::take(&mut inputs.params)),
        })
    }
}

fn names_a_secret(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(names_a_secret),
        Value::Object(fields) if fields.len() == 1 && fields.contains_key("$secret") => true,
        Value::Object(fields) => fields.values().any(names_a_secret),
        _ => false,
    }
}
