//! Claude's features that a request has to ask for:
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html>.

use serde_json::{Map, Value};

const NAME: &str = "anthropic_beta";

/// Adds the features that a request needs to those that it asks for.
pub(super) fn add(fields: &mut Map<String, Value>, needed: Vec<String>) {
    let given = match fields.get(NAME) {
        Some(Value::Array(given)) => given.clone(),
        Some(Value::String(given)) => given.split(',').map(|beta| beta.trim().into()).collect(),
        Some(_) => return,
        None => Vec::new(),
    };
    let mut betas: Vec<Value> = given;
    for beta in needed {
        if !betas.iter().any(|known| known == beta.as_str()) {
            betas.push(beta.into());
        }
    }
    if !betas.is_empty() {
        fields.insert(NAME.to_owned(), betas.into());
    }
}
