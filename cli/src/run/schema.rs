//! `params` against the JSON Schema of their registry entry.

use documents::{ErrorCode, ProcessorRef};
use jsonschema::Validator;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::registry::schema;

/// The schema of one processor's `params`, compiled once.
pub(crate) struct ParamsSchema {
    processor_ref: ProcessorRef,
    validator: Option<Validator>,
}

impl ParamsSchema {
    /// Compiles a schema; fails with `ERR_REGISTRY` if it is not one.
    pub(crate) fn compile(processor_ref: &ProcessorRef, schema: Option<&Value>) -> Result<Self, Error> {
        let compile = |schema| {
            schema::compile(schema).map_err(|error| {
                let message = format!("inputs.schema of {processor_ref} is no JSON Schema: {error}");
                Error::new(ErrorCode::Registry, message).hint("`counterfoil registry check` tells more")
            })
        };
        Ok(Self {
            processor_ref: processor_ref.clone(),
            validator: schema.map(compile).transpose()?,
        })
    }

    /// Checks the parameters, and returns them. `ERR_INPUTS` names every violation by its JSON pointer, without any value.
    pub(crate) fn check(&self, params: Map<String, Value>) -> Result<Map<String, Value>, Error> {
        let Some(validator) = &self.validator else {
            return Ok(params);
        };
        let params = Value::Object(params);
        let violations: Vec<String> = validator
            .iter_errors(&params)
            .map(|error| format!("/params{} {}", error.instance_path(), violated(&error)))
            .collect();
        match params {
            Value::Object(params) if violations.is_empty() => Ok(params),
            _ => Err(Error::new(
                ErrorCode::Inputs,
                format!(
                    "the params do not fit the schema of {}: {}",
                    self.processor_ref,
                    violations.join("; ")
                ),
            )),
        }
    }
}

/// What is wrong, with nothing of the instance but, where a property is unknown or missing, its name.
fn violated(error: &jsonschema::ValidationError<'_>) -> String {
    match error.kind().keyword() {
        // its own message holds the name that is not allowed, unmasked
        "propertyNames" => "has a property whose name is not allowed".into(),
        _ => error.masked_with("the value").to_string(),
    }
}
