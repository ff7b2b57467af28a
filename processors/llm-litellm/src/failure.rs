//! Why a model did not answer, and what to do about it.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use runtime::http::{self, Again, Answer, Setback};
use runtime::{ErrorCode, ProcessorError};
use serde_json::Value;

use crate::refusal::Refusal;

/// Whether to ask again, as OpenAI's own clients take it, before all else.
const SHOULD_RETRY: &str = "x-should-retry";

/// A model did not answer.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: ProcessorError,
    /// Whether the same request may fare better in a moment.
    pub(crate) again: Again,
    /// The pause that the service asks for.
    pub(crate) told: Option<Duration>,
    /// Whether another model may fare better.
    pub(crate) is_worth_a_fallback: bool,
}

impl Failure {
    /// What nobody mends by asking again.
    pub(crate) const fn last(error: ProcessorError) -> Self {
        Self {
            error,
            again: Again::No,
            told: None,
            is_worth_a_fallback: false,
        }
    }

    /// No answer, or not all of it; once it has begun, the work may have been done, and its price be due.
    pub(crate) fn of_connection(error: ProcessorError, answered: bool) -> Self {
        let is_down = error.code() == ErrorCode::ProviderUnavailable;
        Self {
            error,
            again: again(is_down && !answered),
            told: None,
            is_worth_a_fallback: is_down,
        }
    }

    /// An answer whose status tells of an error; `None` for success.
    pub(crate) fn of_status(answer: &Answer) -> Option<Self> {
        let code = http::error_code(answer.status)?;
        let status = answer.status.as_u16();
        let is_busy = is_busy(answer.status);
        let sentence = http::sentence(&answer.body);
        let refusal = Refusal::of(&answer.body, sentence.as_deref());
        let message = match (is_busy, told(refusal)) {
            (false, Some(reason)) => {
                let sentence = sentence.map_or_else(String::new, |sentence| format!(": {sentence}"));
                format!("the provider answered {status}, as {reason}{sentence}")
            }
            _ => answer.check().err()?.message().to_owned(),
        };
        let told = answer.told_pause();
        let is_transient = match answer.headers.get(SHOULD_RETRY).map(|value| value.as_bytes()) {
            Some(b"true") => true,
            Some(b"false") => false,
            _ => is_busy && !refusal.is_final(told),
        };
        let code = match refusal {
            Refusal::Key if answer.status.is_client_error() && !is_busy => ErrorCode::ProviderAuth,
            _ => code,
        };
        Some(Self {
            error: ProcessorError::new(code, message),
            again: again(is_transient),
            told,
            is_worth_a_fallback: is_busy || refusal.is_worth_a_fallback(),
        })
    }

    /// An error in an answer that is a success by its status: `body` is the answer, or the part that tells of the error.
    ///
    /// Where the error has a number that is a status (`{"error":{"code":429}}`, as OpenRouter has it), or a word for one, that
    /// decides.
    pub(crate) fn of_success(status: StatusCode, body: &[u8]) -> Self {
        let inner = Inner::of(body).and_then(|inner| Some((http::error_code(inner.status)?, inner)));
        let code = inner
            .as_ref()
            .map_or(ErrorCode::ProviderResponse, |(code, _)| *code);
        let sentence = http::sentence(body);
        let refusal = Refusal::of(body, sentence.as_deref());
        let number = match &inner {
            Some((_, inner)) if inner.is_number => format!(" {}", inner.status.as_u16()),
            _ => String::new(),
        };
        let reason = told(refusal).map_or_else(String::new, |reason| format!(", as {reason}"));
        let sentence = sentence.map_or_else(
            || " that it does not name".to_owned(),
            |sentence| format!("{reason}: {sentence}"),
        );
        let inner = inner.map(|(_, inner)| inner.status);
        let told = inner.and_then(|inner| http::told_pause(inner, &HeaderMap::new(), body));
        Self {
            error: ProcessorError::new(
                code,
                format!(
                    "the provider answered {} with an error{number}{sentence}",
                    status.as_u16()
                ),
            ),
            again: again(inner.is_some_and(is_busy) && !refusal.is_final(told)),
            told,
            is_worth_a_fallback: inner.is_some_and(is_busy) || refusal.is_worth_a_fallback(),
        }
    }
}

impl From<ProcessorError> for Failure {
    fn from(error: ProcessorError) -> Self {
        Self::last(error)
    }
}

impl From<Failure> for Setback {
    fn from(failure: Failure) -> Self {
        Self {
            error: failure.error,
            again: failure.again,
            told: failure.told,
        }
    }
}

const fn again(is_transient: bool) -> Again {
    match is_transient {
        true => Again::Counted,
        false => Again::No,
    }
}

/// Whether a status tells of what may pass: those that OpenAI's own clients ask again on, 425 (RFC 8470), and 498, which is
/// Groq's for a tier that is full.
fn is_busy(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 409 | 425 | 429 | 498 | 500..=599)
}

