//! How many tokens a request lets an answer have, in each API.

use serde_json::Value;

/// Where the limit stands: chat completions, Anthropic and the Responses API; Gemini; Bedrock; Ollama.
const PLACES: [&str; 6] = [
    "/max_completion_tokens",
    "/max_tokens",
    "/max_output_tokens",
    "/generationConfig/maxOutputTokens",
    "/inferenceConfig/maxTokens",
    "/options/num_predict",
];

/// The limit of one answer. Ollama has negative numbers for none.
pub(super) fn find(body: &Value) -> Option<u64> {
    let mut limits = PLACES.iter().filter_map(|place| body.pointer(place)?.as_u64());
    limits.next()
}
