//! Why a model did not answer, and whether a retry or the next model may help.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use runtime::http::{self, Answer, AttemptError, Retry};
use runtime::{Body, ErrorCode, ProcessorError};
use serde_json::Value;

use crate::refusal::Refusal;

/// Whether the service wants a retry. As in OpenAI's clients, it overrides everything else.
const SHOULD_RETRY: &str = "x-should-retry";

/// Why a model did not answer.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: ProcessorError,
    /// Whether the same request may succeed in a moment.
    pub(crate) retry: Retry,
    /// The pause that the service asks for.
    pub(crate) retry_after: Option<Duration>,
    /// Whether another model may succeed.
    pub(crate) is_worth_a_fallback: bool,
}

impl Failure {
    /// A failure that neither a retry nor another model avoids.
    pub(crate) const fn permanent(error: ProcessorError) -> Self {
        Self {
            error,
            retry: Retry::Never,
            retry_after: None,
            is_worth_a_fallback: false,
        }
    }

    /// No answer, or a part of one. Once an answer has begun, the work may be done and charged, so there is no retry.
    pub(crate) fn from_connection(error: ProcessorError, has_answered: bool) -> Self {
        let is_down = error.code() == ErrorCode::ProviderUnavailable;
        Self {
            error,
            retry: retry_if(is_down && !has_answered),
            retry_after: None,
            is_worth_a_fallback: is_down,
        }
    }

    /// An answer whose status is an error; `None` for success.
    pub(crate) fn from_status(answer: &Answer) -> Option<Self> {
        let code = http::error_code(answer.status)?;
        let status = answer.status.as_u16();
        let is_busy = is_busy(answer.status);
        let message = http::error_message(&answer.body);
        let refusal = Refusal::detect(&answer.body, message.as_deref());
        let message = match reason(refusal) {
            Some(reason) if !is_busy => {
                let message = message.map_or_else(String::new, |message| format!(": {message}"));
                format!("the provider answered {status}, as {reason}{message}")
            }
            _ => answer.check().err()?.message().to_owned(),
        };
        let retry_after = answer.requested_pause();
        let is_transient = match answer.headers.get(SHOULD_RETRY).map(|value| value.as_bytes()) {
            Some(b"true") => true,
            Some(b"false") => false,
            _ => is_busy && !refusal.is_final(retry_after),
        };
        let code = match refusal {
            Refusal::Key if answer.status.is_client_error() && !is_busy => ErrorCode::ProviderAuth,
            _ => code,
        };
        Some(Self {
            error: ProcessorError::new(code, message),
            retry: retry_if(is_transient),
            retry_after,
            is_worth_a_fallback: is_busy || refusal.is_worth_a_fallback(),
        })
    }

    /// An error inside an answer whose status is success: `body` is the answer, or the part of it that reports the error.
    ///
    /// An error number that is a status (`{"error":{"code":429}}`, as OpenRouter sends it), or a word for one, decides.
    pub(crate) fn from_error_body(status: StatusCode, body: &[u8]) -> Self {
        let inner = InnerStatus::find(body).and_then(|inner| Some((http::error_code(inner.status)?, inner)));
        let code = inner.as_ref().map(|(code, _)| *code);
        let message = http::error_message(body);
        let refusal = Refusal::detect(body, message.as_deref());
        let number = match &inner {
            Some((_, inner)) if inner.is_number => format!(" {}", inner.status.as_u16()),
            _ => String::new(),
        };
        let reason = reason(refusal).map_or_else(String::new, |reason| format!(", as {reason}"));
        let message = message.map_or_else(
            || " that it does not name".to_owned(),
            |message| format!("{reason}: {message}"),
        );
        let status = status.as_u16();
        let message = format!("the provider answered {status} with an error{number}{message}");
        let inner = inner.map(|(_, inner)| inner.status);
        let is_busy = inner.is_some_and(is_busy);
        let retry_after = inner.and_then(|inner| http::requested_pause(inner, &HeaderMap::new(), body));
        Self {
            error: ProcessorError::new(code.unwrap_or(ErrorCode::ProviderResponse), message),
            retry: retry_if(is_busy && !refusal.is_final(retry_after)),
            retry_after,
            is_worth_a_fallback: is_busy || refusal.is_worth_a_fallback(),
        }
    }

    /// A stream, or a part of one, that cannot be used.
    pub(crate) fn from_stream(what: &str) -> Self {
        let message = format!("the provider answered with {what}");
        ProcessorError::new(ErrorCode::ProviderResponse, message).into()
    }

    /// Adds the rejected answer to the error.
    pub(crate) fn with_rejected(self, answer: Body) -> Self {
        Self {
            error: self.error.with_rejected(answer),
            ..self
        }
    }
}

impl From<ProcessorError> for Failure {
    fn from(error: ProcessorError) -> Self {
        Self::permanent(error)
    }
}

impl From<Failure> for AttemptError {
    fn from(failure: Failure) -> Self {
        Self {
            error: failure.error,
            retry: failure.retry,
            requested_pause: failure.retry_after,
        }
    }
}

/// The error of a request that took longer than `/params/timeout`.
pub(crate) fn timed_out(timeout: Duration) -> ProcessorError {
    let seconds = timeout.as_secs_f64();
    ProcessorError::new(
        ErrorCode::ProviderUnavailable,
        format!("the provider did not answer within {seconds} s; raise /params/timeout, or ask it for less"),
    )
}

