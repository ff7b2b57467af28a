//! Thought signatures, which a conversation has to hand back for the model to go on thinking
//! (<https://ai.google.dev/gemini-api/docs/thought-signatures>). LiteLLM has them in `provider_specific_fields`, and after the
//! id of a call.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// Stands between the id of a call and its signature.
const SEPARATOR: &str = "__thought__";

/// The documented signature of a call that another model has made; the field holds base64.
pub(super) fn placeholder() -> String {
    STANDARD.encode("skip_thought_signature_validator")
}

/// The id of a call with its signature.
pub(super) fn join(id: &str, signature: Option<&str>) -> String {
    signature.map_or_else(
        || id.to_owned(),
        |signature| format!("{id}{SEPARATOR}{signature}"),
    )
}

/// The id of a call without its signature.
pub(crate) fn without(id: &str) -> &str {
    id.split_once(SEPARATOR).map_or(id, |(id, _)| id)
}

/// The signature of a call.
pub(super) fn of_call(call: &Value) -> Option<&str> {
    const FIELDS: [&str; 2] = [
        "/provider_specific_fields/thought_signature",
        "/function/provider_specific_fields/thought_signature",
    ];
    let mut fields = FIELDS.iter().filter_map(|path| call.pointer(path)?.as_str());
    let field = fields.find(|signature| !signature.is_empty());
    let id = call.get("id").and_then(Value::as_str);
    field.or_else(|| id?.split_once(SEPARATOR).map(|(_, signature)| signature))
}
