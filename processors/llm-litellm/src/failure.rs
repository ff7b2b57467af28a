//! Why a model did not answer, and what to do about it.

use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use runtime::http::{self, Answer};
use runtime::{ErrorCode, ProcessorError};
use serde::Deserialize;
use serde_json::Value;

use crate::refusal::Refusal;

/// A model did not answer.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: ProcessorError,
    /// Whether the same request may fare better in a moment.
    pub(crate) is_transient: bool,
    /// Whether another model may fare better.
    pub(crate) is_worth_a_fallback: bool,
    /// How long the service asks to wait.
    pub(crate) asked: Option<Duration>,
}

impl Failure {
    /// What nobody mends by asking again.
    pub(crate) const fn last(error: ProcessorError) -> Self {
        Self {
            error,
            is_transient: false,
            is_worth_a_fallback: false,
            asked: None,
        }
    }

    /// No answer, or not all of it; once it has begun, the work may have been done, and its price be due.
    pub(crate) fn of_connection(error: ProcessorError, answered: bool) -> Self {
        let is_down = error.code() == ErrorCode::ProviderUnavailable;
        Self {
            error,
            is_transient: is_down && !answered,
            is_worth_a_fallback: is_down,
            asked: None,
        }
    }

    /// An answer whose status tells of an error; `None` for success.
    pub(crate) fn of_status(answer: &Answer) -> Option<Self> {
        let code = http::error_code(answer.status)?;
        let status = answer.status.as_u16();
        let is_busy = matches!(status, 408 | 429 | 500..=599);
        let sentence = http::sentence(&answer.body);
        let refusal = Refusal::of(&answer.body, sentence.as_deref());
        let message = match (is_busy, told(refusal)) {
            (false, Some(reason)) => {
                let sentence = sentence.map_or_else(String::new, |sentence| format!(": {sentence}"));
                format!("the provider answered {status}, as {reason}{sentence}")
            }
            _ => answer.check().err()?.message().to_owned(),
        };
        Some(Self {
            error: ProcessorError::new(code, message),
            is_transient: is_busy && refusal != Refusal::Quota,
            is_worth_a_fallback: is_busy || refusal == Refusal::ContextWindow,
            asked: http::retry_after(&answer.headers, SystemTime::now()),
        })
    }

    /// An error in an answer that is a success by its status: `body` is the answer, or the part that tells of the error.
    ///
    /// Where the error has a number that is a status (`{"error":{"code":429}}`, as OpenRouter has it), that decides.
    pub(crate) fn of_success(status: StatusCode, body: &[u8]) -> Self {
        let inner = inner_status(body).and_then(|inner| Some((inner, http::error_code(inner)?)));
        let code = inner.map_or(ErrorCode::ProviderResponse, |(_, code)| code);
        let sentence = http::sentence(body);
        let refusal = Refusal::of(body, sentence.as_deref());
        let number = inner.map_or_else(String::new, |(inner, _)| format!(" {}", inner.as_u16()));
        let reason = told(refusal).map_or_else(String::new, |reason| format!(", as {reason}"));
        let sentence = sentence.map_or_else(
            || " that it does not name".to_owned(),
            |sentence| format!("{reason}: {sentence}"),
        );
        Self {
            error: ProcessorError::new(
                code,
                format!(
                    "the provider answered {} with an error{number}{sentence}",
                    status.as_u16()
                ),
            ),
            is_transient: false,
            is_worth_a_fallback: code.is_retryable() || refusal == Refusal::ContextWindow,
            asked: None,
        }
    }

    /// The error as it is told: with the model where others had been asked before, and how many requests were made.
    pub(crate) fn told(self, before: &str, after: &str) -> ProcessorError {
        self.error.reworded(|message| format!("{before}{message}{after}"))
    }
}

impl From<ProcessorError> for Failure {
    fn from(error: ProcessorError) -> Self {
        Self::last(error)
    }
}

const fn told(refusal: Refusal) -> Option<&'static str> {
    match refusal {
        Refusal::ContextWindow => Some("the prompt does not fit the model's context window"),
        Refusal::ContentPolicy => Some("its content policy refuses the request"),
        Refusal::Quota | Refusal::Other => None,
    }
}

/// The number of an error, where it is a status that tells of one.
fn inner_status(body: &[u8]) -> Option<StatusCode> {
    #[derive(Deserialize)]
    struct Body {
        error: Numbered,
    }
    #[derive(Deserialize)]
    struct Numbered {
        #[serde(alias = "status")]
        code: Value,
    }
    let code = serde_json::from_slice::<Body>(body).ok()?.error.code;
    let number = code.as_u64().or_else(|| code.as_str()?.parse().ok())?;
    StatusCode::from_u16(number.try_into().ok()?)
        .ok()
        .filter(|status| status.as_u16() >= 400)
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
            (409, "", false, false),
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
                (failure.is_transient, failure.is_worth_a_fallback),
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
