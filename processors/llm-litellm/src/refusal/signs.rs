//! The error codes and the messages by which services say why they refuse a request.
//!
//! Sources: the services' documentation (Anthropic <https://docs.claude.com/en/api/errors>, Gemini
//! <https://ai.google.dev/gemini-api/docs/troubleshooting>, OpenAI <https://platform.openai.com/docs/guides/error-codes>, Bedrock
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html>, Azure
//! <https://learn.microsoft.com/azure/foundry/openai/how-to/troubleshoot-errors>, DashScope
//! <https://help.aliyun.com/en/model-studio/error-code>) and public reports of what they really send.

/// The signs of one kind of refusal, in lower case.
#[derive(Debug)]
pub(super) struct Signs {
    /// Whole error codes: `code`, `type`, `status`, `reason`, or the name of an AWS exception.
    pub(super) codes: &'static [&'static str],
    /// Parts of messages.
    pub(super) messages: &'static [&'static str],
}

#[rustfmt::skip]
pub(super) const CONTEXT_WINDOW: Signs = Signs {
    codes: &[
        "context_length_exceeded",                                         // OpenAI, Azure, Groq, Cerebras
        "model_context_window_exceeded", "contextwindowexceedederror",     // Anthropic, LiteLLM
        "tokens_limit_reached", "exceed_context_size_error",               // Azure's models, llama.cpp
    ],
    messages: &[
        "contextwindowexceedederror",                                      // LiteLLM
        "context window",                                                  // LiteLLM, OpenAI's newer models, Ollama, MiniMax
        "maximum context length", "maximum model length",                  // OpenAI, Azure, vLLM, DeepSeek, Mistral
        "model's context length", "exceed context limit",                  // vLLM, Anthropic
        "exceeds the context length", "exceeded max context length",       // Ollama
        "prompt is too long", "maximum prompt length",                     // Anthropic and Fireworks, xAI
        "input is too long", "too many input tokens", "input too long:",   // Bedrock
        "expected maxlength:",                                             // Bedrock
        "too many tokens:", "prompt has too many tokens",                  // Cohere, AI21; Bedrock's "too many tokens, please wait" is a limit
        "maximum number of tokens allowed",                                // Gemini
        "input tokens exceed the configured limit",                        // OpenAI
        "range of input length should be",                                 // DashScope
        "prompt exceeds max length", "input token length too long",        // Z.AI, Moonshot
        "exceeded model token limit", "exceed max message tokens",         // Moonshot, Volcengine
        "reduce the length of the messages", "while limit is",             // Groq and Cerebras, Cerebras
        "`inputs` tokens + `max_new_tokens` must be", "`inputs` must have less than", // text-generation-inference
        "length limit exceeded",                                           // Hugging Face
        "exceeds the available context size",                              // llama.cpp, LM Studio
        "maximum context limit", "maximum input length is",
    ],
};

/// The request is larger than the service, or a limit per minute, ever takes.
#[rustfmt::skip]
pub(super) const TOO_LARGE: Signs = Signs {
    codes: &["request_too_large"],                                         // Anthropic
    messages: &[
        "request too large",                                               // OpenAI, Groq: more tokens than a minute has
        "request payload size exceeds", "payload too large",               // Gemini
        "request exceeds the maximum size", "request entity too large",    // Anthropic, servers in front
    ],
};

#[rustfmt::skip]
pub(super) const CONTENT_POLICY: Signs = Signs {
    codes: &[
        "content_policy_violation", "contentpolicyviolationerror",         // OpenAI, LiteLLM
        "image_content_policy_violation", "cyber_policy",                  // OpenAI
        "content_filter", "responsibleaipolicyviolation",                  // Azure, the second inside `innererror`
        "data_inspection_failed", "datainspectionfailed",                  // DashScope
        "prohibited_content",                                              // Gemini
    ],
    messages: &[
        "contentpolicyviolationerror", "content management policy",        // LiteLLM, Azure
        "content filtering policy", "usage polic", "safety system",        // Anthropic, OpenAI
        "usage guidelines", "the response was blocked",                    // xAI, Vertex
        "content exists risk", "inappropriate content",                    // DeepSeek, DashScope
        "requires moderation", "sensitive content",                        // OpenRouter, Volcengine
        "content_policy_violation", "content_filter",                      // a proxy that passes on the message alone
        "content policy",
    ],
};

