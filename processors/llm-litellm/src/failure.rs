//! Why a model did not answer, and whether a retry or the next model may help.

#[cfg(test)]
mod cases;
mod named_status;

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use runtime::http::{self, Answer, AttemptError, Retry};
use runtime::{Body, ErrorCode, ProcessorError};

use crate::refusal::Refusal;
use named_status::NamedStatus;

/// Whether the service wants a retry. As in OpenAI's clients, it overrides everything else.
const SHOULD_RETRY: &str = "x-should-retry";

/// The message of a 403 that is a page.
const PAGE: &str = "the provider answered 403 with a web page, as firewalls and proxies do; check the network and the provider's address, then the key";

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
        // its certificate is not accepted, but that of another model's service may be
        let is_mistrusted = error.code() == ErrorCode::ProviderResponse && http::is_unconnected(&error);
        Self {
            error,
            retry: retry_if(is_down && !has_answered),
            retry_after: None,
            is_worth_a_fallback: is_down || is_mistrusted,
        }
    }

    /// An answer whose status is an error; `None` for success.
    pub(crate) fn from_status(answer: &Answer) -> Option<Self> {
        http::error_code(answer.status)?;
        let Answer {
            status,
            headers,
            body,
        } = answer;
        let aws_exception = named_status::aws_exception(headers, body);
        let effective = named_status::effective(*status, aws_exception.as_deref(), body);
        let message = http::error_message(body);
        let refusal = detect(effective, aws_exception.as_deref(), body, message.as_deref());
        let retry_after = http::requested_pause(effective, headers, body);
        let is_busy = is_busy(effective);
        let is_final = refusal.is_final(retry_after);
        let is_transient = match headers.get(SHOULD_RETRY).map(|value| value.as_bytes()) {
            Some(b"true") => true,
            Some(b"false") => false,
            _ => is_busy && !is_final,
        };
        let reason = refusal.reason().filter(|_| !is_busy || is_final);
        let message = match (reason, message) {
            (Some(reason), message) => {
                let message = message.map_or_else(String::new, |message| format!(": {message}"));
                format!("the provider answered {}, as {reason}{message}", status.as_u16())
            }
            (None, None) if *status == StatusCode::FORBIDDEN && is_page(body) => PAGE.to_owned(),
            _ => answer.check().err()?.message().to_owned(),
        };
        Some(Self {
            error: ProcessorError::new(error_code(effective, refusal)?, message),
            retry: retry_if(is_transient),
            retry_after,
            is_worth_a_fallback: is_busy || refusal.is_worth_a_fallback(),
        })
    }

    /// An error inside an answer whose status is success: `body` is the answer, or the part of it that reports the error.
    ///
    /// An error number that is a status (`{"error":{"code":429}}`, as OpenRouter sends it), or a word for one, decides.
    pub(crate) fn from_error_body(status: StatusCode, body: &[u8]) -> Self {
        let named = NamedStatus::find(body).filter(|named| http::error_code(named.status).is_some());
        let message = http::error_message(body);
        let effective = named.as_ref().map(|named| named.status);
        let refusal = match effective {
            Some(effective) => detect(effective, None, body, message.as_deref()),
            None => Refusal::detect(body, message.as_deref()),
        };
        let code = effective
            .and_then(|effective| error_code(effective, refusal))
            .unwrap_or(match refusal {
                Refusal::Key => ErrorCode::ProviderAuth,
                _ => ErrorCode::ProviderResponse,
            });
        let number = match &named {
            Some(named) if named.is_number => format!(" {}", named.status.as_u16()),
            _ => String::new(),
        };
        let reason = refusal
            .reason()
            .map_or_else(String::new, |reason| format!(", as {reason}"));
        let message = message.map_or_else(
            || " that it does not name".to_owned(),
            |message| format!("{reason}: {message}"),
        );
        let status = status.as_u16();
        let message = format!("the provider answered {status} with an error{number}{message}");
        let is_busy = effective.is_some_and(is_busy);
        let retry_after = effective.and_then(|status| http::requested_pause(status, &HeaderMap::new(), body));
        Self {
            error: ProcessorError::new(code, message),
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

    /// Adds the rejected answer to the error, if there is one.
    pub(crate) fn with_rejected(self, answer: impl Into<Option<Body>>) -> Self {
        match answer.into() {
            Some(answer) => Self {
                error: self.error.with_rejected(answer),
                ..self
            },
            None => self,
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

/// The code of an error with this status. Whatever a retry may mend is retryable afterwards, too; credentials are blamed only where
/// they are at fault, whatever the status.
fn error_code(status: StatusCode, refusal: Refusal) -> Option<ErrorCode> {
    Some(match http::error_code(status)? {
        ErrorCode::ProviderRejected if is_busy(status) => ErrorCode::ProviderUnavailable,
        ErrorCode::ProviderRejected if refusal == Refusal::Key => ErrorCode::ProviderAuth,
        ErrorCode::ProviderAuth if refusal.is_for_valid_credentials() => ErrorCode::ProviderRejected,
        code => code,
    })
}

/// What a refusal is about; 402 says it by itself.
fn detect(status: StatusCode, aws_exception: Option<&str>, body: &[u8], message: Option<&str>) -> Refusal {
    let by_name = aws_exception.map_or(Refusal::Other, Refusal::from_code);
    match Refusal::detect(body, message) {
        Refusal::Other if by_name != Refusal::Other => by_name,
        Refusal::Other if status == StatusCode::PAYMENT_REQUIRED => Refusal::Account,
        Refusal::Other if is_page(body) => Refusal::from_page(body),
        refusal => refusal,
    }
}

/// Whether this is a page for people: services answer with JSON, firewalls and proxies with HTML.
fn is_page(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<")
}
