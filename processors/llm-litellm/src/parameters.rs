//! The parameters of a request: as the inputs have them, and with the secrets themselves.

mod drop_params;
pub(crate) mod extra_body;
mod judgement;
mod messages;
mod no_effect;
mod parts;
#[cfg(test)]
mod properties;
mod rules;
mod schema;
pub(crate) mod shape;
mod tool_images;

use runtime::{Config, ErrorCode, Inputs, ProcessorError};
use serde_json::{Map, Value};

use crate::routes::is_provider_key;
use crate::target::Target;
pub(crate) use drop_params::DropParams;

/// What the body of a request is made of.
#[derive(Debug)]
pub(crate) struct Parameters {
    /// With `{"$secret":"NAME"}` as the inputs have it.
    pub(crate) written: Map<String, Value>,
    /// With the secrets themselves, if there are any.
    pub(crate) filled: Option<Map<String, Value>>,
    /// What the caller leaves out for services that do not know it.
    pub(crate) drop: DropParams,
}

impl Parameters {
    /// Takes the parameters out of the inputs, whose files are replaced already.
    ///
    /// # Errors
    ///
    /// Those of [`Inputs::replace_secrets`] and [`DropParams::from_params`]; `ERR_INPUTS` if a fallback at another service
    /// would receive a secret.
    pub(crate) fn take(
        inputs: &mut Inputs,
        config: &Config,
        targets: &[Target],
    ) -> Result<Self, ProcessorError> {
        let drop = DropParams::from_params(&inputs.params)?;
        if !inputs.params.values().any(has_secret) {
            let written = std::mem::take(&mut inputs.params);
            return Ok(Self {
                written,
                filled: None,
                drop,
            });
        }
        if let [first, fallbacks @ ..] = targets
            && fallbacks
                .iter()
                .any(|target| !target.upstream.has_same_origin(&first.upstream))
        {
            return Err(ProcessorError::new(
                ErrorCode::Inputs,
                "/params/fallbacks would send the secret in /params to another service than that of /model; leave out one of them",
            ));
        }
        let written = inputs.params.clone();
        inputs.replace_secrets(config, is_provider_key)?;
        Ok(Self {
            written,
            filled: Some(std::mem::take(&mut inputs.params)),
            drop,
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
