//! The answer: <https://ai.google.dev/api/generate-content#generatecontentresponse>.

use reqwest::header::HeaderMap;
use runtime::{ErrorCode, Hasher, ProcessorError};
use serde_json::{Map, Value};

use super::stream::Stream;
use super::{candidate, finish, grounding, usage};
use crate::failure::Failure;
use crate::native::chat::{ChatCompletion, Choice};
use crate::native::interface::{Call, NativeStream as _};
use crate::native::object::{object, put};

const TIER: &str = "x-gemini-service-tier";

/// The chat completion for an answer.
///
/// # Errors
///
/// `ERR_PROVIDER_RESPONSE` for something that is no answer of Gemini, and for a part of a stream.
pub(super) fn completion(call: &Call<'_>, answer: Value) -> Result<ChatCompletion, Failure> {
    let answer = match answer {
        Value::Array(chunks) if call.is_stream() => joined(chunks)?,
        answer => answer,
    };
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
    // a chunk without its frame looks like a whole answer
    let reasons = candidates.iter().map(|candidate| candidate.get("finishReason"));
    if call.is_stream() && !finish::is_whole(answer.get("promptFeedback"), reasons) {
        return Err(Failure::from_stream(
            "a stream that ended before its end mark; ask again",
        ));
    }
    let asks_for_function = call.params.contains_key("functions");
    let id = match completion.id.as_str() {
        "" => hash(candidates),
        id => id.to_owned(),
    };
    for (index, given) in candidates.iter().enumerate() {
        let choice = candidate::choice(given, index, &id, asks_for_function);
        completion.choices.push(choice);
    }
    if let Some(reason) = finish::block_reason(answer.get("promptFeedback")) {
        if completion.choices.is_empty() {
            completion.choices.push(blocked(reason));
        }
        for choice in &mut completion.choices {
            choice
                .finish_reason
                .get_or_insert_with(|| "content_filter".to_owned());
        }
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
        put(&mut completion.others, name, list.into_iter().cloned().collect());
    }
    if let Some(tier) = tier(&answer) {
        put(&mut completion.others, "service_tier", tier.into());
    }
    if let Some(traffic) = answer.pointer("/usageMetadata/trafficType") {
        let fields = object([("traffic_type", traffic.clone())]);
        put(&mut completion.others, "provider_specific_fields", fields);
    }
    Ok(completion)
}

/// The chunks of a stream that came as one list, as the API sends them without `alt=sse`.
///
/// # Errors
///
/// Those of [`Stream`].
fn joined(chunks: Vec<Value>) -> Result<Value, Failure> {
    let mut stream = Box::<Stream>::default();
    for chunk in chunks {
        if let Value::Object(chunk) = chunk {
            stream.add(chunk)?;
        }
    }
    Ok(stream.finish())
}

/// What stands for the id of an answer without one.
fn hash(candidates: &[Value]) -> String {
    let mut hasher = Hasher::default();
    for candidate in candidates {
        hasher.update(candidate.to_string().as_bytes());
    }
    let mut hash = hasher.finish();
    hash.truncate(24);
    hash
}

/// The tier of the answer in OpenAI's words. Vertex AI names the kind of traffic instead
/// (<https://docs.cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/GenerateContentResponse#TrafficType>).
fn tier(answer: &Value) -> Option<String> {
    let text = |path: &str| answer.pointer(path)?.as_str();
    if let Some(tier) = text("/usageMetadata/serviceTier") {
        return Some(tier_name(tier));
    }
    match text("/usageMetadata/trafficType")? {
        "ON_DEMAND_PRIORITY" => Some("priority".to_owned()),
        "ON_DEMAND_FLEX" => Some("flex".to_owned()),
        _ => None,
    }
}

/// The tier that a header names (<https://ai.google.dev/gemini-api/docs/flex-inference>).
pub(super) fn tier_of_header(headers: &HeaderMap) -> Option<String> {
    headers.get(TIER)?.to_str().ok().map(tier_name)
}

fn tier_name(tier: &str) -> String {
    let tier = tier.to_ascii_lowercase();
    if tier == "standard" {
        "default".to_owned()
    } else {
        tier
    }
}

/// The choice of a prompt that was blocked (<https://ai.google.dev/api/generate-content#PromptFeedback>).
fn blocked(reason: &str) -> Choice {
    let mut message = Map::new();
    put(&mut message, "role", "assistant".into());
    put(&mut message, "content", Value::Null);
    Choice {
        index: 0,
        message,
        finish_reason: None,
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
