//! The status that the body of an error stands for, where that of the answer is another one.

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::refusal::bare_code;

/// Where AWS puts the name of an exception, if not into the body.
const AWS_ERROR_TYPE: &str = "x-amzn-errortype";

/// The status that an error inside a successful answer stands for.
pub(super) struct NamedStatus {
    pub(super) status: StatusCode,
    /// Whether the error gives it as a number.
    pub(super) is_number: bool,
}

/// The words with which services name errors, in lower case, by the status that they stand for.
#[rustfmt::skip]
const WORDS: &[(u16, &[&str])] = &[
    (400, &[
        "invalid_request_error", "invalid_argument", "failed_precondition",      // OpenAI and Anthropic, Gemini
        "invalid_prompt", "bad_request",                                         // OpenAI's Responses
    ]),
    (401, &["authentication_error", "authenticationerror", "unauthenticated", "invalid_api_key"]),
    (402, &["billing_error", "payment_required"]),
    (403, &["permission_error", "permission_denied", "permissiondeniederror"]),
    (404, &["not_found_error", "notfounderror", "model_not_found", "not_found"]),
    (413, &["request_too_large"]),
    (429, &[
        "rate_limit_exceeded", "insufficient_quota",                             // OpenAI, Groq
        "rate_limit_error", "ratelimiterror",                                    // Anthropic, LiteLLM
        "resource_exhausted",                                                    // Gemini
        "rate_limit_reached_error",                                              // Moonshot
        "service_tier_capacity_exceeded",                                        // Mistral
        "throttling", "throttling.ratequota", "throttling.allocationquota", "limit_requests", // DashScope
        "rate_limited", "rate_limit", "too_many_requests",
    ]),
    (498, &["capacity_exceeded"]),                                               // Groq
    (500, &[
        "server_error", "api_error", "internal",                                 // OpenAI, Anthropic, Gemini
        "internalservererror", "internal_server_error", "internal_error",        // LiteLLM
    ]),
    (502, &["upstream_error", "bad_gateway"]),
    (503, &[
        "serviceunavailableerror", "unavailable", "engine_overloaded_error",     // LiteLLM, Gemini, Moonshot
        "service_unavailable", "service_unavailable_error", "overloaded", "server_overloaded", "slow_down",
    ]),
    (504, &["timeout", "timeout_error", "deadline_exceeded", "gateway_timeout", "vector_store_timeout"]), // Anthropic, Gemini, OpenAI
    (529, &["overloaded_error"]),                                                // Anthropic
];

/// AWS's exceptions, in lower case (<https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>). Their names
/// say more than the status, which is 400 or 424 for some that pass.
#[rustfmt::skip]
const AWS_WORDS: &[(u16, &[&str])] = &[
    (400, &["validationexception", "serializationexception"]),
    (403, &["accessdeniedexception"]),
    (404, &["resourcenotfoundexception"]),
    (408, &["modeltimeoutexception"]),
    (429, &["throttlingexception", "toomanyrequestsexception", "servicequotaexceededexception", "modelnotreadyexception"]),
    (500, &["internalserverexception", "internalfailure"]),
    (502, &["modelerrorexception", "modelstreamerrorexception"]),
    (503, &["serviceunavailableexception", "serviceunavailable"]),
];

impl NamedStatus {
    pub(super) fn find(body: &[u8]) -> Option<Self> {
        let json: Value = serde_json::from_slice(body).ok()?;
        let fields = fields(&json);
        let mut numbers = fields.iter().filter_map(|field| from_number(field));
        if let Some(status) = numbers.next() {
            return Some(Self {
                status,
                is_number: true,
            });
        }
        let mut words = fields.iter().filter_map(|field| from_word(field.as_str()?));
        let status = words.next()?;
        Some(Self {
            status,
            is_number: false,
        })
    }
}

/// The name of an AWS exception, in lower case; from the header, else from the body.
pub(super) fn aws_exception(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    let header = headers.get(AWS_ERROR_TYPE).and_then(|value| value.to_str().ok());
    if let Some(name) = header {
        return Some(bare_code(name));
    }
    let json: Value = serde_json::from_slice(body).ok()?;
    json.get("__type")?.as_str().map(bare_code)
}

/// The status that counts for an answer with this one: that of an AWS exception, and 429 where a gateway wraps it in a 5xx
/// (`{"error":{"code":429}}`).
pub(super) fn effective(status: StatusCode, aws_exception: Option<&str>, body: &[u8]) -> StatusCode {
    if let Some(named) = aws_exception.and_then(|name| lookup(AWS_WORDS, name)) {
        return named;
    }
    let is_wrapped = |named: &NamedStatus| named.is_number && named.status == StatusCode::TOO_MANY_REQUESTS;
    if status.is_server_error() && NamedStatus::find(body).as_ref().is_some_and(is_wrapped) {
        return StatusCode::TOO_MANY_REQUESTS;
    }
    status
}

fn fields(json: &Value) -> Vec<&Value> {
    const NAMES: [&str; 5] = ["code", "status", "status_code", "type", "__type"];
    let json = json.get(0).unwrap_or(json);
    let objects = [json.get("error"), Some(json)].into_iter().flatten();
    let fields = objects.flat_map(|object| NAMES.into_iter().filter_map(|name| object.get(name)));
    fields.collect()
}

fn from_number(field: &Value) -> Option<StatusCode> {
    let number = field.as_u64().or_else(|| field.as_str()?.parse().ok())?;
    let status = StatusCode::from_u16(number.try_into().ok()?).ok()?;
    (status.as_u16() >= 400).then_some(status)
}

fn from_word(word: &str) -> Option<StatusCode> {
    let word = bare_code(word);
    lookup(WORDS, &word).or_else(|| lookup(AWS_WORDS, &word))
}

fn lookup(table: &[(u16, &[&str])], word: &str) -> Option<StatusCode> {
    let (status, _) = table.iter().find(|(_, words)| words.contains(&word))?;
    StatusCode::from_u16(*status).ok()
}
