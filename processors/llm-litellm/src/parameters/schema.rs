//! Which models take a JSON schema as the form of their answers.

use serde_json::Value;

use crate::models::{self, Fact};
use crate::requested_model::RequestedModel;

/// Only the models of its list take one: <https://console.groq.com/docs/structured-outputs#supported-models>.
const GROQ: &str = "groq";
/// The name of a deployment says nothing of its model.
const AZURE: &str = "azure";

/// Whether a response format has a JSON schema, and the model does not take one.
pub(crate) fn lacks_schema(response_format: &Value, model: &RequestedModel) -> bool {
    let prefix = model.route.prefix;
    if prefix == AZURE
        || response_format
            .get("type")
            .is_none_or(|name| name != "json_schema")
    {
        return false;
    }
    let facts = models::find(prefix, &model.model);
    if prefix == GROQ {
        return !facts.is_some_and(|facts| facts.has(Fact::ResponseSchema));
    }
    facts.is_some_and(|facts| facts.supports_response_schema() == Some(false))
}