const fn told(refusal: Refusal) -> Option<&'static str> {
    match refusal {
        Refusal::ContextWindow => Some("the prompt does not fit the model's context window"),
        Refusal::ContentPolicy => Some("its content policy refuses the request"),
        Refusal::Account | Refusal::Quota | Refusal::Key | Refusal::Other => None,
    }
}

/// The status that an error would have had.
struct Inner {
    status: StatusCode,
    /// Whether it is told as a number.
    is_number: bool,
}

/// What services call what may pass, in lower case, and its status.
const WORDS: &[(&str, u16)] = &[
    ("rate_limit_exceeded", 429),      // OpenAI, Groq
    ("rate_limit_error", 429),         // Anthropic, LiteLLM
    ("rate_limit_reached_error", 429), // Moonshot
    ("rate_limited", 429),
    ("rate_limit", 429),
    ("ratelimiterror", 429), // LiteLLM
    ("too_many_requests", 429),
    ("resource_exhausted", 429),   // Gemini
    ("throttling", 429),           // DashScope
    ("throttling.ratequota", 429), // DashScope
    ("limit_requests", 429),       // DashScope
    ("insufficient_quota", 429),   // OpenAI
    ("capacity_exceeded", 498),    // Groq
    ("server_error", 500),         // OpenAI
    ("internal_server_error", 500),
    ("internal_error", 500),
    ("internalservererror", 500), // LiteLLM
    ("internal", 500),            // Gemini
    ("api_error", 500),           // Anthropic
    ("upstream_error", 502),
    ("bad_gateway", 502),
    ("service_unavailable", 503),
    ("service_unavailable_error", 503),
    ("serviceunavailableerror", 503), // LiteLLM
    ("unavailable", 503),             // Gemini
    ("overloaded", 503),
    ("server_overloaded", 503),
    ("engine_overloaded_error", 503), // Moonshot
    ("overloaded_error", 529),        // Anthropic
    ("timeout", 504),
    ("timeout_error", 504), // Anthropic
    ("gateway_timeout", 504),
    ("deadline_exceeded", 504), // Gemini
];

impl Inner {
    fn of(body: &[u8]) -> Option<Self> {
        let json: Value = serde_json::from_slice(body).ok()?;
        let json = json.get(0).unwrap_or(&json);
        let places = [json.get("error"), Some(json)];
        let fields = places.into_iter().flatten().flat_map(|place| {
            ["code", "status", "status_code", "type"]
                .into_iter()
                .filter_map(|name| place.get(name))
        });
        let fields: Vec<&Value> = fields.collect();
        fields
            .iter()
            .find_map(|field| Self::number(field))
            .or_else(|| fields.iter().find_map(|field| Self::word(field)))
    }

    fn number(field: &Value) -> Option<Self> {
        let number = field.as_u64().or_else(|| field.as_str()?.parse().ok())?;
        let status = StatusCode::from_u16(number.try_into().ok()?).ok()?;
        (status.as_u16() >= 400).then_some(Self {
            status,
            is_number: true,
        })
    }

    fn word(field: &Value) -> Option<Self> {
        let word = field.as_str()?.to_ascii_lowercase();
        let (_, status) = WORDS.iter().find(|(known, _)| *known == word)?;
        Some(Self {
            status: StatusCode::from_u16(*status).ok()?,
            is_number: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_status(status: u16, body: &str) -> Failure {
        Failure::of_status(&Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: Default::default(),
            body: body.into(),
        })
        .unwrap()
    }

    #[test]
    fn what_to_do_about_a_status() {
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
            let failure = of_status(status, body);
            assert_eq!(
                (failure.again == Again::Counted, failure.is_worth_a_fallback),
                (transient, fallback),
                "{status} {body}"
            );
        }
        assert_eq!(
            of_status(400, LONG).error.message(),
            "the provider answered 400, as the prompt does not fit the model's context window: too long"
        );
    }

    #[test]
    fn an_error_inside_of_a_success() {
        for (body, code, message) in [
            (
                r#"{"error":{"code":429,"message":"slow down"}}"#,
                ErrorCode::ProviderRateLimit,
                "the provider answered 200 with an error 429: slow down",
            ),
            (
                r#"{"error":{"code":"502"}}"#,
                ErrorCode::ProviderUnavailable,
                "the provider answered 200 with an error 502 that it does not name",
            ),
            (
                r#"{"error":{"code":17,"message":"no"}}"#,
                ErrorCode::ProviderResponse,
                "the provider answered 200 with an error: no",
            ),
            (
                r#"{"error":"prompt is too long"}"#,
                ErrorCode::ProviderResponse,
                "the provider answered 200 with an error, as the prompt does not fit the model's context window: prompt is too long",
            ),
        ] {
            let failure = Failure::of_success(StatusCode::OK, body.as_bytes());
            assert_eq!((failure.error.code(), failure.error.message()), (code, message));
        }
    }
}
