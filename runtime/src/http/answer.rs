//! A request and its answer, whatever the status.

use std::time::{Duration, Instant};

use documents::ErrorCode;
use reqwest::header::HeaderMap;
use reqwest::{Client, Request, Response, StatusCode};

use super::body::{LARGEST_BODY, read_into};
use super::failure::send_error;
use super::message::error_message;
use super::proxy;
use super::received::Received;
use super::retry_after::requested_pause;
use crate::error::ProcessorError;

/// The largest body of an error that is read, in bytes.
const LARGEST_ERROR: usize = 256 * 1024;

/// What a service answered.
#[derive(Debug)]
pub struct Answer {
    /// The status, of any class.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body; empty if the status is an error and the body could not be read.
    pub body: Vec<u8>,
}

impl Answer {
    /// Fails if the status is an error.
    ///
    /// # Errors
    ///
    /// The code of [`error_code`], with the service's own [message](error_message) if it sent one.
    pub fn check(&self) -> Result<(), ProcessorError> {
        let Some(code) = error_code(self.status) else {
            return Ok(());
        };
        if self.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            return Err(proxy::authentication_required());
        }
        let status = self.status.as_u16();
        let message = match error_message(&self.body) {
            Some(message) => format!("the provider answered {status}: {message}"),
            None => format!(
                "the provider answered {status} without a reason; {}",
                hint(self.status, code)
            ),
        };
        Err(ProcessorError::new(code, message))
    }

    /// The pause that the service requests, see [`requested_pause`].
    #[must_use]
    pub fn requested_pause(&self) -> Option<Duration> {
        requested_pause(self.status, &self.headers, &self.body)
    }
}

/// Sends a request once and reads its answer, of at most [`LARGEST_BODY`] bytes: [`begin`], then [`finish`].
///
/// An error status is an answer too, even if its body cannot be read; see [`Answer::check`].
///
/// # Errors
///
/// Those of [`send_error`] and [`read_body`](super::read_body).
pub async fn send(client: &Client, request: Request) -> Result<Answer, ProcessorError> {
    finish(begin(client, request).await?).await
}

/// Sends a request and reads the head of its answer.
///
/// # Errors
///
/// Those of [`send_error`].
pub async fn begin(client: &Client, request: Request) -> Result<Response, ProcessorError> {
    let started = Instant::now();
    let response = client.execute(request).await.map_err(send_error)?;
    tracing::info!(
        status = response.status().as_u16(),
        ms = started.elapsed().as_millis(),
        "http_response"
    );
    Ok(response)
}

/// Reads the rest of an answer after [`begin`].
///
/// # Errors
///
/// Those of [`read_body`](super::read_body), if the status is a success.
pub async fn finish(response: Response) -> Result<Answer, ProcessorError> {
    finish_into(response, &Received::default()).await
}

/// Does the same, and leaves in `received` what has come of a success that is not read to its end, whatever the reason; otherwise
/// it is empty.
///
/// # Errors
///
/// Those of [`finish`].
pub async fn finish_into(response: Response, received: &Received) -> Result<Answer, ProcessorError> {
    let started = Instant::now();
    let status = response.status();
    let headers = response.headers().clone(); // reading the body takes the response
    let body = match error_code(status) {
        None => read_into(response, LARGEST_BODY, received).await?,
        // a part of the body could end within a secret
        Some(_) => read_into(response, LARGEST_ERROR, &Received::default())
            .await
            .unwrap_or_default(),
    };
    tracing::info!(
        bytes = body.len(),
        ms = started.elapsed().as_millis(),
        "http_body"
    );
    Ok(Answer {
        status,
        headers,
        body,
    })
}

/// The error code of a status (`docs/spec.md#error-codes`); `None` for success.
#[must_use]
pub fn error_code(status: StatusCode) -> Option<ErrorCode> {
    Some(match status.as_u16() {
        200..=299 => return None,
        401 | 403 => ErrorCode::ProviderAuth,
        429 | 498 => ErrorCode::ProviderRateLimit, // 498 is Groq's for a tier without capacity
        400..=499 => ErrorCode::ProviderRejected,
        500..=599 => ErrorCode::ProviderUnavailable,
        _ => ErrorCode::ProviderResponse, // mostly redirects
    })
}

fn hint(status: StatusCode, code: ErrorCode) -> &'static str {
    match code {
        _ if matches!(status.as_u16(), 408 | 409 | 425) => "try again later", // a time-out, a conflict, too early
        ErrorCode::ProviderAuth => "check the key, and what it is allowed to do",
        ErrorCode::ProviderRateLimit | ErrorCode::ProviderUnavailable => "try again later",
        ErrorCode::ProviderRejected => "check the model, the parameters and the provider's address",
        _ => "check the provider's address",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_one_meaning() {
        let code = |status| error_code(StatusCode::from_u16(status).unwrap());
        for status in [200, 201, 204, 299] {
            assert_eq!(code(status), None);
        }
        for (status, expected) in [
            (401, ErrorCode::ProviderAuth),
            (403, ErrorCode::ProviderAuth),
            (407, ErrorCode::ProviderRejected),
            (429, ErrorCode::ProviderRateLimit),
            (498, ErrorCode::ProviderRateLimit),
            (400, ErrorCode::ProviderRejected),
            (402, ErrorCode::ProviderRejected),
            (404, ErrorCode::ProviderRejected),
            (499, ErrorCode::ProviderRejected),
            (500, ErrorCode::ProviderUnavailable),
            (503, ErrorCode::ProviderUnavailable),
            (599, ErrorCode::ProviderUnavailable),
            (101, ErrorCode::ProviderResponse),
            (301, ErrorCode::ProviderResponse),
            (304, ErrorCode::ProviderResponse),
            (600, ErrorCode::ProviderResponse),
        ] {
            assert_eq!(code(status), Some(expected), "{status}");
        }
    }

    #[test]
    fn an_error_says_what_the_service_says() {
        let answer = |status, body: &str| Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.into(),
        };
        let spoken = answer(429, r#"{"error":{"message":"slow down"}}"#)
            .check()
            .unwrap_err();
        assert_eq!(spoken.message(), "the provider answered 429: slow down");
        let silent = answer(503, "").check().unwrap_err();
        assert_eq!(
            silent.message(),
            "the provider answered 503 without a reason; try again later"
        );
        assert!(answer(200, "").check().is_ok());
        let proxy = answer(407, "Squid: access denied").check().unwrap_err();
        assert!(proxy.message().contains("HTTPS_PROXY"), "{proxy}");
    }
}