const fn retry_if(is_transient: bool) -> Retry {
    if is_transient {
        Retry::Counted
    } else {
        Retry::Never
    }
}

/// Whether an error with this status may pass: the statuses that OpenAI's own clients retry, 425 (RFC 8470), and 498, with
/// which Groq reports that a service tier is full.
fn is_busy(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 409 | 425 | 429 | 498 | 500..=599)
}

const fn reason(refusal: Refusal) -> Option<&'static str> {
    match refusal {
        Refusal::ContextWindow => Some("the prompt does not fit the model's context window"),
        Refusal::ContentPolicy => Some("its content policy refuses the request"),
        Refusal::Account | Refusal::Quota | Refusal::Key | Refusal::Other => None,
    }
}

/// The status that an error inside a successful answer stands for.
struct InnerStatus {
    status: StatusCode,
    /// Whether the error gives it as a number.
    is_number: bool,
}

/// The words with which services name transient errors, in lower case, by the status that they stand for.
#[rustfmt::skip]
const STATUS_WORDS: &[(u16, &[&str])] = &[
    (429, &[
        "rate_limit_exceeded", "insufficient_quota",                             // OpenAI, Groq
        "rate_limit_error", "ratelimiterror",                                    // Anthropic, LiteLLM
        "resource_exhausted",                                                    // Gemini
        "rate_limit_reached_error",                                              // Moonshot
        "throttling", "throttling.ratequota", "limit_requests",                  // DashScope
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
        "service_unavailable", "service_unavailable_error", "overloaded", "server_overloaded",
    ]),
    (504, &["timeout", "timeout_error", "deadline_exceeded", "gateway_timeout"]), // Anthropic, Gemini
    (529, &["overloaded_error"]),                                                // Anthropic
];

impl InnerStatus {
    fn find(body: &[u8]) -> Option<Self> {
        let json: Value = serde_json::from_slice(body).ok()?;
        let json = json.get(0).unwrap_or(&json);
        let objects = [json.get("error"), Some(json)].into_iter().flatten();
        let names = ["code", "status", "status_code", "type"];
        let fields = objects.flat_map(|object| names.into_iter().filter_map(|name| object.get(name)));
        let fields: Vec<&Value> = fields.collect();
        let mut numbers = fields.iter().filter_map(|field| Self::from_number(field));
        let mut words = fields.iter().filter_map(|field| Self::from_word(field));
        numbers.next().or_else(|| words.next())
    }

    fn from_number(field: &Value) -> Option<Self> {
        let number = field.as_u64().or_else(|| field.as_str()?.parse().ok())?;
        let status = StatusCode::from_u16(number.try_into().ok()?).ok()?;
        (status.as_u16() >= 400).then_some(Self {
            status,
            is_number: true,
        })
    }

    fn from_word(field: &Value) -> Option<Self> {
        let word = field.as_str()?.to_ascii_lowercase();
        let (status, _) = STATUS_WORDS
            .iter()
            .find(|(_, words)| words.contains(&word.as_str()))?;
        Some(Self {
            status: StatusCode::from_u16(*status).ok()?,
            is_number: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_status(status: u16, body: &str) -> Failure {
        Failure::from_status(&Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: Default::default(),
            body: body.into(),
        })
        .unwrap()
    }

    #[test]
    fn statuses_decide_on_retry_and_fallback() {
        const QUOTA: &str = r#"{"error":{"message":"pay","code":"insufficient_quota"}}"#;
        const LONG: &str = r#"{"error":{"message":"too long","code":"context_length_exceeded"}}"#;
        for (status, body, transient, fallback) in [
            (400, "", false, false),
            (401, "", false, false),
            (404, "", false, false),
            (408, "", true, true),
            (409, "", true, true),
            (429, "", true, true),
            (429, QUOTA, false, true),
            (500, "", true, true),
            (529, "", true, true),
            (301, "", false, false),
            (400, LONG, false, true),
            (413, LONG, false, true),
        ] {
            let failure = from_status(status, body);
            assert_eq!(
                (failure.retry == Retry::Counted, failure.is_worth_a_fallback),
                (transient, fallback),
                "{status} {body}"
            );
        }
        assert_eq!(
            from_status(400, LONG).error.message(),
            "the provider answered 400, as the prompt does not fit the model's context window: too long"
        );
    }

    #[test]
    fn an_error_inside_a_successful_answer() {
        #[rustfmt::skip]
        let cases = [
            (
                r#"{"error":{"code":429,"message":"slow down"}}"#,
                ErrorCode::ProviderRateLimit,
                "the provider answered 200 with an error 429: slow down",
            ),
            (r#"{"error":{"code":"502"}}"#, ErrorCode::ProviderUnavailable, "the provider answered 200 with an error 502 that it does not name"),
            (r#"{"error":{"code":17,"message":"no"}}"#, ErrorCode::ProviderResponse, "the provider answered 200 with an error: no"),
            (
                r#"{"error":"prompt is too long"}"#,
                ErrorCode::ProviderResponse,
                "the provider answered 200 with an error, as the prompt does not fit the model's context window: prompt is too long",
            ),
        ];
        for (body, code, message) in cases {
            let failure = Failure::from_error_body(StatusCode::OK, body.as_bytes());
            assert_eq!((failure.error.code(), failure.error.message()), (code, message));
        }
    }
}