#[rustfmt::skip]
pub(super) const ACCOUNT: Signs = Signs {
    codes: &[
        "insufficient_quota", "billing_not_active", "billing_hard_limit_reached", "account_deactivated",
        "access_terminated", "credit_balance_exhausted", "organization_usage_limit_exceeded",
        "organization_spend_limit_exceeded", "project_spend_limit_exceeded", // OpenAI
        "billing_error", "enforced_spend_limit_reached",                   // Anthropic, the second inside `details`
        "billing_disabled",                                                // Google
        "exceeded_current_quota_error",                                    // Moonshot
        "insufficient_user_quota", "arrearage",                            // one-api and its like, DashScope
        "budget_exceeded", "blocked_api_access",                           // LiteLLM's proxy, Groq
        "accountoverdueerror", "not_enough_balance",                       // Volcengine, Novita
        "insufficient_balance", "insufficient_credits", "insufficient_funds", "credits_exhausted", "payment_required",
    ],
    messages: &[
        "account is not active", "billing hard limit", "account has been deactivated",
        "account associated with this api key has been deactivated",       // OpenAI
        "account is suspended", "credit balance is too low",               // Fireworks, Anthropic
        "reached your specified api usage limits",                         // Anthropic
        "reached your specified workspace api usage limits",               // Anthropic
        "prepayment credits", "requires billing to be enabled",            // Gemini, Google
        "insufficient balance", "insufficient credit",                     // DeepSeek and Moonshot, OpenRouter
        "key limit exceeded",                                              // OpenRouter
        "all available credits", "monthly spending limit",                 // xAI
        "monthly included credits", "credit limit exceeded",               // Hugging Face, Together
        "spend limit", "budget has been exceeded",                         // Groq, LiteLLM's proxy
        "insufficient_quota", "billing_not_active",                        // a proxy that passes on the message alone
        "insufficient funds", "not enough credits", "out of credits", "invalid_payment_instrument",
    ],
};

#[rustfmt::skip]
pub(super) const QUOTA: Signs = Signs {
    codes: &[],
    messages: &[
        "exceeded your current quota",                                     // OpenAI; Gemini also for limits per minute
        "check your plan and billing",
    ],
};

#[rustfmt::skip]
pub(super) const DAILY_QUOTA: Signs = Signs {
    codes: &[],
    messages: &[
        ", limit: 0,", ", limit: 0\n",                                     // Gemini: the model is not in the free tier
    ],
};

#[rustfmt::skip]
pub(super) const KEY: Signs = Signs {
    codes: &[
        "invalid_api_key", "invalidapikey",                                // OpenAI and Groq, DashScope
        "api_key_invalid", "api_key_expired", "unauthenticated",           // Gemini, Google
        "authentication_error", "invalid_authentication_error",            // Anthropic, Moonshot
        "incorrect_api_key", "incorrect_api_key_error",
        "unrecognizedclientexception", "expiredtokenexception", "invalidsignatureexception", "incompletesignature",
        "incompletesignatureexception", "invalidclienttokenid", "missingauthenticationtokenexception",
        "missingauthenticationtoken", "notauthorized", "requestexpired",   // AWS
    ],
    messages: &[
        "api key not valid", "api key expired", "incorrect api key",       // Gemini, OpenAI, xAI
        "missing a valid api key",                                         // Google
        "the token seems invalid",                                         // Hugging Face
        "security token included in the request",                          // AWS: is invalid, is expired
        "invalid api key", "invalid api-key", "api key is invalid", "invalid x-api-key", "no api key provided",
    ],
};

/// The service is not offered where the request comes from.
#[rustfmt::skip]
pub(super) const LOCATION: Signs = Signs {
    codes: &["unsupported_country_region_territory"],                      // OpenAI
    messages: &[
        "country, region, or territory", "unsupported countr",             // OpenAI, Bedrock
        "user location is not supported", "not available in your country", // Gemini
        "your location is not supported", "request not allowed", "app unavailable in region", // Google, Anthropic
        "denied from your location", "from your country is",
        "not available in your region", "not supported in your region",
        "not supported in your country", "your country is not supported", "region is not supported",
        "error code: 1009",                                                // Cloudflare
    ],
};

/// The account, or its key, lacks a right: a model, an API, a role.
#[rustfmt::skip]
pub(super) const ACCESS: Signs = Signs {
    codes: &[
        "model_permission_blocked_project", "model_permission_blocked_org", // Groq
        "iam_permission_denied", "service_disabled",                       // Google
        "ftuformnotfilled", "accessdenied.unpurchased",                    // Bedrock, DashScope
        "key_model_access_denied", "team_model_access_denied",             // LiteLLM's proxy
    ],
    messages: &[
        "not have access to model", "have access to the model", "not allowed to access model", // OpenAI, Bedrock, LiteLLM's proxy
        "not allowed to sample from this model",                           // OpenAI
        "is not authorized to perform", "model use case details",          // AWS
        "does not have access to api", "has not been used in project",     // Azure, Google
        "project has been denied access", "' denied on resource",          // Google
        "matching your data policy", "matching your guardrail restrictions", // OpenRouter
    ],
};

/// A firewall in front of the service refuses the request.
#[rustfmt::skip]
pub(super) const NETWORK: Signs = Signs {
    codes: &["ip_not_authorized"],                                         // OpenAI
    messages: &[
        "virtual network/firewall", "public access is disabled",           // Azure
        "ip not authorized", "ip is not authorized", "ip address is not allowed",
        "error code: 1010", "error code: 1020", "access denied | ",        // Cloudflare
        "access denied. please check your network settings",               // Groq
    ],
};

/// Cloudflare's pages, by their numbers
/// (<https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-1xxx-errors/>).
pub(super) const LOCATION_PAGES: [&str; 1] = ["1009"];
pub(super) const NETWORK_PAGES: [&str; 5] = ["1006", "1007", "1008", "1010", "1020"];
