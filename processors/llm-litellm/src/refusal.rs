//! Why a service refuses a request, where another request would fare better: told by its codes, else by its words.

use std::time::Duration;

use serde_json::Value;

/// What a refusal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The prompt, or the prompt with the answer, is longer than the model's context window.
    ContextWindow,
    /// Prompt or answer are against the service's content policy.
    ContentPolicy,
    /// The account has run out of what it has paid for, or is shut: no use to come back soon.
    Account,
    /// A quota is used up: no use to come back, unless the service says when.
    Quota,
    /// The key is not valid.
    Key,
    /// Anything else, or not told.
    Other,
}

use Refusal::{Account, ContentPolicy, ContextWindow, Key, Quota};

/// As `code`, `type`, `status` or `reason`, in lower case.
const CODES: &[(&str, Refusal)] = &[
    ("context_length_exceeded", ContextWindow), // OpenAI, Azure, Groq, Cerebras
    ("model_context_window_exceeded", ContextWindow), // Anthropic
    ("contextwindowexceedederror", ContextWindow), // LiteLLM
    ("tokens_limit_reached", ContextWindow),    // Azure's models
    ("exceed_context_size_error", ContextWindow), // llama.cpp
    ("content_filter", ContentPolicy),          // Azure
    ("content_policy_violation", ContentPolicy), // OpenAI
    ("responsibleaipolicyviolation", ContentPolicy), // Azure, inside of `innererror`
    ("contentpolicyviolationerror", ContentPolicy), // LiteLLM
    ("data_inspection_failed", ContentPolicy),  // DashScope
    ("prohibited_content", ContentPolicy),      // Gemini
    ("insufficient_quota", Account),            // OpenAI
    ("billing_not_active", Account),            // OpenAI
    ("billing_hard_limit_reached", Account),    // OpenAI
    ("account_deactivated", Account),           // OpenAI
    ("access_terminated", Account),             // OpenAI
    ("billing_error", Account),                 // Anthropic
    ("exceeded_current_quota_error", Account),  // Moonshot
    ("insufficient_balance", Account),
    ("insufficient_credits", Account),
    ("insufficient_funds", Account),
    ("insufficient_user_quota", Account), // one-api and its like
    ("credits_exhausted", Account),
    ("payment_required", Account),
    ("arrearage", Account),          // DashScope
    ("budget_exceeded", Account),    // LiteLLM's proxy
    ("blocked_api_access", Account), // Groq
    ("api_key_invalid", Key),        // Gemini
    ("api_key_expired", Key),        // Gemini
    ("invalid_api_key", Key),        // OpenAI, Groq
    ("invalidapikey", Key),          // DashScope
    ("incorrect_api_key", Key),
    ("incorrect_api_key_error", Key),
    ("invalid_authentication_error", Key), // Moonshot
    ("authentication_error", Key),         // Anthropic
    ("unauthenticated", Key),              // Google
];

/// In what a service says for people, in lower case.
const WORDS: &[(&str, Refusal)] = &[
    ("insufficient_quota", Account), // a proxy that hands on the words alone
    ("billing_not_active", Account),
    ("account is not active", Account),        // OpenAI
    ("billing hard limit", Account),           // OpenAI
    ("account has been deactivated", Account), // OpenAI
    (
        "account associated with this api key has been deactivated",
        Account,
    ), // OpenAI
    ("account is suspended", Account),         // Fireworks
    ("credit balance is too low", Account),    // Anthropic
    ("insufficient balance", Account),         // DeepSeek, Moonshot
    ("insufficient credit", Account),          // OpenRouter
    ("insufficient funds", Account),
    ("not enough credits", Account),
    ("out of credits", Account),
    ("all available credits", Account),     // xAI
    ("monthly spending limit", Account),    // xAI
    ("monthly included credits", Account),  // Hugging Face
    ("credit limit exceeded", Account),     // Together
    ("spend limit", Account),               // Groq
    ("budget has been exceeded", Account),  // LiteLLM's proxy
    ("exceeded your current quota", Quota), // OpenAI, and Gemini also for what is per minute
    ("check your plan and billing", Quota),
    ("api key not valid", Key), // Gemini
    ("api key expired", Key),   // Gemini
    ("incorrect api key", Key), // OpenAI, xAI
    ("invalid api key", Key),
    ("invalid api-key", Key),
    ("api key is invalid", Key),
    ("the token seems invalid", Key),              // Hugging Face
    ("contextwindowexceedederror", ContextWindow), // LiteLLM
    ("context window", ContextWindow),             // LiteLLM, OpenAI's newer models, Ollama
    ("maximum context length", ContextWindow), // OpenAI, Azure, vLLM, DeepSeek, Together, OpenRouter, Mistral
    ("model's context length", ContextWindow), // vLLM
    ("maximum context limit", ContextWindow),
    ("exceed context limit", ContextWindow), // Anthropic, prompt and answer together
    ("prompt is too long", ContextWindow),   // Anthropic, Fireworks
    ("maximum prompt length", ContextWindow), // xAI
    ("maximum number of tokens allowed", ContextWindow), // Gemini
    ("input tokens exceed the configured limit", ContextWindow), // OpenAI
    ("maximum input length is", ContextWindow),
    ("range of input length should be", ContextWindow), // DashScope
    ("reduce the length of the messages", ContextWindow), // Groq, Cerebras
    ("while limit is", ContextWindow),                  // Cerebras
    ("`inputs` tokens + `max_new_tokens` must be", ContextWindow), // text-generation-inference
    ("exceeds the available context size", ContextWindow), // llama.cpp, LM Studio
    ("contentpolicyviolationerror", ContentPolicy),     // LiteLLM
    ("content_policy_violation", ContentPolicy),
    ("content_filter", ContentPolicy), // a proxy that hands on the words alone
    ("content management policy", ContentPolicy), // Azure
    ("content policy", ContentPolicy),
    ("content filtering policy", ContentPolicy), // Anthropic
    ("usage polic", ContentPolicy),              // OpenAI: "usage policy", "usage policies"
    ("safety system", ContentPolicy),            // OpenAI
    ("content exists risk", ContentPolicy),      // DeepSeek
    ("inappropriate content", ContentPolicy),    // DashScope
    ("requires moderation", ContentPolicy),      // OpenRouter
];

