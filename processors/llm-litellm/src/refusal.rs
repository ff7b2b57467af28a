//! Why a service refuses a request: from its error codes, else from its message.

use std::time::Duration;

use serde_json::Value;

/// What a refusal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The prompt, or the prompt with the answer, is longer than the model's context window.
    ContextWindow,
    /// The prompt or the answer violates the service's content policy.
    ContentPolicy,
    /// The account is out of credit, or closed. A retry does not help.
    Account,
    /// A quota is used up. A retry helps only if the service says when.
    Quota,
    /// The key is not valid.
    Key,
    /// Anything else, or unknown.
    Other,
}

use Refusal::{Account, ContentPolicy, ContextWindow, Key, Quota};

/// Error codes (`code`, `type`, `status` or `reason`), in lower case.
#[rustfmt::skip]
const CODES: &[(Refusal, &[&str])] = &[
    (ContextWindow, &[
        "context_length_exceeded",                                         // OpenAI, Azure, Groq, Cerebras
        "model_context_window_exceeded", "contextwindowexceedederror",     // Anthropic, LiteLLM
        "tokens_limit_reached", "exceed_context_size_error",               // Azure's models, llama.cpp
    ]),
    (ContentPolicy, &[
        "content_policy_violation", "contentpolicyviolationerror",         // OpenAI, LiteLLM
        "content_filter", "responsibleaipolicyviolation",                  // Azure, the second inside `innererror`
        "data_inspection_failed", "prohibited_content",                    // DashScope, Gemini
    ]),
    (Account, &[
        "insufficient_quota", "billing_not_active", "billing_hard_limit_reached", "account_deactivated",
        "access_terminated",                                               // OpenAI
        "billing_error", "exceeded_current_quota_error",                   // Anthropic, Moonshot
        "insufficient_user_quota", "arrearage",                            // one-api and its like, DashScope
        "budget_exceeded", "blocked_api_access",                           // LiteLLM's proxy, Groq
        "insufficient_balance", "insufficient_credits", "insufficient_funds", "credits_exhausted", "payment_required",
    ]),
    (Key, &[
        "invalid_api_key", "invalidapikey",                                // OpenAI and Groq, DashScope
        "api_key_invalid", "api_key_expired", "unauthenticated",           // Gemini, Google
        "authentication_error", "invalid_authentication_error",            // Anthropic, Moonshot
        "incorrect_api_key", "incorrect_api_key_error",
    ]),
];

/// Parts of messages, in lower case; the first that matches counts.
#[rustfmt::skip]
const MESSAGES: &[(Refusal, &[&str])] = &[
    (Account, &[
        "account is not active", "billing hard limit", "account has been deactivated",
        "account associated with this api key has been deactivated",       // OpenAI
        "account is suspended", "credit balance is too low",               // Fireworks, Anthropic
        "insufficient balance", "insufficient credit",                     // DeepSeek and Moonshot, OpenRouter
        "all available credits", "monthly spending limit",                 // xAI
        "monthly included credits", "credit limit exceeded",               // Hugging Face, Together
        "spend limit", "budget has been exceeded",                         // Groq, LiteLLM's proxy
        "insufficient_quota", "billing_not_active",                        // a proxy that passes on the message alone
        "insufficient funds", "not enough credits", "out of credits",
    ]),
    (Quota, &[
        "exceeded your current quota",                                     // OpenAI; Gemini also for limits per minute
        "check your plan and billing",
    ]),
    (Key, &[
        "api key not valid", "api key expired", "incorrect api key",       // Gemini, OpenAI, xAI
        "the token seems invalid",                                         // Hugging Face
        "invalid api key", "invalid api-key", "api key is invalid",
    ]),
    (ContextWindow, &[
        "contextwindowexceedederror",                                      // LiteLLM
        "context window",                                                  // LiteLLM, OpenAI's newer models, Ollama
        "maximum context length",                                          // OpenAI, Azure, vLLM, DeepSeek, Mistral
        "model's context length", "exceed context limit",                  // vLLM, Anthropic
        "prompt is too long", "maximum prompt length",                     // Anthropic and Fireworks, xAI
        "maximum number of tokens allowed",                                // Gemini
        "input tokens exceed the configured limit",                        // OpenAI
        "range of input length should be",                                 // DashScope
        "reduce the length of the messages", "while limit is",             // Groq and Cerebras, Cerebras
        "`inputs` tokens + `max_new_tokens` must be",                      // text-generation-inference
        "exceeds the available context size",                              // llama.cpp, LM Studio
        "maximum context limit", "maximum input length is",
    ]),
    (ContentPolicy, &[
        "contentpolicyviolationerror", "content management policy",        // LiteLLM, Azure
        "content filtering policy", "usage polic", "safety system",        // Anthropic, OpenAI
        "content exists risk", "inappropriate content",                    // DeepSeek, DashScope
        "requires moderation",                                             // OpenRouter
        "content_policy_violation", "content_filter",                      // a proxy that passes on the message alone
        "content policy",
    ]),
];

