//! The parameters of a request: as the inputs have them, and with the secrets themselves.

mod drop_params;
pub(crate) mod extra_body;
mod form;
mod history;
mod judgement;
mod messages;
pub(crate) mod no_effect;
mod parts;
#[cfg(test)]
mod properties;
mod reasoning;
pub(crate) mod rules;
mod schema;
pub(crate) mod shape;
mod tool_images;
mod tools;

use std::borrow::Cow;

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

    /// Those without the secrets, as an API can read them: one that converts messages expects a string wherever a secret is.
    pub(crate) fn readable(&self, is_native: bool) -> Cow<'_, Map<String, Value>> {
        if is_native && self.filled.is_some() {
            Cow::Owned(with_names(&self.written))
        } else {
            Cow::Borrowed(&self.written)
        }
    }
}

fn has_secret(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_secret),
        Value::Object(fields) if is_secret(fields) => true,
        Value::Object(fields) => fields.values().any(has_secret),
        _ => false,
    }
}

fn is_secret(fields: &Map<String, Value>) -> bool {
    fields.len() == 1 && fields.contains_key("$secret")
}

/// The parameters with the JSON of `{"$secret":"NAME"}` as a string, like the secret itself.
fn with_names(params: &Map<String, Value>) -> Map<String, Value> {
    let fields = params.iter();
    fields
        .map(|(name, value)| (name.clone(), with_name(value)))
        .collect()
}

fn with_name(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(with_name).collect(),
        Value::Object(fields) if is_secret(fields) => value.to_string().into(),
        Value::Object(fields) => with_names(fields).into(),
        other => other.clone(),
    }
}