/// Where services put their codes.
const FIELDS: [&str; 5] = ["code", "type", "status", "reason", "error_code"];

/// `[{"error":{"innererror":{"code":...}}}]` is as deep as it gets.
const DEEPEST: usize = 5;

impl Refusal {
    /// Reads the body of an answer that tells of an error, and the sentence in it.
    pub(crate) fn of(body: &[u8], sentence: Option<&str>) -> Self {
        let json: Option<Value> = serde_json::from_slice(body).ok();
        json.as_ref()
            .and_then(|json| by_code(json, DEEPEST))
            .or_else(|| by_words(&sentence?.to_lowercase()))
            .unwrap_or(Self::Other)
    }

    /// Whether there is no use in asking again, though the status says that it may pass; `told` is the pause that the service asks
    /// for.
    pub(crate) fn is_final(self, told: Option<Duration>) -> bool {
        match self {
            Account | Key => true,
            Quota => told.is_none_or(|pause| pause.is_zero()),
            ContextWindow | ContentPolicy | Self::Other => false,
        }
    }

    /// Whether another model may take the same request.
    pub(crate) const fn is_worth_a_fallback(self) -> bool {
        matches!(self, ContextWindow | Account | Quota)
    }
}

fn by_code(json: &Value, deepest: usize) -> Option<Refusal> {
    let deepest = deepest.checked_sub(1)?;
    match json {
        Value::Array(items) => items.iter().find_map(|item| by_code(item, deepest)),
        Value::Object(fields) => {
            let codes = FIELDS.iter().filter_map(|name| fields.get(*name)?.as_str());
            codes
                .map(str::to_ascii_lowercase)
                .find_map(|code| Some(CODES.iter().find(|(known, _)| *known == code)?.1))
                .or_else(|| fields.values().find_map(|field| by_code(field, deepest)))
        }
        _ => None,
    }
}

fn by_words(sentence: &str) -> Option<Refusal> {
    let (_, refusal) = WORDS.iter().find(|(words, _)| sentence.contains(words))?;
    Some(*refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_apart() {
        use Refusal::Other;
        for (body, expected) in [
            (
                r#"{"error":{"message":"no","code":"context_length_exceeded"}}"#,
                ContextWindow,
            ),
            (
                r#"{"error":{"message":"This model's maximum context length is 8192 tokens.","code":400}}"#,
                ContextWindow,
            ),
            (
                r#"[{"error":{"code":400,"message":"The input token count (9) exceeds the maximum number of tokens allowed (8).","status":"INVALID_ARGUMENT"}}]"#,
                ContextWindow,
            ),
            (
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9 tokens > 8 maximum"}}"#,
                ContextWindow,
            ),
            (
                r#"{"error":{"message":"litellm.ContextWindowExceededError: mock","type":null,"code":"400"}}"#,
                ContextWindow,
            ),
            ("maximum context length is 8", ContextWindow),
            (
                r#"{"error":{"code":"content_filter","message":"x","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
                ContentPolicy,
            ),
            (
                r#"{"error":{"message":"no","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
                ContentPolicy,
            ),
            (
                r#"{"error":{"message":"Content Exists Risk","type":"invalid_request_error"}}"#,
                ContentPolicy,
            ),
            (
                r#"{"error":{"message":"Your request was rejected as a result of our safety system."}}"#,
                ContentPolicy,
            ),
            (
                r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#,
                Account,
            ),
            (
                r#"{"error":{"message":"slow down","type":"requests","code":"rate_limit_exceeded"}}"#,
                Other,
            ),
            (
                r#"{"error":{"message":"Invalid 'user': string too long.","code":"string_above_max_length"}}"#,
                Other,
            ),
            ("<html>maximum context length</html>", Other),
            ("", Other),
        ] {
            let sentence = runtime::http::sentence(body.as_bytes());
            assert_eq!(
                Refusal::of(body.as_bytes(), sentence.as_deref()),
                expected,
                "{body}"
            );
        }
    }

    #[test]
    fn what_is_looked_for_is_in_lower_case() {
        for (text, _) in CODES.iter().chain(WORDS) {
            assert_eq!(*text, text.to_lowercase());
        }
    }
}
