//! The names of parameters: the caller's are in snake case, the API's in camel case.

use runtime::{ErrorCode, ProcessorError};

/// The members of `generationConfig` (<https://ai.google.dev/api/generate-content#generationconfig>, and Vertex's own:
/// <https://cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/GenerationConfig>).
const CONFIG: [&str; 25] = [
    "audioTimestamp",
    "candidateCount",
    "enableAffectiveDialog",
    "enableEnhancedCivicAnswers",
    "frequencyPenalty",
    "imageConfig",
    "logprobs",
    "maxOutputTokens",
    "mediaResolution",
    "modelSelectionConfig",
    "presencePenalty",
    "responseFormat",
    "responseJsonSchema",
    "responseLogprobs",
    "responseMimeType",
    "responseModalities",
    "responseSchema",
    "routingConfig",
    "seed",
    "speechConfig",
    "stopSequences",
    "temperature",
    "thinkingConfig",
    "topK",
    "topP",
];

/// The members of the request itself that a caller may give
/// (<https://ai.google.dev/api/generate-content#request-body>).
const MEMBERS: [&str; 5] = [
    "cachedContent",
    "continuationToken",
    "labels",
    "safetySettings",
    "serviceTier",
];

/// Where a parameter belongs.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// `generationConfig`.
    Config,
    /// The request.
    Request,
}

/// The API's name of a parameter that it knows by the same name, and where it belongs.
pub(super) fn find(name: &str) -> Option<(String, Place)> {
    let name = camel_case(name);
    if CONFIG.contains(&name.as_str()) {
        Some((name, Place::Config))
    } else if MEMBERS.contains(&name.as_str()) {
        Some((name, Place::Request))
    } else {
        None
    }
}

/// `top_k` is `topK`.
pub(super) fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}

/// The error of a parameter, or of a part of one.
pub(super) fn wrong(path: &str, what: &str) -> ProcessorError {
    ProcessorError::new(ErrorCode::Inputs, format!("/params/{path} {what}"))
}
