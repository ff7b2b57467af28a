//! The answer: <https://ai.google.dev/api/generate-content#generatecontentresponse>.

use runtime::{ErrorCode, ProcessorError};
use serde_json::{Map, Value, json};

use super::{candidate, grounding, usage};
use crate::failure::Failure;
use crate::native::chat::{ChatCompletion, Choice};
use crate::native::interface::Call;

/// The chat completion for an answer.
///
/// # Errors
///
/// `ERR_PROVIDER_RESPONSE` for something that is no answer of Gemini.
pub(super) fn completion(call: &Call<'_>, answer: Value) -> Result<ChatCompletion, Failure> {
    let is_answer = ["candidates", "promptFeedback", "usageMetadata"]
        .iter()
        .any(|name| answer.get(*name).is_some_and(|value| !value.is_null()));
    if !is_answer {
        let message = "the provider answered with no candidates; check its address and the model";
        return Err(ProcessorError::new(ErrorCode::ProviderResponse, message).into());
    }
    let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default();
    let version = text("modelVersion").split('@').next().unwrap_or_default();
    let mut completion = ChatCompletion::new(if version.is_empty() { call.model } else { version });
    text("responseId").clone_into(&mut completion.id);
    let candidates = answer.get("candidates").and_then(Value::as_array);
    let candidates = candidates.map(Vec::as_slice).unwrap_or_default();
    let asks_for_function = call.params.contains_key("functions");
    let choices = candidates.iter().enumerate();
    completion.choices = choices
        .map(|(index, given)| candidate::choice(given, index, &completion.id, asks_for_function))
        .collect();
    if let Some(reason) = answer.pointer("/promptFeedback/blockReason") {
        completion.choices = vec![blocked(reason)];
    }
    let metadata = grounding::all(candidates, "groundingMetadata");
    completion.usage = answer.get("usageMetadata").map_or(Value::Null, |given| {
        usage::usage(given, &grounding::requests(&metadata))
    });
    let lists = [
        ("vertex_ai_grounding_metadata", metadata),
        (
            "vertex_ai_url_context_metadata",
            grounding::all(candidates, "urlContextMetadata"),
        ),
        ("vertex_ai_safety_results", safety(candidates)),
        (
            "vertex_ai_citation_metadata",
            grounding::all(candidates, "citationMetadata"),
        ),
    ];
    for (name, list) in lists {
        completion
            .others
            .insert(name.to_owned(), list.into_iter().cloned().collect());
    }
    if let Some(tier) = answer
        .pointer("/usageMetadata/serviceTier")
        .and_then(Value::as_str)
    {
        let tier = tier.to_ascii_lowercase();
        let tier = if tier == "standard" {
            "default"
        } else {
            tier.as_str()
        };
        completion.others.insert("service_tier".to_owned(), tier.into());
    }
    if let Some(traffic) = answer.pointer("/usageMetadata/trafficType") {
        let fields = json!({ "traffic_type": traffic });
        completion
            .others
            .insert("provider_specific_fields".to_owned(), fields);
    }
    Ok(completion)
}

/// The choice of a prompt that was blocked (<https://ai.google.dev/api/generate-content#PromptFeedback>).
fn blocked(reason: &Value) -> Choice {
    let mut message = Map::new();
    message.insert("role".to_owned(), "assistant".into());
    message.insert("content".to_owned(), Value::Null);
    Choice {
        index: 0,
        message,
        finish_reason: Some("content_filter".to_owned()),
        others: candidate::native_reason(reason),
    }
}

/// The list of ratings of each candidate.
fn safety(candidates: &[Value]) -> Vec<&Value> {
    candidates
        .iter()
        .filter_map(|candidate| candidate.get("safetyRatings"))
        .collect()
}
