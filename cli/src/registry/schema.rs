//! The JSON Schema of an entry's `params`.

use jsonschema::{Draft, ValidationError, Validator};
use serde_json::Value;

/// Compiles a schema (JSON Schema 2020-12, where it does not say another); nothing is fetched.
///
/// # Errors
///
/// The first place where it is no schema.
pub(crate) fn compile(schema: &Value) -> Result<Validator, ValidationError<'static>> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .offline()
        .build(schema)
        .map_err(ValidationError::to_owned)
}