/// Where services put their codes.
const FIELDS: [&str; 5] = ["code", "type", "status", "reason", "error_code"];

/// The depth of `[{"error":{"innererror":{"code":...}}}]`, the deepest known.
const DEEPEST: usize = 5;

impl Refusal {
    /// Reads the body of an error answer, and the message in it.
    pub(crate) fn detect(body: &[u8], message: Option<&str>) -> Self {
        let json: Option<Value> = serde_json::from_slice(body).ok();
        json.as_ref()
            .and_then(|json| from_code(json, DEEPEST))
            .or_else(|| from_message(&message?.to_lowercase()))
            .unwrap_or(Self::Other)
    }

    /// Whether a retry is useless, even if the status suggests one.
    pub(crate) fn is_final(self, retry_after: Option<Duration>) -> bool {
        match self {
            Account | Key => true,
            Quota => retry_after.is_none_or(|pause| pause.is_zero()),
            ContextWindow | ContentPolicy | Self::Other => false,
        }
    }

    /// Whether another model may take the same request.
    pub(crate) const fn is_worth_a_fallback(self) -> bool {
        matches!(self, ContextWindow | Account | Quota)
    }
}

fn from_code(json: &Value, deepest: usize) -> Option<Refusal> {
    let deepest = deepest.checked_sub(1)?;
    match json {
        Value::Array(items) => items.iter().find_map(|item| from_code(item, deepest)),
        Value::Object(fields) => {
            let codes = FIELDS.iter().filter_map(|name| fields.get(*name)?.as_str());
            codes
                .map(str::to_ascii_lowercase)
                .find_map(|code| find(CODES, |known| *known == code))
                .or_else(|| fields.values().find_map(|field| from_code(field, deepest)))
        }
        _ => None,
    }
}

fn from_message(message: &str) -> Option<Refusal> {
    find(MESSAGES, |part| message.contains(part))
}

fn find(table: &[(Refusal, &[&str])], is_match: impl Fn(&str) -> bool) -> Option<Refusal> {
    let mut rows = table.iter();
    let (refusal, _) = rows.find(|(_, texts)| texts.iter().any(|text| is_match(text)))?;
    Some(*refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_distinguished() {
        use Refusal::Other;
        #[rustfmt::skip]
        let cases = [
            (r#"{"error":{"message":"no","code":"context_length_exceeded"}}"#, ContextWindow),
            (r#"{"error":{"message":"This model's maximum context length is 8192 tokens.","code":400}}"#, ContextWindow),
            (
                r#"[{"error":{"code":400,"message":"The input token count (9) exceeds the maximum number of tokens allowed (8).","status":"INVALID_ARGUMENT"}}]"#,
                ContextWindow,
            ),
            (r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9 tokens > 8 maximum"}}"#, ContextWindow),
            (r#"{"error":{"message":"litellm.ContextWindowExceededError: mock","type":null,"code":"400"}}"#, ContextWindow),
            ("maximum context length is 8", ContextWindow),
            (r#"{"error":{"code":"content_filter","message":"x","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#, ContentPolicy),
            (r#"{"error":{"message":"no","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#, ContentPolicy),
            (r#"{"error":{"message":"Content Exists Risk","type":"invalid_request_error"}}"#, ContentPolicy),
            (r#"{"error":{"message":"Your request was rejected as a result of our safety system."}}"#, ContentPolicy),
            (r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#, Account),
            (r#"{"error":{"message":"slow down","type":"requests","code":"rate_limit_exceeded"}}"#, Other),
            (r#"{"error":{"message":"Invalid 'user': string too long.","code":"string_above_max_length"}}"#, Other),
            ("<html>maximum context length</html>", Other),
            ("", Other),
        ];
        for (body, expected) in cases {
            let message = runtime::http::error_message(body.as_bytes());
            let refusal = Refusal::detect(body.as_bytes(), message.as_deref());
            assert_eq!(refusal, expected, "{body}");
        }
    }

    #[test]
    fn tables_are_in_lower_case() {
        for (_, texts) in CODES.iter().chain(MESSAGES) {
            assert!(texts.iter().all(|text| *text == text.to_lowercase()), "{texts:?}");
        }
    }
}
