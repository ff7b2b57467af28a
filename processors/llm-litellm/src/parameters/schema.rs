//! Which models take a JSON schema as the form of their answers.

use serde_json::Value;

use super::rules::{Rule, Rules};
use crate::models;
use crate::requested_model::RequestedModel;

/// The rule for the schema of a model whose facts do not say it.
const RULE: &str = ".schema";
/// The name of a deployment says nothing of its model.
const AZURE: &str = "azure";

/// Whether a response format has a JSON schema, and the model does not take one.
pub(crate) fn lacks_schema(response_format: &Value, model: &RequestedModel, rules: &Rules) -> bool {
    let prefix = model.route.prefix;
    let kind = response_format.get("type");
    if kind.is_none_or(|name| name != "json_schema") {
        return false;
    }
    let facts = models::find(prefix, &model.model).filter(|_| prefix != AZURE);
    let facts = facts.and_then(|facts| facts.supports_response_schema());
    let mut rules = rules.of(RULE);
    facts.map_or_else(
        || rules.any(|named| named.rule == Rule::Unknown),
        |is_known| !is_known,
    )
}
